"""Resumes the workflows that a process left unfinished, hundreds in one commit.

DBOS's own recovery needs a commit for each; for a thousand workflows that was a tenth of the recovery's time. It finds
nothing to do here: it searches for workflows of a process of the same name, and no name is used twice.
"""

import asyncio
import logging
from collections.abc import Sequence
from itertools import groupby

from dbos import DBOS, WorkflowStatus
from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 500
RETRY_SECONDS = 1.0


async def resume_workflows_of(name: str) -> int:
    """Resumes the workflows of a dead process, at most MOST_AT_ONCE; returns how many.

    If that process still runs after all, the engine refuses its writes.
    """
    left = await _unfinished(executor_id=name, limit=MOST_AT_ONCE)
    await _resume(left)
    return len(left)


async def resume_all_but_those_of(name: str) -> None:
    """Resumes the workflows that earlier processes left in a file; retries until it succeeds."""
    while True:
        try:
            await _resume_all_but_those_of(name)
        except SQLAlchemyError as error:
            logger.warning("unfinished workflows are not resumed yet: %s", type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def _resume_all_but_those_of(name: str) -> None:
    left = [status for status in await _unfinished() if status.executor_id != name]
    for start in range(0, len(left), MOST_AT_ONCE):
        await _resume(left[start : start + MOST_AT_ONCE])


async def _unfinished(executor_id: str | None = None, limit: int | None = None) -> Sequence[WorkflowStatus]:
    return await DBOS.list_workflows_async(
        executor_id=executor_id, status="PENDING", limit=limit, load_input=False, load_output=False
    )


async def _resume(left: Sequence[WorkflowStatus]) -> None:
    """Puts workflows back into their queues, where any running process takes them."""
    for queue_name, group in groupby(sorted(left, key=_queue_of), key=_queue_of):
        ids = [status.workflow_id for status in group]
        await DBOS.resume_workflows_async(ids, queue_name=queue_name or None)
        logger.info("resumed %d workflows", len(ids))


def _queue_of(status: WorkflowStatus) -> str:
    return status.queue_name or ""
