"""What an operator allows: where videos may go, who may make them, how many a day, for how many credits a month."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Literal, Protocol
from weakref import WeakValueDictionary

from bot.exports.history import queries as history
from bot.exports.history.summaries import Usage
from bot.exports.models import ExportRequest, Requester
from bot.exports.monthly_usage import DAY, MonthlyUsage

LimitReason = Literal["channel", "usergroup", "unsure", "daily", "monthly"]


class OverLimit(Exception):
    """A request is beyond what the operator allows; nothing was begun.

    `channels` are the ids of those that are allowed, `limit` counts videos or credits. `unsure`: it could not be found
    out who may make videos, and another try may work.
    """

    def __init__(
        self, reason: LimitReason, *, limit: int | None = None, channels: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.limit = limit
        self.channels = channels


class AllowedRequesters(Protocol):
    """The people who may make videos."""

    async def include(self, requester: Requester) -> bool | None:
        """Whether a person is one of them; None when that is not to be found out now. Takes less than a second."""
        ...


class Past(Protocol):
    """What `history` tells of what has been begun and made."""

    async def is_begun(self, story_id: str) -> bool: ...

    async def videos_since(self, person: str, since: float) -> int: ...

    async def made(self, since: float, until: float) -> Mapping[str, Usage]: ...


class Limits:
    """The operator's limits; without any, everything is allowed.

    The credits of a video are known once it is made, so that `monthly_credits` counts what has ended.
    """

    def __init__(
        self,
        *,
        channels: frozenset[str] = frozenset(),
        makers: AllowedRequesters | None = None,
        daily_videos: int | None = None,
        monthly_credits: int | None = None,
        past: Past = history,
    ) -> None:
        self._channels = channels
        self._makers = makers
        self._daily_videos = daily_videos
        self._monthly_credits = monthly_credits
        self._past = past
        self.monthly_usage = MonthlyUsage(past.made)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def reserve_quota(self, story_id: str, request: ExportRequest, *, by: str) -> AsyncIterator[None]:
        """Keeps the room for one more video of this person (`by`) until the caller has begun its story.

        What is begun already is let through: it has its room. Raises OverLimit.
        """
        if not self._are_set:
            yield
            return
        turn = self._turns.setdefault(by, asyncio.Lock())
        async with turn:
            if not await self._past.is_begun(story_id):
                await self._check(request, by)
            yield

    def check_place(self, channel_id: str) -> None:
        """Raises OverLimit."""
        if self._channels and channel_id not in self._channels:
            raise OverLimit("channel", channels=self._channels)

    @property
    def _are_set(self) -> bool:
        return bool(self._channels or self._makers or self._daily_videos or self._monthly_credits)

    async def _check(self, request: ExportRequest, by: str) -> None:
        self.check_place(request.options.channel_id)
        await self._check_maker(request.requester)
        await self._check_day(by)
        await self._check_month(request.requester.team_id)

    async def _check_maker(self, requester: Requester) -> None:
        if self._makers is None:
            return
        included = await self._makers.include(requester)
        if not included:
            raise OverLimit("unsure" if included is None else "usergroup")

    async def _check_day(self, by: str) -> None:
        limit = self._daily_videos
        if limit and await self._past.videos_since(by, time.time() - DAY) >= limit:
            raise OverLimit("daily", limit=limit)

    async def _check_month(self, team_id: str) -> None:
        limit = self._monthly_credits
        if limit and (await self.monthly_usage.usage(team_id)).credits >= limit:
            raise OverLimit("monthly", limit=limit)
