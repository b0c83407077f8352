"""What becomes of a request that could not be handled."""

from __future__ import annotations

import pytest
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.people import People
from bot.slack.errors import ErrorHandler

EVENT = {"type": "event_callback", "event": {"type": "function_executed", "bot_access_token": "xwfp-secret"}}


async def test_an_event_that_was_not_taken_is_not_acknowledged(caplog: pytest.LogCaptureFixture) -> None:
    """Slack then sends it again; nobody is told, since nobody waits, and its token stays out of the log."""
    nowhere = AsyncWebClient("xoxb-unused", base_url="http://127.0.0.1:9/")
    answer = BoltResponse(status=500)
    handled = await ErrorHandler(People()).handle(TimeoutError(), EVENT, AsyncBoltContext(), nowhere, answer)
    assert handled is None
    assert answer.status == 500
    assert "TimeoutError" in caplog.text
    assert "xwfp-secret" not in caplog.text
