"""The state of the local Slack's workspaces, and the rules that everything about it shares."""
