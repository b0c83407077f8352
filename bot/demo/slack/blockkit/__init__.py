"""Block Kit as Slack validates it, including what slack_sdk's models let through."""

from bot.demo.slack.blockkit.settle import settle
from bot.demo.slack.blockkit.surfaces import (
    check_message,
    check_view,
    elements_in,
    image_pointers,
    options_problems,
)

__all__ = ["check_message", "check_view", "elements_in", "image_pointers", "options_problems", "settle"]
