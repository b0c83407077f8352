"""What exports in this process need to be quick."""

import pytest


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits and looks at the queue come at once after each other."""
    monkeypatch.setattr("bot.exports.render.progress.EDIT_INTERVAL", 0.05)
    monkeypatch.setattr("bot.exports.workflow.queue.POLL_SECONDS", 0.05)
    monkeypatch.setattr("bot.exports.workflow.queue.LOOK_SECONDS", 0.05)
