"""What one workflow hears: progress from webhooks, and control messages from people and operators."""

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
# Seconds to listen, given the percents that have come so far, each with when it came.
ProgressDue = Callable[[Sequence[tuple[int, float]]], float]


class Inbox:
    """The messages to one export, in their order; remembers up to which it has read."""

    def __init__(self, mailbox: Mailbox, steps: Steps, export_id: str) -> None:
        self._mailbox = mailbox
        self._steps = steps
        self._export_id = export_id
        self._after = 0

    async def listen(self, due: ProgressDue, *, decisions: bool = False) -> Gathered:
        """Hands over what has gathered once it is due; a *Stop* at once, and a decision where those are awaited."""

        def messages_due(arrivals: Sequence[Arrival]) -> float:
            control = [one.at for one in arrivals if is_control(one.message.body, decisions=decisions)]
            if control:
                return min(control)
            return due([(one.message.body.progress, one.at) for one in arrivals if _is_progress(one.message.body)])

        gathered = await self._steps.run("listen", self._gather, self._after, messages_due, decisions)
        self._after = max(self._after, gathered.number)
        return gathered

    async def wait(self, seconds: float, *, decisions: bool = False) -> Gathered:
        """Listens for so many seconds, unless a control message comes."""
        return await self.listen(lambda _: seconds, decisions=decisions)

    async def check_for_cancellation(self) -> None:
        """Nothing is spent for somebody who no longer wants it. Raises ExportStopped."""
        raise_if_stopped(await self.wait(0.0), sent=False)

    async def pause(self, seconds: float) -> None:
        """Waits before another try to submit. Raises ExportStopped."""
        raise_if_stopped(await self.wait(seconds), sent=False)

    async def _gather(self, after: int, due: Due, decisions: bool) -> Gathered:
        began_at = time.monotonic()
        messages = await until_database_answers(lambda: self._mailbox.next(self._export_id, after=after, due=due))
        return gathered(messages, waited=time.monotonic() - began_at, decisions=decisions)


def gathered(messages: Sequence[Message], *, waited: float, decisions: bool = False) -> Gathered:
    """The newest progress and the first control message of those that were handed over together."""
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
    """Tries until the database does it: an outage is no end of an export."""
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
