"""Messages to workflows: from webhooks, buttons, approvals and the command line.

One table. Senders insert rows, and simultaneous messages share a commit; a workflow waits for messages in an ordinary
step, whose result DBOS records. Reading deletes nothing: a workflow remembers the number of the last message that it
read, so that a step which runs again after a crash reads the same messages. The rows of a recipient are deleted when
its workflow ends.

A waiting workflow costs an event in this process and no query. Messages posted in this process wake their recipients at
once. Those inserted by other processes are announced with NOTIFY on Postgres, and on both stores found by a periodic
query for all recipients (the only way for a command line that inserts into an SQLite file).

Numbers become visible in their order: SQLite allows one writer at a time, and on Postgres writers take an advisory lock
for their transaction, which ends after the commit is visible
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS). A reader that has seen a
number therefore can't miss a smaller one.
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
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.database import DatabaseUnusable, create_tables, is_file
from bot.engine.mailbox_table import INSERT_ON_SERVER, MAILBOX, METADATA, READ, WRITING
from bot.engine.notifications import CHANNEL, Notifications
from bot.engine.sqlite_files import FileChanges

logger = logging.getLogger(__name__)

# Messages that wait for their commit stay in memory; with more of them, or if the commit takes longer, `post` raises
# NotTaken.
MOST_PENDING = 256
WRITE_SECONDS = 10.0
# The interval of the query for messages from other processes. On Postgres it is only needed if a NOTIFY got lost.
FILE_LOOK_SECONDS, SERVER_LOOK_SECONDS = 0.5, 30.0
# A flood begins when so many messages wait for one commit, and ends QUIET_SECONDS after the last such commit. Workflows
# need 5 to 20 ms per delivery: in a flood only HANDED_OVER_PER_SECOND are made, so that requests are still answered.
FLOOD = 3
QUIET_SECONDS = 0.1
HANDED_OVER_PER_SECOND = 20
MOST_REMEMBERED = 20_000
# Workflows read so many at once: a start takes up thousands, and forms need connections meanwhile.
MOST_READS = 4
CLOSING_SECONDS = 1.0


class NotTaken(Exception):
    """The message could not be stored now; the sender should retry later."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a workflow; `number` orders all messages, and is 0 until the message is committed."""

    recipient: str
    topic: str
    body: Any
    number: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, and its arrival in seconds since the wait began."""

    message: Message
    at: float


# A message as stored: recipient, topic and serialized body.
Key = tuple[str, str, str]
# Returns when the wait ends, in seconds since it began, given the arrivals so far.
Due = Callable[[Sequence[Arrival]], float]


@dataclass(frozen=True)
class Recipient:
    """A recipient of messages. `owner` is returned to the sender; messages to a closed recipient are dropped."""

    owner: str
    is_open: bool


class Directory(Protocol):
    """Looks up recipients."""

    async def recipients(self, connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, Recipient]:
        """The existing ones of these recipients, by id. Raises SQLAlchemyError."""
        ...


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message to be stored; `written` resolves to its recipient, or None if there is no such recipient."""

    message: Message
    written: asyncio.Future[Recipient | None]


@dataclass(slots=True)
class _Waiter:
    """A step that waits for messages after a number.

    `arrivals` only decide when the wait ends; the returned messages are then read from the table.
    """

    after: int
    began_at: float = field(default_factory=time.monotonic)
    arrivals: list[Arrival] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def hint(self, message: Message) -> None:
        # A query may find messages that this process has posted, or that the workflow has read already.
        if 0 < message.number <= self.after:
            return
        self.arrivals.append(Arrival(message, time.monotonic() - self.began_at))
        self.changed.set()


class Mailbox:
    """Stores messages and delivers them to the workflows of this process."""

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
        self._reads = asyncio.Semaphore(MOST_READS)
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
        """Starts storing and polling for messages; the table must exist. Raises SQLAlchemyError."""
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
        """Stores the message and returns its recipient after the commit, or None if there is no such recipient.

        A message with an equal body is stored once by this process (another one, or a later start, may store it again);
        one to a closed recipient is dropped. Raises NotTaken.
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
        """Stores one message in its own commit and returns its recipient, or None if there is no such recipient.

        For a process that has not opened the mailbox. Raises SQLAlchemyError.
        """
        return (await self._insert([Message(recipient, topic, body)])).get(recipient)

    async def next(self, recipient: str, *, after: int, due: Due) -> Sequence[Message]:
        """Waits until `due` says to stop, then returns all messages after that number in order; empty if none arrived.

        Raises SQLAlchemyError.
        """
        with self._waiting(recipient, after) as waiter:
            # The waiter is registered already, so that no message from now on is missed.
            there = await self._read_in_turn(recipient, after)
            waiter.arrivals[:0] = [Arrival(message, 0.0) for message in there]
            await _until_due(waiter, due)
        if not waiter.arrivals:
            return []
        if self._is_flooded:
            await self._hand_overs.acquire()
        elif len(waiter.arrivals) == len(there):
            return there
        return await self._read_in_turn(recipient, after)

    async def read(self, recipient: str, *, after: int = 0) -> Sequence[Message]:
        """The messages to a recipient after that number, in order. Raises SQLAlchemyError."""
        async with self._database.connect() as connection:
            rows = await connection.execute(READ, {"recipient": recipient, "after": after})
            return [self._message(*row) for row in rows]

    async def _read_in_turn(self, recipient: str, after: int) -> Sequence[Message]:
        async with self._reads:
            return await self.read(recipient, after=after)

    async def newest(self, recipients: Sequence[str], topic: str) -> Mapping[str, Any]:
        """The body of each recipient's newest message of a topic, for those that have one. Raises SQLAlchemyError."""
        theirs = MAILBOX.c.recipient.in_(recipients) & (MAILBOX.c.topic == topic)
        async with self._database.connect() as connection:
            rows = await connection.execute(select(MAILBOX).where(theirs).order_by(MAILBOX.c.number))
            return {row.recipient: self._serializer.deserialize(row.body) for row in rows}

    # Storing messages

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
        except Exception as error:  # noqa: BLE001 — whatever it was, every sender gets an answer
            logger.warning("%d messages could not be stored: %s", len(letters), type(error).__name__)
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
        """Inserts in one statement, which is a transaction: webhooks would wait for every further round trip."""
        recipients, topics, bodies = map(list, zip(*rows, strict=True))
        columns = {"recipients": recipients, "topics": topics, "bodies": bodies}
        names = {"key": WRITING, "channel": CHANNEL, "sender": self._sender}
        numbers: Iterable[int] = await connection.scalars(INSERT_ON_SERVER, names | columns)
        return numbers

    def _new(self, messages: Sequence[Message], recipients: Mapping[str, Recipient]) -> dict[Key, Message]:
        """The messages to be stored, by their stored form: each once, and only to open recipients."""
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
            # No other process has written in between, so there is nothing else to read.
            self._seen = numbers[-1]
        for message in messages:
            self._hint(message)

    # Waking waiting steps

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
            except Exception as error:  # noqa: BLE001 — whatever it was, the next query may work
                if not failing:
                    logger.warning("messages can't be read at the moment: %s", type(error).__name__)
                failing = True
            else:
                failing = False

    async def _look(self) -> None:
        """Wakes the recipients of messages that other processes have inserted. Raises SQLAlchemyError."""
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
    """The messages whose senders still wait."""
    return [letter for letter in letters if not letter.written.done()]
