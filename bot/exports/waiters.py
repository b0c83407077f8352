"""Who waits for a message on the embedded database, so that sending one wakes them, and nobody need be polled for.

The engine polls SQLite for each workflow that waits, again and again: a thousand took a fifth of a core at one look a
second. But the sender is nearly always in this process. What the engine does for a waiter whose message it has found is
done here as soon as the message is written. For what the command line sends, and as the safety net, the poll's look is
replaced by one query for all who wait.
This touches parts of DBOS that are not public, for which reason its minor version is pinned.
"""

import asyncio
from collections.abc import Sequence

import sqlalchemy as sa
from dbos import DBOS
from dbos._sys_db import KeySignal, WaiterComponents

from bot.exports.models import Stored

# A look costs about 4 ms for a thousand who wait.
LOOK_SECONDS = 0.5

Waiter = tuple[str, WaiterComponents, KeySignal]


class Waiters:
    """The workflows of this process that wait; knows nobody until it watches."""

    def __init__(self) -> None:
        self._engine: DBOS | None = None

    def watch(self, engine: DBOS) -> None:
        """From now on, of an engine that is launched on a file."""
        self._engine = engine
        waiting = engine._sys_db.notifications_map
        everybody = waiting.snapshot

        def left_to_look_at() -> list[Waiter]:
            if present := everybody():
                _wake(engine, present)
            return []

        waiting.snapshot = left_to_look_at  # type: ignore[method-assign]  # there is no public way

    def leave(self) -> None:
        self._engine = None

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


def _wake(engine: DBOS, waiting: Sequence[Waiter]) -> None:
    """Lets those take their messages who have any. Raises SQLAlchemyError."""
    letters = engine._sys_db.tables.notifications.c
    asked = sa.select(letters.destination_uuid, letters.topic).where(
        letters.destination_uuid.in_([workflow_id for _, (workflow_id, *_), _ in waiting]), letters.consumed.is_(False)
    )
    with engine._sys_db.engine.connect() as connection:
        unheard = {(row.destination_uuid, row.topic) for row in connection.execute(asked)}
    for _, (workflow_id, topic, _), waiter in waiting:
        if (workflow_id, topic) in unheard:
            waiter.set()


async def send(workflow_id: str, message: Stored, topic: str, *, key: str | None = None) -> None:
    """Writes a message down for a workflow, and wakes it; a key that was used before changes nothing.

    Raises DBOSNonExistentWorkflowError.
    """
    await DBOS.send_async(workflow_id, message, topic, idempotency_key=key)
    await waiters.wake([workflow_id], topic)
