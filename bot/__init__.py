"""A Slack app that turns a script into an AI Studios avatar video, in the thread."""
