"""Slack's Web API and what the bot remembers of its answers: clients, retries, installations, places, people, files."""
