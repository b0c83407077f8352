"""A person's Slack client: what they press, type, choose and submit, and what the client itself refuses."""
