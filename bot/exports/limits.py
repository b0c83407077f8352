"""The operator's limits: allowed channels, allowed people, videos per person and day, credits per month."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, Protocol
from weakref import WeakValueDictionary

from bot.exports.models import ExportRequest, Requester
from bot.exports.usage import DAY, Usage

LimitReason = Literal["channel", "usergroup", "unsure", "daily", "monthly"]


class OverLimit(Exception):
    """A request exceeds the operator's limits; no workflow was started.

    `channels` are the ids of the allowed channels, `limit` is a number of videos or credits. `unsure`: it could not be
    checked whether the person may make videos, and another try may work.
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
        """Whether a person may make videos; None if it can't be checked now. Takes less than a second."""
        ...


class Past(Protocol):
    """The workflows started and the videos made so far (bot.exports.history.history.History)."""

    async def is_begun(self, workflow_id: str) -> bool: ...

    async def videos_since(self, person: str, since: float) -> int: ...

    async def usage(self, team_id: str) -> Usage: ...


class Limits:
    """The operator's limits; without any, everything is allowed.

    The credits of a video are only known once it is made: `monthly_credits` counts the exports that have ended.
    """

    def __init__(
        self,
        past: Past,
        *,
        channels: frozenset[str] = frozenset(),
        allowed_requesters: AllowedRequesters | None = None,
        daily_videos: int | None = None,
        monthly_credits: int | None = None,
    ) -> None:
        self._past = past
        self._channels = channels
        self._allowed_requesters = allowed_requesters
        self._daily_videos = daily_videos
        self._monthly_credits = monthly_credits
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def reserve_quota(self, workflow_id: str, request: ExportRequest, *, by: str) -> AsyncIterator[None]:
        """Checks the limits and holds this person's place (`by`) until the caller has started the workflow.

        A workflow already started passes: it was counted when it started. Raises OverLimit.
        """
        if not self._are_set:
            yield
            return
        turn = self._turns.setdefault(by, asyncio.Lock())
        async with turn:
            if not await self._past.is_begun(workflow_id):
                await self._check(request, by)
            yield

    def check_place(self, channel_id: str) -> None:
        """Checks that videos may go to this channel. Raises OverLimit."""
        if self._channels and channel_id not in self._channels:
            raise OverLimit("channel", channels=self._channels)

    @property
    def _are_set(self) -> bool:
        return bool(self._channels or self._allowed_requesters or self._daily_videos or self._monthly_credits)

    async def _check(self, request: ExportRequest, by: str) -> None:
        self.check_place(request.options.channel_id)
        await self._check_requester(request.requester)
        await self._check_day(by)
        await self._check_month(request.requester.team_id)

    async def _check_requester(self, requester: Requester) -> None:
        if self._allowed_requesters is None:
            return
        included = await self._allowed_requesters.include(requester)
        if not included:
            raise OverLimit("unsure" if included is None else "usergroup")

    async def _check_day(self, by: str) -> None:
        limit = self._daily_videos
        if limit and await self._past.videos_since(by, time.time() - DAY) >= limit:
            raise OverLimit("daily", limit=limit)

    async def _check_month(self, team_id: str) -> None:
        limit = self._monthly_credits
        if limit and (await self._past.usage(team_id)).credits >= limit:
            raise OverLimit("monthly", limit=limit)
