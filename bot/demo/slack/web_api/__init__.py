"""The Web API: one handler per method."""

from bot.demo.slack.web_api import basics, chat, conversations, files, functions, views
from bot.demo.slack.web_api.registry import METHODS, Arguments, Method

__all__ = ["METHODS", "Arguments", "Method", "basics", "chat", "conversations", "files", "functions", "views"]
