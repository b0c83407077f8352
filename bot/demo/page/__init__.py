"""A page in the browser that looks and behaves like a small Slack workspace, with what goes on behind it."""
