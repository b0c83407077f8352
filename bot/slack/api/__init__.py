"""Slack's Web API and cached answers of it: clients, retries, installations, places, people, files."""
