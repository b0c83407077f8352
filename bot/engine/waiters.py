"""Who waits for a message, so that one query looks for all of them, and nobody is polled for.

The engine looks for messages of each workflow that waits by itself: on SQLite again and again, where a thousand took a
fifth of a core at one look a second; on Postgres, whose server tells of each message, once a minute as a safety net,
where two thousand took six hundredths of a core. In place of both one query asks for all who wait.
On SQLite the sender is nearly always in this process. What the engine does for a waiter whose message it has found is
done here as soon as the message is written; the query finds what the command line sends.
This touches parts of DBOS that are not public, for which reason its minor version is pinned.
"""

import asyncio
import logging
from collections.abc import Sequence

import sqlalchemy as sa
from dbos import DBOS
from dbos._sys_db import KeySignal, WaiterComponents
from sqlalchemy.exc import SQLAlchemyError

from bot.exports.models import Stored

logger = logging.getLogger(__name__)

# A look costs about 4 ms for a thousand who wait. On Postgres it is needed only when the server's word got lost.
LOOK_SECONDS, SELDOM_SECONDS = 0.5, 30.0
# Databases take no more values in one query (SQLite: 32,766).
MOST_AT_ONCE = 10_000
# After so long the engine looks at each waiter by itself, and whether its time by the wall clock is over.
HOUR = 3600.0

Waiter = tuple[str, WaiterComponents, KeySignal]


class Waiters:
    """The workflows of this process that wait; knows nobody until it watches."""

    def __init__(self) -> None:
        self._engine: DBOS | None = None
        self._looking: asyncio.Task[None] | None = None

    def watch(self, engine: DBOS) -> None:
        """From now on, of an engine that is launched on a file."""
        self._engine = engine
        waiting = engine._sys_db.notifications_map
        everybody = waiting.snapshot

        def left_to_look_at() -> list[Waiter]:
            _wake(engine, everybody())
            return []

        waiting.snapshot = left_to_look_at  # type: ignore[method-assign]  # there is no public way
        engine._sys_db._notification_fallback_polling_interval = HOUR

    def watch_seldom(self, engine: DBOS) -> None:
        """From now on, of an engine that is launched on Postgres."""
        engine._sys_db._notification_fallback_polling_interval = HOUR
        self._looking = asyncio.create_task(_look_seldom(engine))

    def leave(self) -> None:
        if self._looking:
            self._looking.cancel()
        self._engine = self._looking = None

    async def wake(self, workflow_ids: Sequence[str], topic: str) -> None:
        """Lets those who wait here take messages that have been written down, if they are still there.

        One that was woken for nothing, because it has had the message already, or because the message was a second
        copy, would take it that its time is over. So the database is asked first, as the engine's poll does.
        """
        if self._engine is None or not workflow_ids:
            return
        database = self._engine._sys_db
        here = [(one, database.notifications_map.get(f"{one}::{topic}")) for one in workflow_ids]

        def look() -> None:
            for workflow_id, waiter in here:
                if waiter:
                    database.recv_check(workflow_id, topic, waiter)  # type: ignore[arg-type]  # it only calls set()

        await asyncio.to_thread(look)


waiters = Waiters()


async def _look_seldom(engine: DBOS) -> None:
    while True:
        await asyncio.sleep(SELDOM_SECONDS)
        try:
            await asyncio.to_thread(_wake, engine, engine._sys_db.notifications_map.snapshot())
        except SQLAlchemyError as error:
            logger.warning("messages are not looked for until the database is back: %s", type(error).__name__)


def _wake(engine: DBOS, waiting: Sequence[Waiter]) -> None:
    """Lets those take their messages who have any. Raises SQLAlchemyError."""
    for start in range(0, len(waiting), MOST_AT_ONCE):
        some = waiting[start : start + MOST_AT_ONCE]
        unheard = _unheard(engine, [workflow_id for _, (workflow_id, *_), _ in some])
        for _, (workflow_id, topic, _), waiter in some:
            if (workflow_id, topic) in unheard:
                waiter.set()


def _unheard(engine: DBOS, workflow_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Which of these have a message that they have not taken, and of what topic."""
    letters = engine._sys_db.tables.notifications.c
    asked = sa.select(letters.destination_uuid, letters.topic).where(
        letters.destination_uuid.in_(workflow_ids), letters.consumed.is_(False)
    )
    with engine._sys_db.engine.connect() as connection:
        return {(row.destination_uuid, row.topic) for row in connection.execute(asked)}


async def send(workflow_id: str, message: Stored, topic: str, *, key: str | None = None) -> None:
    """Writes a message down for a workflow, and wakes it; a key that was used before changes nothing.

    Raises DBOSNonExistentWorkflowError.
    """
    await DBOS.send_async(workflow_id, message, topic, idempotency_key=key)
    await waiters.wake([workflow_id], topic)
