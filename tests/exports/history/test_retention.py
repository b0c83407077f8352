"""Deleting what ended long ago: seeded as the workflows would write it, and looked for in every table and byte."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
from dbos import DBOS

from bot.engine.runtime import Engine
from bot.engine.sqlite_files import overwrite_deleted
from bot.exports.history import retention
from bot.exports.history.request_workflows import families
from bot.exports.history.retention import BATCH, Retention, sweep
from bot.exports.models import Outcome, Progress
from tests.exports.history.past import NOW, Past, files_with

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = 86_400_000
# What began at NOW, and ended then, is older than this (Unix seconds).
LATER = (NOW + DAY) / 1000
LONG_AFTER = NOW + 2 * DAY
MADE = Outcome(result="video", credits=1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Engine, Path]]:
    """An engine that runs and has nothing to do, with its file."""
    file = tmp_path_factory.mktemp("retention") / "avatar-bot.db"
    engine = Engine(f"sqlite:///{file}")
    await engine.launch()
    yield engine, file
    await engine.stop()


@pytest.fixture
def past(engine: tuple[Engine, Path], request: pytest.FixtureRequest) -> Iterator[Past]:
    """The history of somebody whom no other test knows."""
    with closing(sqlite3.connect(engine[1], isolation_level=None)) as database:
        yield Past(database, f"T0AVATARS:{request.node.name}")


async def kept(past: Past) -> list[str]:
    """The ids of the workflows that are left of a request, in the order of the story."""
    return [workflow.workflow_id for family in await families(DBOS, [past.person]) for workflow in family.workflows]


def made(past: Past, *, script: str = "Hello", request_id: str | None = None) -> None:
    """A video that was asked for and made."""
    past.accept(request_id or past.person, script=script, status="SUCCESS", completed_at=NOW)
    past.export(request_id or past.person, script=script, output=MADE)


async def test_nothing_is_left_of_what_ended_long_ago(past: Past, engine: tuple[Engine, Path]) -> None:
    """Every workflow of the request goes, with steps and messages; no table and no byte of the files has its script."""
    secrets = [f"secret number {number} of {past.person}, {'which is long, ' * 300}" for number in range(40)]
    for number, script in enumerate(secrets):
        request_id = f"{past.person}-{number}"
        made(past, script=script, request_id=request_id)
        past.decide(request_id, "try_again", status="SUCCESS", completed_at=NOW)
        past.export(f"{request_id}.2", script=script, output=Outcome(result="stopped"))
        past.has(f"{request_id}.2.discard", "discard", (request_id,), status="SUCCESS", completed_at=NOW)
        past.has(f"{request_id}.rule", "rule", (request_id,), status="SUCCESS", completed_at=NOW)
        past.steps(request_id, ("submit", script))
        await DBOS.send_async(request_id, Progress(at=1.0, progress=40, task_id=script), "news")
    assert await sweep(DBOS, LATER) >= len(secrets)
    running, file = engine
    await running.scrub()
    with closing(sqlite3.connect(file)) as database:
        assert past.person not in "\n".join(database.iterdump())
    assert files_with(file, f"of {past.person}") == []


async def test_what_ended_lately_stays(past: Past) -> None:
    """The time counts from the last thing that happened."""
    made(past)
    past.decide(past.person, "try_again", status="SUCCESS", completed_at=NOW)
    past.export(f"{past.person}.2", output=MADE, created_at=LONG_AFTER, completed_at=LONG_AFTER)
    await sweep(DBOS, LATER)
    assert len(await kept(past)) == 4


async def test_a_question_of_late_stays(past: Past) -> None:
    """Somebody may still answer it; once that took as long as everything is kept, it goes."""
    past.accept(past.person, status="SUCCESS", completed_at=NOW)
    past.export(past.person, output=Outcome(result="question"), completed_at=LONG_AFTER)
    await sweep(DBOS, LATER)
    assert await kept(past) == [f"{past.person}.accept", past.person]
    await sweep(DBOS, LATER + 2 * DAY / 1000)
    assert await kept(past) == []


@pytest.mark.parametrize("status", ["PENDING", "ENQUEUED"])
async def test_what_runs_stays_with_its_earlier_attempts(past: Past, status: str) -> None:
    """However old the request is."""
    made(past)
    past.decide(past.person, "try_again", status="SUCCESS", completed_at=NOW)
    past.export(f"{past.person}.2", status=status)
    await sweep(DBOS, LATER)
    assert len(await kept(past)) == 4


async def test_a_history_that_nobody_can_read_goes_too(past: Past) -> None:
    """An end without an outcome is an end."""
    past.accept(past.person, status="SUCCESS", completed_at=NOW)
    past.export(past.person, status="ERROR", completed_at=NOW)
    await sweep(DBOS, LATER)
    assert await kept(past) == []


async def test_many_are_deleted_although_many_before_them_stay(past: Past) -> None:
    """More of them than are looked at together, two sweeps at once, and in front of them those that run."""
    for number in range(BATCH):
        past.accept(f"{past.person}-{number}-stays", status="SUCCESS", completed_at=NOW)
        past.export(f"{past.person}-{number}-stays")
    for number in range(BATCH):
        made(past, request_id=f"{past.person}-{number}-goes")
    await asyncio.gather(sweep(DBOS, LATER), sweep(DBOS, LATER))
    left = await DBOS.list_workflows_async(user=past.person, load_input=False, load_output=False)
    assert len(left) == 2 * BATCH
    assert all("-stays" in workflow.workflow_id for workflow in left)


async def test_a_fault_is_logged_and_the_next_sweep_goes_on(
    past: Past, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What went wrong once is tried again."""
    monkeypatch.setattr(retention, "FIRST_SWEEP_SECONDS", 0)
    monkeypatch.setattr(retention, "SWEEP_SECONDS", 0.05)
    caplog.set_level(logging.INFO, "bot.exports.history.retention")
    scrubbed = asyncio.Event()

    async def scrub() -> None:
        if not caplog.records:
            raise OSError("the disk is gone")
        scrubbed.set()

    made(past)
    sweeping = Retention(days=90, scrub=scrub)
    sweeping.start()
    await asyncio.wait_for(scrubbed.wait(), timeout=60)
    await sweeping.stop()
    assert "could not be deleted" in caplog.text
    assert await kept(past) == []


async def test_a_connection_is_told_to_overwrite() -> None:
    """Also where SQLite was built to leave deleted text as it is."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        overwrite_deleted(connection, None)
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
