"""The messages to one workflow: progress from webhooks, and control messages from people and operators."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot.engine.mailbox import Arrival, Due, Mailbox, Message
from bot.engine.steps import Steps
from bot.exports.messages import is_control, newest_progress
from bot.exports.models import ApprovalDecision, Gathered, Progress, Stop
from bot.exports.workflow.endings import ExportStopped

logger = logging.getLogger(__name__)

DATABASE_PAUSE = 1.0

R = TypeVar("R")
# Seconds to wait, given the percents that have arrived, each with its time in seconds since the wait began.
ProgressDue = Callable[[Sequence[tuple[int, float]]], float]


class Inbox:
    """Reads the messages to one export in order, each once."""

    def __init__(self, mailbox: Mailbox, steps: Steps, export_id: str) -> None:
        self._mailbox = mailbox
        self._steps = steps
        self._export_id = export_id
        self._after = 0

    async def listen(self, due: ProgressDue, *, decisions: bool = False) -> Gathered:
        """Waits until `due`, then returns the summarised messages; a *Stop*, or with `decisions` an approval decision,
        ends the wait at once.
        """

        def messages_due(arrivals: Sequence[Arrival]) -> float:
            control = [one.at for one in arrivals if is_control(one.message.body, decisions=decisions)]
            if control:
                return min(control)
            return due([(one.message.body.progress, one.at) for one in arrivals if _is_progress(one.message.body)])

        gathered = await self._steps.run("listen", self._gather, self._after, messages_due, decisions)
        self._after = max(self._after, gathered.number)
        return gathered

    async def wait(self, seconds: float, *, decisions: bool = False) -> Gathered:
        """Waits for so many seconds, or until a control message arrives."""
        return await self.listen(lambda _: seconds, decisions=decisions)

    async def check_for_cancellation(self) -> None:
        """Raises ExportStopped if the export was stopped; called before credits are spent."""
        raise_if_stopped(await self.wait(0.0), sent=False)

    async def pause(self, seconds: float) -> None:
        """Waits before another try to submit. Raises ExportStopped."""
        raise_if_stopped(await self.wait(seconds), sent=False)

    async def _gather(self, after: int, due: Due, decisions: bool) -> Gathered:
        began_at = time.monotonic()
        messages = await until_database_answers(lambda: self._mailbox.next(self._export_id, after=after, due=due))
        return gathered(messages, waited=time.monotonic() - began_at, decisions=decisions)


def gathered(messages: Sequence[Message], *, waited: float, decisions: bool = False) -> Gathered:
    """Summarises messages: the newest progress and the first control message. `waited` is in seconds."""
    now = time.time()
    progress = newest_progress([one.body for one in messages if _is_progress(one.body)])
    control = next((one.body for one in messages if is_control(one.body, decisions=decisions)), None)
    latest = max((one.body.at for one in messages if _is_progress(one.body)), default=None)
    return Gathered(
        number=max((one.number for one in messages), default=0),
        at=now,
        waited=waited,
        quiet=None if latest is None else min(max(now - latest, 0.0), waited),
        progress=progress,
        stop=control if isinstance(control, Stop) else None,
        decision=control if isinstance(control, ApprovalDecision) else None,
    )


def raise_if_stopped(found: Gathered, *, sent: bool, project_id: str | None = None) -> None:
    """Raises ExportStopped when somebody stopped it; `sent` says whether AI Studios may have the script."""
    if found.stop:
        raise ExportStopped(found.stop.user_id, sent=sent, project_id=project_id)


async def until_database_answers(act: Callable[[], Awaitable[R]]) -> R:
    """Retries until the database works: an outage must not end an export."""
    failing = False
    while True:
        try:
            return await act()
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            if not failing:
                logger.warning("waiting for the database: %s", type(error).__name__)
            failing = True
            await asyncio.sleep(DATABASE_PAUSE)


def _is_progress(body: object) -> bool:
    return isinstance(body, Progress)
