"""The form's content: what it shows beforehand, its fields, and its answers."""

from bot.slack.form.answers import Answers, Problems, read, refilled
from bot.slack.form.blocks import Help, blocks, picture_address
from bot.slack.form.fields import submit_words
from bot.slack.form.prefill import SCRIPT_LIMIT, Asked, Memory, Prefill, asked_about, prefill, prefill_from

__all__ = [
    "SCRIPT_LIMIT",
    "Answers",
    "Asked",
    "Help",
    "Memory",
    "Prefill",
    "Problems",
    "asked_about",
    "blocks",
    "picture_address",
    "prefill",
    "prefill_from",
    "read",
    "refilled",
    "submit_words",
]
