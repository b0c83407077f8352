"""HTTP: Slack's events, AI Studios' webhooks, installation by OAuth, health and metrics."""
