"""Deleting what ended long ago: seeded as the workflows would write it, and looked for in every table and byte."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing

import pytest
from dbos import DBOS

from bot.engine.mailbox import Recipient
from bot.exports.history import retention
from bot.exports.history.request_workflows import workflows_of_requests
from bot.exports.history.retention import BATCH, Retention
from bot.exports.messages import PROGRESS
from bot.exports.models import Outcome, Progress
from tests.exports.history.past import NOW, Past, Store, files_with

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = 86_400_000
# What began at NOW, and ended then, is older than this (Unix seconds).
LATER = (NOW + DAY) / 1000
LONG_AFTER = NOW + 2 * DAY
MADE = Outcome(result="video", credits=1)


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes meanwhile."""
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0.0)


async def sweep(store: Store, before: float = LATER) -> int:
    return await retention.sweep(DBOS, store.records, before)


async def kept(past: Past) -> list[str]:
    """The ids of the workflows that are left of a request, in the order in which they ran."""
    found = await workflows_of_requests(DBOS, [past.person], whole=False)
    return [workflow.workflow_id for request in found for workflow in request.workflows]


async def rows(past: Past, store: Store) -> list[str]:
    """The attempts that are left in the table of exports."""
    return [record.export_id for record in await store.records.newest(people=[past.person], limit=1000)]


async def made(past: Past, *, script: str = "Hello", request_id: str | None = None) -> None:
    """A video that was asked for and made."""
    await past.accept(request_id or past.person, script=script, status="SUCCESS", completed_at=NOW)
    await past.export(request_id or past.person, script=script, output=MADE)


async def late_message(store: Store, export_id: str, text: str) -> None:
    """One that was taken at the moment of the end, so that nothing but its deletion takes it along."""
    open_still = {export_id: Recipient("T1:U1", is_open=True)}

    async def recipients(*_: object) -> Mapping[str, Recipient]:
        return open_still

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.records, "recipients", recipients)
        await store.mailbox.put(export_id, PROGRESS, Progress(at=1.0, progress=40, task_id=text))


async def test_nothing_is_left_of_what_ended_long_ago(past: Past, store: Store) -> None:
    """Every workflow of the request goes, with steps, rows and messages; no table and no byte has its script."""
    secrets = [f"secret number {number} of {past.person}, {'which is long, ' * 300}" for number in range(40)]
    for number, script in enumerate(secrets):
        request_id = f"{past.person}-{number}"
        await made(past, script=script, request_id=request_id)
        await past.decide(request_id, "try_again", status="SUCCESS", completed_at=NOW)
        await past.export(f"{request_id}.2", script=script, output=Outcome(result="stopped"))
        past.has(f"{request_id}.2.discard", "discard", (request_id,), status="SUCCESS", completed_at=NOW)
        past.steps(request_id, ("submit", script))
        await late_message(store, request_id, script)
    assert await sweep(store) >= len(secrets)
    await store.engine.scrub()
    with closing(sqlite3.connect(store.file)) as database:
        assert past.person not in "\n".join(database.iterdump())
    assert files_with(store.file, f"of {past.person}") == []


async def test_what_ended_lately_stays(past: Past, store: Store) -> None:
    """The time counts from the last thing that happened."""
    await made(past)
    await past.decide(past.person, "try_again", status="SUCCESS", completed_at=NOW)
    await past.export(f"{past.person}.2", output=MADE, created_at=LONG_AFTER, completed_at=LONG_AFTER)
    await sweep(store)
    assert len(await kept(past)) == 4


async def test_a_question_of_late_stays(past: Past, store: Store) -> None:
    """Somebody may still answer it; once that took as long as everything is kept, it goes."""
    await past.accept(past.person, status="SUCCESS", completed_at=NOW)
    await past.export(past.person, output=Outcome(result="question"), completed_at=LONG_AFTER)
    await sweep(store)
    assert await kept(past) == [f"{past.person}.accept", past.person]
    await sweep(store, LATER + 2 * DAY / 1000)
    assert await kept(past) == []


@pytest.mark.parametrize("status", ["PENDING", "ENQUEUED"])
async def test_what_runs_stays_with_its_earlier_attempts(past: Past, store: Store, status: str) -> None:
    """However old the request is."""
    await made(past)
    await past.decide(past.person, "try_again", status="SUCCESS", completed_at=NOW)
    await past.export(f"{past.person}.2", status=status)
    await sweep(store)
    assert len(await kept(past)) == 4


@pytest.mark.parametrize("status", ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"])
async def test_a_history_without_an_outcome_goes_too(past: Past, store: Store, status: str) -> None:
    """An end without an outcome is an end, also when no step has written it down; lately ended, it stays."""
    await past.accept(past.person, status="SUCCESS", completed_at=NOW)
    await past.export(past.person, status=status, completed_at=LONG_AFTER)
    await sweep(store)
    assert (await kept(past), await rows(past, store)) == ([f"{past.person}.accept", past.person], [past.person])
    assert await sweep(store, LATER + 2 * DAY / 1000) >= 1
    assert (await kept(past), await rows(past, store)) == ([], [])


async def test_a_broken_attempt_of_a_request_that_runs_stays(past: Past, store: Store) -> None:
    """With all that belongs to it."""
    await past.export(past.person, status="CANCELLED", completed_at=NOW)
    await past.decide(past.person, "try_again", status="SUCCESS", completed_at=NOW)
    await past.export(f"{past.person}.2")
    await sweep(store)
    assert len(await kept(past)) == 3


async def test_a_row_whose_workflows_are_gone_goes(past: Past, store: Store) -> None:
    """Somebody may have deleted those by hand."""
    await past.export(past.person, output=MADE)
    await DBOS.delete_workflows_async([past.person])
    await sweep(store)
    assert await rows(past, store) == []


async def test_many_are_deleted_although_many_before_them_stay(past: Past, store: Store) -> None:
    """More of them than are looked at together, two sweeps at once, and in front of them those that run."""
    for number in range(BATCH):
        await past.accept(f"{past.person}-{number}-stays", status="SUCCESS", completed_at=NOW)
        await past.export(f"{past.person}-{number}-stays")
    for number in range(BATCH):
        await made(past, request_id=f"{past.person}-{number}-goes")
    await asyncio.gather(sweep(store), sweep(store))
    assert len(await rows(past, store)) == BATCH
    left = await DBOS.list_workflows_async(user=past.person, load_input=False, load_output=False)
    assert len(left) == 2 * BATCH
    assert all("-stays" in workflow.workflow_id for workflow in left)


async def test_a_fault_is_logged_and_the_next_sweep_goes_on(
    past: Past, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
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

    await made(past)
    sweeping = Retention(store.records, days=90, scrub=scrub)
    sweeping.start()
    await asyncio.wait_for(scrubbed.wait(), timeout=60)
    await sweeping.stop()
    assert "could not be deleted" in caplog.text
    assert await kept(past) == []
