"""A history that is seeded, on a file on which an engine runs."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest
import pytest_asyncio

from bot.exports.history import records
from tests.exports.fakes.world import FakeClock
from tests.exports.history.past import NOW, Past, Store, idle_engine


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    """The database of an engine that runs, and that has no workflow of its own to run."""
    async with idle_engine(tmp_path_factory.mktemp("history") / "avatar-bot.db") as store:
        yield store


@pytest.fixture
def past(store: Store, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Past]:
    """The history of somebody whom no other test knows."""
    clock = FakeClock(NOW / 1000)
    monkeypatch.setattr(records, "time", clock)
    with closing(sqlite3.connect(store.file, isolation_level=None, timeout=30)) as database:
        yield Past(database, store.records, clock, f"T0AVATARS:{request.node.name}")
