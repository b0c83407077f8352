"""Which buttons stand below which message, in both languages; each is about its own export."""

import pytest

from bot.exports.models import FailureReason, Stage, Status
from bot.slack import ids
from bot.slack.views import actions
from bot.slack.views.blocks import Block
from tests.slack.oracle import check_message

LONGEST_ID = "V0123456789ABCDEF.12345"
RUNNING: list[Stage] = ["approval", "sending", "queued", "waiting", "searching", "submitted", "rendering", "silent"]
OVER: list[Stage] = ["fetching", "failed", "question", "left", "drafted", "cancelled", "discarded", "kept"]
