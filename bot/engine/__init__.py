"""The durable engine: DBOS by its public API, and the mailbox beside it. Knows nothing of the product."""
