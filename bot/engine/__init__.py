"""The durable engine: DBOS, used by its public API, and the mailbox. Independent of the product."""
