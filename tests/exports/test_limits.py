"""The operator's limits: what counts, in which order they are said, and that two at once never share the last place."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from bot.exports.limits import LimitReason, Limits, OverLimit
from bot.exports.models import Avatar, ExportRequest, Requester, RequestOptions
from bot.exports.usage import Usage, month_of

ANA = "T1:U1"
REQUEST = ExportRequest(
    requester=Requester(team_id="T1", user_id="U1", locale="en-US"),
    options=RequestOptions(avatar=Avatar(id="M1", name="Olivia"), language="en", script="Hello!", channel_id="C1"),
)


class Past:
    """A history in memory; what is asked of it takes a moment."""

    def __init__(self, videos: int = 0, credits: int = 0) -> None:
        self.begun: set[str] = set()
        self._videos = videos
        self._credits = credits

    async def is_begun(self, workflow_id: str) -> bool:
        await asyncio.sleep(0)
        return workflow_id in self.begun

    async def videos_since(self, person: str, since: float) -> int:  # noqa: ARG002 - as `Past` has it
        await asyncio.sleep(0)
        return self._videos + len(self.begun)

    async def usage(self, team_id: str) -> Usage:
        return Usage(videos=self._videos, credits=self._credits) if team_id == "T1" else Usage()


class AllowedRequesters:
    """Says the same of everybody."""

    def __init__(self, answer: bool | None) -> None:
        self._answer = answer

    async def include(self, requester: Requester) -> bool | None:  # noqa: ARG002 - as `AllowedRequesters` has it
        return self._answer


async def begin(limits: Limits, past: Past, workflow_id: str = "V1.accept") -> LimitReason | None:
    """Begins a workflow where there is room; otherwise gives the limit that it met."""
    try:
        async with limits.reserve_quota(workflow_id, REQUEST, by=ANA):
            await asyncio.sleep(0)
            past.begun.add(workflow_id)
    except OverLimit as over:
        return over.reason
    return None


MET: Mapping[LimitReason, tuple[Past, Mapping[str, Any]]] = {
    "channel": (Past(), {"channels": frozenset({"C2"})}),
    "usergroup": (Past(), {"allowed_requesters": AllowedRequesters(answer=False)}),
    "unsure": (Past(), {"allowed_requesters": AllowedRequesters(answer=None)}),
    "daily": (Past(videos=3), {"daily_videos": 3}),
    "monthly": (Past(credits=100), {"monthly_credits": 100}),
}
NOT_MET = [
    (Past(videos=10_000, credits=10_000), {}),
    (Past(), {"channels": frozenset({"C1", "C2"})}),
    (Past(), {"allowed_requesters": AllowedRequesters(answer=True)}),
    (Past(videos=2), {"daily_videos": 3}),
    (Past(credits=99), {"monthly_credits": 100}),
]


@pytest.mark.parametrize("reason", MET)
async def test_what_is_beyond_a_limit_is_not_begun(reason: LimitReason) -> None:
    """Each limit refuses with its own reason."""
    past, limits = MET[reason]
    assert await begin(Limits(past=past, **limits), past) == reason
    assert past.begun == set()


@pytest.mark.parametrize(("past", "limits"), NOT_MET)
async def test_what_is_within_the_limits_is_begun(past: Past, limits: Mapping[str, Any]) -> None:
    """Up to the limit there is room, and without any limit always."""
    assert await begin(Limits(past=past, **limits), past) is None


async def test_two_at_once_do_not_share_the_last_place() -> None:
    """Of many requests of one person at the same moment as many are begun as there is room for."""
    past = Past()
    limits = Limits(daily_videos=3, past=past)
    met = await asyncio.gather(*(begin(limits, past, f"V{number}.accept") for number in range(10)))
    assert (met.count(None), met.count("daily")) == (3, 7)


async def test_the_same_request_again_takes_no_second_place() -> None:
    """A request that was accepted is accepted again, also when it took the last place."""
    past = Past()
    limits = Limits(daily_videos=1, past=past)
    assert [await begin(limits, past), await begin(limits, past), await begin(limits, past, "V2.accept")] == [
        None,
        None,
        "daily",
    ]


async def test_a_start_that_fails_gives_its_place_back() -> None:
    """The next request is not kept waiting by one that broke."""
    past = Past()
    limits = Limits(daily_videos=1, past=past)
    with pytest.raises(RuntimeError):
        async with limits.reserve_quota("V1.accept", REQUEST, by=ANA):
            raise RuntimeError
    assert await begin(limits, past, "V2.accept") is None


@pytest.mark.parametrize(
    ("now", "month"),
    [
        ("2026-02-01T00:00:00+00:00", "2026-02"),
        ("2026-02-28T23:59:59+00:00", "2026-02"),
        ("2028-02-29T12:00:00+00:00", "2028-02"),
        ("2026-03-01T08:59:00+09:00", "2026-02"),
        ("2025-12-31T19:00:01-05:00", "2026-01"),
    ],
)
def test_a_month_begins_in_utc(now: str, month: str) -> None:
    """Whatever time it is where the bot runs."""
    assert month_of(datetime.fromisoformat(now).timestamp()) == month


def test_a_place_is_checked_before_anything_is_filled_in() -> None:
    """The channels that are allowed come with the refusal; without any, each is."""
    limits = Limits(Past(), channels=frozenset({"C2"}))
    limits.check_place("C2")
    with pytest.raises(OverLimit) as over:
        limits.check_place("C1")
    assert (over.value.reason, over.value.channels) == ("channel", frozenset({"C2"}))
    Limits(Past()).check_place("C1")
