"""AI Studios' webhook as progress of an export."""

from __future__ import annotations

import time

import pytest

from bot.accounts.webhook import InvalidWebhook, parse


def test_a_call_becomes_progress() -> None:
    """Percent, credits and the task are kept, with the time at which the call came in."""
    before = time.time()
    progress = parse(
        method="POST",
        content_type="application/json",
        body=b'{"progress": 100, "credit": 3, "backendTaskId": "b-1", "download_url": "https://v/1.mp4"}',
        query=(),
    )
    assert (progress.progress, progress.credit, progress.task_id) == (100, 3, "b-1")
    assert before <= progress.at <= time.time()


def test_what_is_no_progress_is_refused() -> None:
    """The reason quotes nothing of the call."""
    with pytest.raises(InvalidWebhook) as refused:
        parse(method="GET", content_type="", body=b"", query={"progress": "secret"})
    assert "secret" not in refused.value.reason
