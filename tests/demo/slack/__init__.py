"""The local Slack, tested with Slack's own SDK and a tiny app."""
