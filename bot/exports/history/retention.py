"""Deleting what is finished and old: the requests, their scripts and all that was recorded of them."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from dbos import DBOS, WorkflowStatus

from bot.exports.history.request_workflows import BROKEN, Family, Store, delete, families
from bot.exports.ids import request_of, requests_of
from bot.exports.monthly_usage import DAY

logger = logging.getLogger(__name__)

FIRST_SWEEP_SECONDS = 3.0
SWEEP_SECONDS = 3600.0
# A batch holds the only pen of an SQLite file; between two of them whoever waits for it has his turn.
BATCH = 25
BREATH_SECONDS = 0.1


class Retention:
    """Sweeps soon after the start and then every hour. Several replicas may sweep at once.

    `scrub` is called after a sweep: what was deleted shall not stay readable in a file.
    """

    def __init__(self, days: int, scrub: Callable[[], Awaitable[None]]) -> None:
        self._seconds = days * DAY
        self._scrub = scrub
        self._sweeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Sweeps from now on; the engine must be launched."""
        self._sweeping = asyncio.create_task(self._sweep_again_and_again())

    async def stop(self) -> None:
        if self._sweeping:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)

    async def _sweep_again_and_again(self) -> None:
        await asyncio.sleep(FIRST_SWEEP_SECONDS)
        while True:
            try:
                await self._sweep()
            except Exception:  # whatever it was, the bot goes on without it
                logger.exception("old exports could not be deleted; trying again in an hour")
            await asyncio.sleep(SWEEP_SECONDS)

    async def _sweep(self) -> None:
        deleted = await sweep(DBOS, time.time() - self._seconds)
        await self._scrub()
        if deleted:
            logger.info("deleted %d requests that had ended long ago", deleted)


async def sweep(store: Store, before: float) -> int:
    """Deletes the requests in which nothing has moved since then (Unix seconds); gives how many there were.

    One that runs stays with all its attempts, and so does one whose question somebody may still answer.
    """
    deleted = kept = 0
    while ended := await _ended_before(store, before, skip=kept):
        old = await families(store, requests_of(one.workflow_id for one in ended), whole=False)
        doomed = [family for family in old if is_over(family, before)]
        await delete(store, doomed)
        deleted += len(doomed)
        kept += _staying(ended, doomed)
        await asyncio.sleep(BREATH_SECONDS)
    return deleted


def is_over(family: Family, before: float) -> bool:
    """Whether it has ended, and nothing in it has moved since then (Unix seconds)."""
    return not family.is_running and family.moved_at < before


async def _ended_before(store: Store, before: float, *, skip: int) -> list[WorkflowStatus]:
    moment = datetime.fromtimestamp(before, UTC).isoformat()
    return await store.list_workflows_async(
        status=["SUCCESS", *BROKEN],
        # What had ended then had begun by then: so the look ends there, where nothing is to be found.
        end_time=moment,
        completed_before=moment,
        limit=BATCH,
        offset=skip,
        load_input=False,
        load_output=False,
    )


def _staying(ended: Sequence[WorkflowStatus], doomed: Sequence[Family]) -> int:
    """How many of these the next look would find again."""
    gone = {family.request_id for family in doomed}
    return sum(request_of(workflow.workflow_id) not in gone for workflow in ended)
