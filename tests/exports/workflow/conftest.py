"""Stages run against fakes, by a clock that only they move."""

import pytest

from tests.exports.fakes.world import FakeClock, World

TIMED = ("approve", "context", "follow", "inbox", "submit")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The time in all stages; a pause for the database takes none."""
    clock = FakeClock()
    for stage in TIMED:
        monkeypatch.setattr(f"bot.exports.workflow.{stage}.time", clock)
    monkeypatch.setattr("bot.exports.workflow.inbox.DATABASE_PAUSE", 0.0)
    return clock


@pytest.fixture
def world(clock: FakeClock) -> World:
    """What a stage works with, with everything in order."""
    return World(clock=clock)
