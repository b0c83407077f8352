"""A local Slack and a local AI Studios, for trying the bot without accounts and for its tests."""
