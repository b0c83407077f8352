"""Pure functions from data and a locale to what Slack draws."""
