"""The mailbox among several writers, and while Postgres is away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from bot.database import closed, opened
from bot.engine import mailbox as module
from bot.engine import notifications
from bot.engine.mailbox import Mailbox, Message, NotTaken
from bot.engine.mailbox_table import INSERT_ON_SERVER, WRITING
from bot.engine.serializer import JsonSerializer
from tests.engine.mailboxes import NEVER, PATIENCE, TOPIC, Note, at_once, everybody, open_mailbox, texts, unopened
from tests.engine.test_mailbox import begun
from tests.scenarios import postgres
from tests.scenarios.scene import until_true

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture(autouse=True)
def no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found is found by notifications alone."""
    monkeypatch.setattr(module, "SERVER_LOOK_SECONDS", NEVER)
    monkeypatch.setattr(notifications, "RECONNECT_SECONDS", 0.05)


async def handed(mailbox: Mailbox, after: int = 0) -> Sequence[Message]:
    async with asyncio.timeout(PATIENCE):
        return await mailbox.next("ana", after=after, due=at_once)


@asynccontextmanager
async def slow_writer(database_url: str, text: str) -> AsyncIterator[None]:
    """Another process that has inserted a message and commits when the context ends."""
    database = opened(database_url)
    body = JsonSerializer((Note,)).serialize(Note(text=text))
    row = {"recipients": ["ana"], "topics": [TOPIC], "bodies": [body]}
    async with database.begin() as connection:
        await connection.execute(INSERT_ON_SERVER, {"key": WRITING, "channel": "any", "sender": "slow", **row})
        yield
    await closed(database)


async def test_a_slow_commit_is_not_overtaken(database_url: str) -> None:
    """While one writer's transaction is open nobody else gets a number, so that who has seen one misses none before."""
    people = everybody()
    async with (
        open_mailbox(database_url, people) as mailbox,
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as looker,
    ):

        async def somebody_waits() -> bool:
            row = await (await looker.execute(WAITING)).fetchone()
            return bool(row and row[0])

        async with slow_writer(database_url, "slow"):
            second = asyncio.create_task(mailbox.post("ana", TOPIC, Note(text="quick")))
            await until_true(somebody_waits, what="a writer that waits for the other")
            assert await mailbox.read("ana") == []
            assert not second.done()
        await second
        messages = await handed(mailbox)
        assert texts(messages) == ["slow", "quick"]
        assert texts(await handed(mailbox, after=messages[0].number)) == ["quick"]


async def test_an_outage_of_the_database(
    programs: Path, server: str, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Meanwhile nothing is taken; afterwards messages are taken again, and notifications wake as before."""
    people = everybody()
    async with open_mailbox(database_url, people) as mailbox, unopened(database_url, people) as beside:
        waiting = await begun(mailbox, "ana")
        await mailbox.post("ben", TOPIC, Note(text="before"))
        with postgres.away(programs, server), pytest.raises(NotTaken):
            await mailbox.post("ana", TOPIC, Note(text="meanwhile"))
        await beside.put("ana", TOPIC, Note(text="after"))
        assert texts(await waiting) == ["after"]
        await mailbox.post("ana", TOPIC, Note(text="meanwhile"))
        assert texts(await mailbox.read("ana")) == ["after", "meanwhile"]
    assert "1 messages could not be stored" in caplog.text


async def test_a_look_that_fails_is_made_again(
    database_url: str, programs: Path, server: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says once that messages can't be read, and they are found when the database is back."""
    monkeypatch.setattr(module, "SERVER_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(notifications, "RECONNECT_SECONDS", NEVER)
    people = everybody()

    async def is_said() -> bool:
        return "messages can't be read" in caplog.text

    async with open_mailbox(database_url, people) as mailbox, unopened(database_url, people) as beside:
        waiting = await begun(mailbox, "ana")
        with postgres.away(programs, server):
            await until_true(is_said, what="a line in the log")
        await beside.put("ana", TOPIC, Note(text="found"))
        assert texts(await waiting) == ["found"]
    assert caplog.text.count("messages can't be read") == 1
