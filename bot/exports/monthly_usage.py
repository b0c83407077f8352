"""What the workspaces have made in this calendar month, without adding all of it up again each time somebody asks."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from bot.exports.history.summaries import Usage

# What ended so long ago is counted once and for good: by then everybody sees it, and the clocks agree (seconds).
SETTLED_SECONDS = 300.0
# So much of the past is read at once: a month of a large workspace does not fit into memory at ease.
DAY = 86_400.0
NOTHING = Usage()
# For those who only want to look, it is looked up this often (seconds) and no more, however many they are.
FRESH_SECONDS = 60.0

# What each workspace has made from one moment to before another (Unix seconds).
Made = Callable[[float, float], Awaitable[Mapping[str, Usage]]]


class MonthlyUsage:
    """Adds up the month once, and from then on what has ended since."""

    def __init__(self, made: Made) -> None:
        self._made = made
        self._month = self._until = 0.0
        self._settled: dict[str, Usage] = {}
        self._turn = asyncio.Lock()
        self._known: dict[str, Usage] = {}
        self._looks: dict[str, tuple[asyncio.Task[Usage], float]] = {}

    async def at_hand(self, team_id: str, *, within: float) -> Usage | None:
        """What was known of a workspace a minute ago, or what it is now, if that is found out within so many seconds.

        None while nothing is known; the look goes on.
        """
        look, began_at = self._looks.get(team_id, (None, 0.0))
        is_fresh = time.monotonic() - began_at < FRESH_SECONDS
        if look is None or (look.done() and (look.exception() or not is_fresh)):
            look = asyncio.create_task(self.usage(team_id))
            self._looks[team_id] = (look, time.monotonic())
        await asyncio.wait({look}, timeout=within)
        if look.done():
            self._known[team_id] = look.result()
        return self._known.get(team_id)

    async def usage(self, team_id: str) -> Usage:
        """What a workspace has made in this calendar month (UTC) until now."""
        async with self._turn:
            now = time.time()
            await self._settle(now)
            lately = await self._made(self._until, now + DAY)
        return self._settled.get(team_id, NOTHING) + lately.get(team_id, NOTHING)

    async def _settle(self, now: float) -> None:
        month = month_began(now)
        if month != self._month or now < self._until:
            # A new month, or the clock was set back.
            self._month = self._until = month
            self._settled = {}
        while self._until < now - SETTLED_SECONDS:
            until = min(self._until + DAY, now - SETTLED_SECONDS)
            for team_id, usage in (await self._made(self._until, until)).items():
                self._settled[team_id] = self._settled.get(team_id, NOTHING) + usage
            self._until = until


def month_began(now: float) -> float:
    """When the calendar month of that moment began in UTC; both in Unix seconds."""
    today = datetime.fromtimestamp(now, UTC)
    return today.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
