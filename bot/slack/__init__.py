"""Everything a person sees in Slack."""
