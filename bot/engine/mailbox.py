"""Messages to workflows: from webhooks, buttons, approvals and the command line.

One table. Who brings messages inserts rows, those that come together in one commit; a workflow waits for them in an
ordinary step, whose result DBOS records like any other. Nothing is consumed: a workflow remembers the number of the
last message that it was handed, so that a step which runs again after a crash finds the same ones. The rows of a
recipient are deleted when its workflow ends.

A waiting workflow costs an event in this process and no query of its own. Messages that this process takes wake their
recipients at once; for what others insert there is NOTIFY on Postgres, and on both stores one query now and then that
asks for everybody (a command line beside an SQLite file has no other way).

Numbers become visible in their order: SQLite allows one writer at a time, and on Postgres writers take an advisory lock
for their transaction, which ends after the commit is visible
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS). So nobody who has seen a number can miss
a smaller one.
"""

import asyncio
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from aiolimiter import AsyncLimiter
from cachetools import LRUCache
from dbos import Serializer
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, delete, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.database import DatabaseUnusable, create_tables, is_file
from bot.engine.notifications import CHANNEL, Notifications
from bot.engine.sqlite_files import FileChanges

logger = logging.getLogger(__name__)

METADATA = MetaData()
MAILBOX = Table(
    "avatar_bot_mailbox",
    METADATA,
    # SQLite counts rows by an INTEGER only, and gives no number twice only with AUTOINCREMENT.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("recipient", String(255), nullable=False),
    Column("topic", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Index("avatar_bot_mailbox_recipient", "recipient", "number"),
    sqlite_autoincrement=True,
)

# Any number that nobody else locks: writers hold it until their commit.
_WRITING = 7_331_906
# A row gets its number once the lock is held: numbers are made for the rows of the join.
_INSERT_ON_SERVER = text("""
    INSERT INTO avatar_bot_mailbox (recipient, topic, body)
    SELECT new.recipient, new.topic, new.body
    FROM (SELECT pg_advisory_xact_lock(:key), pg_notify(:channel, :sender)) AS locked,
         unnest(CAST(:recipients AS text[]), CAST(:topics AS text[]), CAST(:bodies AS text[]))
             AS new (recipient, topic, body)
    RETURNING number""")

# Messages that wait for their commit stay in memory; beyond these, or when it takes longer, whoever brings one is to
# come again later.
MOST_PENDING = 256
WRITE_SECONDS = 10.0
# So often one query looks for messages that others inserted. On Postgres it is only needed when a NOTIFY got lost.
FILE_LOOK_SECONDS, SERVER_LOOK_SECONDS = 0.5, 30.0
# It is a flood when so many wait for one commit, until none has for QUIET_SECONDS. A workflow that is handed messages
# works for 5 to 20 ms: in a flood HANDED_OVER_PER_SECOND are, so that webhooks and Slack still get their answers.
FLOOD = 3
QUIET_SECONDS = 0.1
HANDED_OVER_PER_SECOND = 20
MOST_REMEMBERED = 20_000
CLOSING_SECONDS = 1.0


class NotTaken(Exception):
    """The message could not be written down for now; whoever brings it is to come again later."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a workflow; `number` orders all messages, and is 0 until the message is committed."""

    recipient: str
    topic: str
    body: Any
    number: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, and when it came: seconds since the wait for it began."""

    message: Message
    at: float


# What is written of a message: recipient, topic and body.
Key = tuple[str, str, str]
# When messages are handed over, in seconds since the wait began, by what has come so far.
Due = Callable[[Sequence[Arrival]], float]


@dataclass(frozen=True)
class Recipient:
    """Who may be sent messages. `owner` is whatever the sender wants to know of it; messages to a closed one are not
    kept."""

    owner: str
    is_open: bool


class Directory(Protocol):
    """Knows the recipients."""

    async def recipients(self, connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, Recipient]:
        """Those that there are. Raises SQLAlchemyError."""
        ...


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message on its way into the table; `owner` becomes its recipient's, or None when there is none."""

    message: Message
    written: asyncio.Future[Recipient | None]


@dataclass(slots=True)
class _Waiter:
    """A step that waits for messages after a number.

    `arrivals` are hints: what counts is read from the table when they are handed over.
    """

    after: int
    began_at: float = field(default_factory=time.monotonic)
    arrivals: list[Arrival] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def hint(self, message: Message) -> None:
        # A look may find what this process has posted itself, and what its workflow has been handed already.
        if 0 < message.number <= self.after:
            return
        self.arrivals.append(Arrival(message, time.monotonic() - self.began_at))
        self.changed.set()


class Mailbox:
    """Takes messages and hands them to the workflows of this process."""

    def __init__(self, database: AsyncEngine, serializer: Serializer, directory: Directory) -> None:
        self._database = database
        self._serializer = serializer
        self._directory = directory
        self._is_file = is_file(database.url)
        self._waiters: defaultdict[str, list[_Waiter]] = defaultdict(list)
        self._pending: list[_Letter] = []
        self._arrived = asyncio.Event()
        self._known: LRUCache[Key, bool] = LRUCache(MOST_REMEMBERED)
        self._seen = 0
        self._flooded_at = float("-inf")
        self._hand_overs = AsyncLimiter(HANDED_OVER_PER_SECOND, 1.0)
        self._tasks: set[asyncio.Task[None]] = set()
        self._sender = secrets.token_hex(8)
        self._notifications = None if self._is_file else Notifications(database.url, self._sender, self._look)
        self._changes = FileChanges(Path(database.url.database or "")) if self._is_file else None
        self._writing = database if self._is_file else database.execution_options(isolation_level="AUTOCOMMIT")

    async def prepare(self) -> None:
        """Makes the table if it is missing. Raises DatabaseUnusable."""
        try:
            await create_tables(self._database, METADATA.create_all)
        except (SQLAlchemyError, OSError) as error:
            raise DatabaseUnusable(f"the table of messages can't be used: {type(error).__name__}") from None

    async def open(self) -> None:
        """Takes and looks for messages from now on; the table must be there. Raises SQLAlchemyError."""
        self._seen = await self._newest_number()
        self._tasks = {asyncio.create_task(self._write()), asyncio.create_task(self._keep_looking())}
        if self._notifications:
            self._tasks.add(asyncio.create_task(self._notifications.listen()))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING_SECONDS)

    async def post(self, recipient: str, topic: str, body: Any) -> Recipient | None:
        """Returns once the message is committed: its recipient, or None when there is no such one.

        The same message again changes nothing, and one to a closed recipient is not kept. Raises NotTaken.
        """
        if len(self._pending) >= MOST_PENDING:
            raise NotTaken
        letter = _Letter(Message(recipient, topic, body), asyncio.get_running_loop().create_future())
        self._pending.append(letter)
        self._arrived.set()
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                return await letter.written
        except TimeoutError:
            raise NotTaken from None

    async def put(self, recipient: str, topic: str, body: Any) -> Recipient | None:
        """The same in a commit of its own, for a process that has not opened the mailbox. Raises SQLAlchemyError."""
        return (await self._insert([Message(recipient, topic, body)])).get(recipient)

    async def next(self, recipient: str, *, after: int, due: Due) -> Sequence[Message]:
        """Waits until messages after that number are due, and gives all of them in order; none when none came.

        Raises SQLAlchemyError.
        """
        with self._waiting(recipient, after) as waiter:
            # It waits already, so that nothing that comes from now on is missed.
            waiter.arrivals[:0] = [Arrival(message, 0.0) for message in await self.read(recipient, after=after)]
            await _until_due(waiter, due)
        if not waiter.arrivals:
            return []
        if self._is_flooded:
            await self._hand_overs.acquire()
        return await self.read(recipient, after=after)

    async def read(self, recipient: str, *, after: int = 0) -> Sequence[Message]:
        """The messages to a recipient after that number, in order. Raises SQLAlchemyError."""
        theirs = (MAILBOX.c.recipient == recipient) & (MAILBOX.c.number > after)
        async with self._database.connect() as connection:
            rows = await connection.execute(select(MAILBOX).where(theirs).order_by(MAILBOX.c.number))
            return [self._message(*row) for row in rows]

    async def newest(self, recipients: Sequence[str], topic: str) -> Mapping[str, Any]:
        """The body of the newest message of a topic by recipient. Raises SQLAlchemyError."""
        theirs = MAILBOX.c.recipient.in_(recipients) & (MAILBOX.c.topic == topic)
        async with self._database.connect() as connection:
            rows = await connection.execute(select(MAILBOX).where(theirs).order_by(MAILBOX.c.number))
            return {row.recipient: self._serializer.deserialize(row.body) for row in rows}

    # Taking messages

    async def _write(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            letters, self._pending = self._pending, []
            if len(letters) >= FLOOD:
                self._flooded_at = time.monotonic()
            await self._take(letters)

    async def _take(self, letters: Sequence[_Letter]) -> None:
        try:
            recipients = await self._insert([letter.message for letter in letters])
        except Exception as error:  # noqa: BLE001 — whatever it was, each of them gets an answer, and the next a try
            logger.warning("%d messages could not be written down: %s", len(letters), type(error).__name__)
            for letter in _awaited(letters):
                letter.written.set_exception(NotTaken())
        else:
            for letter in _awaited(letters):
                letter.written.set_result(recipients.get(letter.message.recipient))

    async def _insert(self, messages: Sequence[Message]) -> Mapping[str, Recipient]:
        ids = sorted({one.recipient for one in messages})
        insert_all = self._insert_into_file if self._is_file else self._insert_on_server
        async with self._writing.connect() as connection:
            recipients = await self._directory.recipients(connection, ids)
            new = self._new(messages, recipients)
            numbers = sorted(await insert_all(connection, list(new))) if new else []
            await connection.commit()
        self._written(list(new), [new[key] for key in new], numbers)
        return recipients

    async def _insert_into_file(self, connection: AsyncConnection, rows: Sequence[Key]) -> Iterable[int]:
        statement = insert(MAILBOX).returning(MAILBOX.c.number)
        numbers: Iterable[int] = await connection.scalars(statement, [_row(*row) for row in rows])
        return numbers

    async def _insert_on_server(self, connection: AsyncConnection, rows: Sequence[Key]) -> Iterable[int]:
        """In one statement, which is its own transaction: each round trip more is one that webhooks wait for."""
        recipients, topics, bodies = map(list, zip(*rows, strict=True))
        columns = {"recipients": recipients, "topics": topics, "bodies": bodies}
        names = {"key": _WRITING, "channel": CHANNEL, "sender": self._sender}
        numbers: Iterable[int] = await connection.scalars(_INSERT_ON_SERVER, names | columns)
        return numbers

    def _new(self, messages: Sequence[Message], recipients: Mapping[str, Recipient]) -> dict[Key, Message]:
        """The messages that are kept, by what is written of them: each once, and only to open recipients."""
        found = {}
        for message in messages:
            recipient = recipients.get(message.recipient)
            key = (message.recipient, message.topic, self._serializer.serialize(message.body))
            if recipient and recipient.is_open and key not in self._known:
                found[key] = message
        return found

    def _written(self, keys: Sequence[Key], messages: Sequence[Message], numbers: Sequence[int]) -> None:
        for key in keys:
            self._known[key] = True
        if numbers and numbers[0] == self._seen + 1:
            # Nobody else has written in between, so that there is nothing else to look for.
            self._seen = numbers[-1]
        for message in messages:
            self._hint(message)

    # Waking those who wait

    @contextmanager
    def _waiting(self, recipient: str, after: int) -> Iterator[_Waiter]:
        waiter = _Waiter(after)
        self._waiters[recipient].append(waiter)
        try:
            yield waiter
        finally:
            self._waiters[recipient].remove(waiter)
            if not self._waiters[recipient]:
                del self._waiters[recipient]

    def _hint(self, message: Message) -> None:
        for waiter in self._waiters.get(message.recipient, ()):
            waiter.hint(message)

    async def _keep_looking(self) -> None:
        pause = FILE_LOOK_SECONDS if self._is_file else SERVER_LOOK_SECONDS
        failing = False
        while True:
            await asyncio.sleep(pause)
            if self._changes and not self._changes.since_last_look():
                continue
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 — whatever it was, the next look may find it working
                if not failing:
                    logger.warning("messages can't be looked for at the moment: %s", type(error).__name__)
                failing = True
            else:
                failing = False

    async def _look(self) -> None:
        """Wakes the recipients of what others have inserted. Raises SQLAlchemyError."""
        async with self._database.connect() as connection:
            rows = await connection.execute(
                select(MAILBOX).where(MAILBOX.c.number > self._seen).order_by(MAILBOX.c.number)
            )
            found = rows.all()
        for number, recipient, topic, body in found:
            self._seen = max(self._seen, number)
            if recipient in self._waiters:
                self._hint(self._message(number, recipient, topic, body))

    async def _newest_number(self) -> int:
        async with self._database.connect() as connection:
            newest = await connection.scalar(select(MAILBOX.c.number).order_by(MAILBOX.c.number.desc()).limit(1))
        return int(newest or 0)

    @property
    def _is_flooded(self) -> bool:
        return time.monotonic() - self._flooded_at < QUIET_SECONDS

    def _message(self, number: int, recipient: str, topic: str, body: str) -> Message:
        return Message(recipient, topic, self._serializer.deserialize(body), number)


async def empty(connection: AsyncConnection, recipient: str) -> None:
    """Deletes the messages to a recipient whose workflow has ended, in a transaction of the caller's."""
    await connection.execute(delete(MAILBOX).where(MAILBOX.c.recipient == recipient))


async def _until_due(waiter: _Waiter, due: Due) -> None:
    while (left := due(waiter.arrivals) - (time.monotonic() - waiter.began_at)) > 0:
        waiter.changed.clear()
        try:
            async with asyncio.timeout(left):
                await waiter.changed.wait()
        except TimeoutError:
            continue


def _row(recipient: str, topic: str, body: str) -> dict[str, str]:
    return {"recipient": recipient, "topic": topic, "body": body}


def _awaited(letters: Sequence[_Letter]) -> list[_Letter]:
    """Those whose senders have not gone away."""
    return [letter for letter in letters if not letter.written.done()]
