"""The Home tab: a person's newest videos, the workspace's usage and, for admins, its AI Studios account."""
