"""Erasing a person: what has ended is deleted to the last byte, and what runs is stopped."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
import pytest_asyncio

from bot.engine.mailbox import Mailbox
from bot.engine.offline_client import OfflineClient, offline_client
from bot.exports.history import erasure
from bot.exports.history.erasure import ExternalLeftovers, data_of, erase
from bot.exports.history.operator import Operator
from bot.exports.history.records import Records
from bot.exports.models import Outcome, Stop
from tests.exports.history.past import POSTED, SERIALIZER, Past, Store, files_with

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def beside(store: Store) -> AsyncIterator[OfflineClient]:
    async with offline_client(f"sqlite:///{store.file}", SERIALIZER) as offline:
        yield offline


def operator_on(beside: OfflineClient) -> tuple[Records, Operator]:
    records = Records(beside.database)
    return records, Operator(beside.client, records, Mailbox(beside.database, SERIALIZER, records))


async def test_nothing_of_a_person_is_left(store: Store, past: Past, beside: OfflineClient) -> None:
    """No workflow, row or byte; what is elsewhere is told, and others keep what is theirs."""
    records, operator = operator_on(beside)
    for number in range(30):
        export_id = f"{past.person}-{number}"
        await past.accept(export_id, script=f"secret of {past.person}", status="SUCCESS")
        await past.export(export_id, output=Outcome(result="failed", project_id=f"P{number}"))
        await past.decide(export_id, "try_again", status="SUCCESS")
        await past.export(f"{export_id}.2", output=Outcome(result="video", project_id=f"Q{number}"))
    person, past.person = past.person, "T0AVATARS:another"
    await past.export("V-anothers", output=Outcome(result="video"))
    erased = await erase(beside, records, operator, person)
    assert sorted(erased.deleted, key=str) == sorted(
        (ExternalLeftovers(POSTED, [f"P{number}", f"Q{number}"]) for number in range(30)), key=str
    )
    assert (erased.left, erased.scrubbed) == (0, True)
    with closing(sqlite3.connect(store.file)) as database:
        assert person not in "\n".join(database.iterdump())
    assert files_with(store.file, f"secret of {person}") == []
    assert await store.records.one("V-anothers") is not None


async def test_what_runs_is_stopped_and_waited_for(
    store: Store, past: Past, beside: OfflineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot ends it, for as long as anybody likes to watch; how many are left is told."""
    monkeypatch.setattr(erasure, "PATIENCE", 0.05)
    monkeypatch.setattr(erasure, "LOOK_SECONDS", 0.01)
    records, operator = operator_on(beside)
    await past.export(past.person)
    erased = await erase(beside, records, operator, past.person)
    assert (erased.deleted, erased.left) == ([], 1)
    assert [one.body for one in await store.mailbox.read(past.person)] == [Stop()]
    theirs = await data_of(beside.client, records, past.person)
    assert ([one.request_id for one in theirs.running], theirs.ended) == ([past.person], [])


async def test_a_broken_history_is_deleted_as_well(past: Past, beside: OfflineClient) -> None:
    """Though no step has written its end."""
    records, operator = operator_on(beside)
    await past.export(past.person, status="CANCELLED")
    erased = await erase(beside, records, operator, past.person)
    assert ([one.posted for one in erased.deleted], erased.left) == ([POSTED], 0)
    assert await records.newest(people=[past.person], limit=10) == []


async def test_of_nobody_nothing_is_deleted(beside: OfflineClient) -> None:
    """Who is not known has no data."""
    records, operator = operator_on(beside)
    erased = await erase(beside, records, operator, "T0AVATARS:nobody")
    assert (erased.deleted, erased.left) == ([], 0)
