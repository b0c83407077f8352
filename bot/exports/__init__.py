"""The product: one durable export per request. Knows nothing of Slack."""
