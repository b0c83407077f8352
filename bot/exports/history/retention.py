"""Deletes old finished requests with their scripts and everything recorded about them."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from dbos import DBOS

from bot.exports.history.records import Record, Records
from bot.exports.history.request_workflows import (
    BROKEN,
    RequestWorkflows,
    Store,
    delete_workflows,
    workflows_of_requests,
)
from bot.exports.ids import requests_of
from bot.exports.usage import DAY

logger = logging.getLogger(__name__)

FIRST_SWEEP_SECONDS = 3.0
SWEEP_SECONDS = 3600.0
# SQLite allows one writer, so batches are short, with a pause in which other connections write.
BATCH = 25
PAUSE_SECONDS = 0.1


class Retention:
    """Sweeps soon after the start and then every hour. Several replicas may sweep at once.

    `scrub` is called after a sweep, so that deleted text does not stay readable in the database's file.
    """

    def __init__(self, records: Records, days: int, scrub: Callable[[], Awaitable[None]]) -> None:
        self._records = records
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
        deleted = await sweep(DBOS, self._records, time.time() - self._seconds)
        await self._scrub()
        if deleted:
            logger.info("deleted %d requests that had ended long ago", deleted)


async def sweep(store: Store, records: Records, before: float) -> int:
    """Deletes the requests without activity since `before` (Unix seconds); returns how many.

    A request that runs, or whose question can still be answered, is kept with all its attempts.
    """
    return await _sweep_ended(store, records, before) + await _sweep_broken(store, records, before)


async def _sweep_ended(store: Store, records: Records, before: float) -> int:
    deleted = kept = 0
    while ended := await records.ended_before(before, limit=BATCH, offset=kept):
        request_ids = requests_of(one.export_id for one in ended)
        found = await workflows_of_requests(store, request_ids, whole=False)
        staying = {request.request_id for request in found if not is_over(request, before)}
        await delete_requests(store, records, [one for one in found if one.request_id not in staying])
        await records.delete([one for one in request_ids if one not in staying])
        deleted += len(request_ids) - len(staying)
        kept += _kept(ended, staying)
        await asyncio.sleep(PAUSE_SECONDS)
    return deleted


async def _sweep_broken(store: Store, records: Records, before: float) -> int:
    """Sweeps requests that ended without an outcome: no step recorded their end in the table of exports."""
    broken = await store.list_workflows_async(status=BROKEN, load_input=False, load_output=False)
    request_ids = requests_of(workflow.workflow_id for workflow in broken)
    deleted = 0
    for start in range(0, len(request_ids), BATCH):
        found = await workflows_of_requests(store, request_ids[start : start + BATCH], whole=False)
        doomed = [request for request in found if is_over(request, before)]
        await delete_requests(store, records, doomed)
        deleted += len(doomed)
        await asyncio.sleep(PAUSE_SECONDS)
    return deleted


async def delete_requests(store: Store, records: Records, doomed: Sequence[RequestWorkflows]) -> None:
    """Deletes requests with everything recorded about them."""
    await delete_workflows(store, doomed)
    await records.delete([request.request_id for request in doomed])


def is_over(request: RequestWorkflows, before: float) -> bool:
    """Whether it has ended, without activity since `before` (Unix seconds)."""
    return not request.is_running and request.moved_at < before


def _kept(ended: Sequence[Record], staying: set[str]) -> int:
    """How many of these stay, and would be found again by the next query."""
    return sum(record.request_id in staying for record in ended)
