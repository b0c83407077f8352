"""Takes in what webhooks tell, by the hundred, and hands it over to the exports when there is time for it.

News are taken once they are in the inbox; those that come at the same time share one commit. From there they are
handed over at once, unless more keep coming: then exports hear of the newest only, and of an end first.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from bot.engine.inbox import Inbox, News
from bot.engine.runtime import DatabaseUnusable
from bot.engine.waiters import waiters
from bot.exports.models import Progress
from bot.exports.workflow.registration import NEWS

logger = logging.getLogger(__name__)

# News that wait for their commit stay in memory; beyond these, or when it takes longer, whoever tells comes later.
MOST_WAITING = 256
PATIENCE = 10.0
# It is a flood when so many wait for one commit, until none has for QUIET_SECONDS. It takes an export 5 to 20 ms of a
# core to hear its news: in a flood MOST_AT_ONCE hear theirs every LONGEST_HOLD (seconds), and the others later.
FLOOD = 3
QUIET_SECONDS = 0.1
LONGEST_HOLD = 1.0
MOST_AT_ONCE = 20
# What a process that died has left is found at a look.
LOOK_SECONDS = 4.0
CLOSING_SECONDS = 1.0


class NotTaken(Exception):
    """The news could not be written down for now; whoever tells them is to come again later."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """News on their way into the inbox; `owner` becomes the export's person, or None when there is no such export."""

    news: News
    owner: asyncio.Future[str | None]


class Intake:
    """One who writes down and one who hands over, as tasks of this process."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._waiting: list[_Letter] = []
        self._arrived, self._written = asyncio.Event(), asyncio.Event()
        self._flooded_at = float("-inf")
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Works from now on, also on what was left before; the engine must be launched. Raises DatabaseUnusable."""
        try:
            await self._inbox.prepare()
        except (SQLAlchemyError, OSError) as error:
            raise DatabaseUnusable(f"the table of news can't be used: {type(error).__name__}") from None
        self._tasks = {asyncio.create_task(self._write()), asyncio.create_task(self._hand_over())}

    async def close(self) -> None:
        """What has not been handed over stays for the next start, or for another replica."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING_SECONDS)

    async def take(self, export_id: str, heard: Progress) -> str | None:
        """Returns once the news are committed: the export's person, or None when there is no such export.

        Raises NotTaken.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise NotTaken
        letter = _Letter(News(export_id, heard), asyncio.get_running_loop().create_future())
        self._waiting.append(letter)
        self._arrived.set()
        try:
            async with asyncio.timeout(PATIENCE):
                return await letter.owner
        except TimeoutError:
            raise NotTaken from None

    async def _write(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            letters, self._waiting = self._waiting, []
            if len(letters) >= FLOOD:
                self._flooded_at = time.monotonic()
            await self._write_down(letters)

    async def _write_down(self, letters: Sequence[_Letter]) -> None:
        try:
            owners = await self._inbox.write([letter.news for letter in letters])
        except Exception as error:  # noqa: BLE001 — whatever it was, each of them gets an answer, and the next a try
            logger.warning("news of %d webhooks could not be written down: %s", len(letters), type(error).__name__)
            for letter in _awaited(letters):
                letter.owner.set_exception(NotTaken())
        else:
            for letter in _awaited(letters):
                letter.owner.set_result(owners.get(letter.news.export_id))
            self._written.set()

    async def _hand_over(self) -> None:
        while True:
            await self._quiet_moment()
            self._written.clear()
            if await self._handed_over() < MOST_AT_ONCE:
                await self._until_written()

    async def _handed_over(self) -> int:
        try:
            export_ids = await self._inbox.hand_over(MOST_AT_ONCE)
        except Exception as error:  # noqa: BLE001 — whatever it was, the news are still there at the next look
            logger.warning("news could not be handed over: %s", type(error).__name__)
            return 0
        await waiters.wake(export_ids, NEWS)
        return len(export_ids)

    async def _quiet_moment(self) -> None:
        latest = time.monotonic() + LONGEST_HOLD
        while not self._is_quiet and time.monotonic() < latest:  # noqa: ASYNC110 — nothing tells that nothing happens
            await asyncio.sleep(QUIET_SECONDS)

    @property
    def _is_quiet(self) -> bool:
        return time.monotonic() - self._flooded_at >= QUIET_SECONDS

    async def _until_written(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._written.wait()
        except TimeoutError:
            return


def _awaited(letters: Sequence[_Letter]) -> list[_Letter]:
    """Those whose callers have not gone away."""
    return [letter for letter in letters if not letter.owner.done()]
