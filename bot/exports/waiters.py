"""Who waits for a message on the embedded database, so that sending one wakes them, and nobody need be polled for.

The engine polls SQLite for each workflow that waits, again and again: a thousand took a fifth of a core at one look a
second. But the sender is always in this process. What the engine does for a waiter whose message it has found is done
here as soon as the message is written; its poll is left as the safety net, slower the more there are.
This touches parts of DBOS that are not public, for which reason its minor version is pinned.
"""

import asyncio
from collections.abc import Sequence

from dbos import DBOS

from bot.exports.models import Stored

# A look costs 0.2 to 0.3 ms for each who waits: a thousand stay below a tenth of a core. A stop waits for the pause
# (seconds).
SHORTEST_PAUSE, PAUSE_FOR_EACH, LONGEST_PAUSE = 0.25, 0.005, 3.5
LOOK_SECONDS = 1.0


class Waiters:
    """The workflows of this process that wait; knows nobody until it watches."""

    def __init__(self) -> None:
        self._engine: DBOS | None = None
        self._easing: asyncio.Task[None] | None = None

    def watch(self, engine: DBOS) -> None:
        """From now on, of an engine that is launched on a file."""
        self._engine = engine
        self._easing = asyncio.create_task(self._ease())

    def leave(self) -> None:
        if self._easing:
            self._easing.cancel()
        self._engine = self._easing = None

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

    async def _ease(self) -> None:
        while self._engine:
            database = self._engine._sys_db
            waiting = len(database.notifications_map.snapshot())
            database._notification_listener_polling_interval_sec = pause_for(waiting)
            await asyncio.sleep(LOOK_SECONDS)


waiters = Waiters()


def pause_for(waiting: int) -> float:
    """How long the engine rests between two looks at so many (seconds)."""
    return min(max(SHORTEST_PAUSE, waiting * PAUSE_FOR_EACH), LONGEST_PAUSE)


async def send(workflow_id: str, message: Stored, topic: str, *, key: str | None = None) -> None:
    """Writes a message down for a workflow, and wakes it; a key that was used before changes nothing.

    Raises DBOSNonExistentWorkflowError.
    """
    await DBOS.send_async(workflow_id, message, topic, idempotency_key=key)
    await waiters.wake([workflow_id], topic)
