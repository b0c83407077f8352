"""Mailboxes for the tests: what is sent, who may be sent it, and a second process that writes to the same table."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from pydantic import BaseModel
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.database import closed, opened
from bot.engine.mailbox import Arrival, Due, Mailbox, Message, Recipient
from bot.engine.serializer import JsonSerializer

# How long a wait for a condition may last (seconds); far beyond what any takes.
PATIENCE = 30.0
TOPIC = "notes"
# A look that never comes within a test (seconds).
NEVER = 3600.0


class Note(BaseModel):
    """What the messages of the tests say."""

    text: str


class People:
    """The recipients, as a directory in memory."""

    def __init__(self, **recipients: Recipient) -> None:
        self.known: dict[str, Recipient] = dict(recipients)
        self.error: Exception | None = None
        self.asked = asyncio.Event()

    async def recipients(self, connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, Recipient]:  # noqa: ARG002 — as Directory has it
        self.asked.set()
        await self.gate()
        if self.error:
            raise self.error
        return {one: self.known[one] for one in ids if one in self.known}

    async def gate(self) -> None:
        """Holds nobody up."""


def everybody() -> People:
    """Two who are open and one who is closed."""
    return People(
        ana=Recipient("T1:ana", is_open=True),
        ben=Recipient("T1:ben", is_open=True),
        gone=Recipient("T1:gone", is_open=False),
    )


@asynccontextmanager
async def unopened(database_url: str, people: People) -> AsyncIterator[Mailbox]:
    """A mailbox as the command line has it: it inserts, and takes nothing."""
    database = opened(database_url)
    mailbox = Mailbox(database, JsonSerializer((Note,)), people)
    await mailbox.prepare()
    yield mailbox
    await closed(database)


@asynccontextmanager
async def open_mailbox(database_url: str, people: People) -> AsyncIterator[Mailbox]:
    """A mailbox as the bot has it."""
    async with unopened(database_url, people) as mailbox:
        await mailbox.open()
        yield mailbox
        await mailbox.close()


def count_commits(database: AsyncEngine) -> list[None]:
    """A list that grows with every commit."""
    commits: list[None] = []
    event.listen(database.sync_engine, "commit", lambda _: commits.append(None))
    return commits


def texts(messages: Sequence[Message]) -> list[str]:
    """What the messages say."""
    return [message.body.text for message in messages]


def at_once(arrivals: Sequence[Arrival]) -> float:
    """Due with the first message."""
    return min((one.at for one in arrivals), default=NEVER)


def with_so_many(count: int) -> Due:
    """Due with that many messages."""
    return lambda arrivals: 0.0 if len({one.message.body.text for one in arrivals}) >= count else NEVER


class Waiting:
    """Due with the first message; tells when a wait has begun and the table was read for it."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    def __call__(self, arrivals: Sequence[Arrival]) -> float:
        self.begun.set()
        return at_once(arrivals)
