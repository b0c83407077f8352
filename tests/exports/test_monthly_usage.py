"""The month's sum: each end counts once, however often it is asked for, and however late it shows."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

import pytest

from bot.exports import monthly_usage as tally
from bot.exports.history.summaries import Usage
from bot.exports.monthly_usage import DAY, FRESH_SECONDS, SETTLED_SECONDS, MonthlyUsage, month_began

NOON = 1_795_348_800.0
MONTH = month_began(NOON)
LAST_MONTH = MONTH - 1


class Ends:
    """When videos of a workspace ended, of one credit each; and what it cost to look at them."""

    def __init__(self, *ended_at: float) -> None:
        self.ended_at = list(ended_at)
        self.read: Counter[float] = Counter()
        self.longest = 0.0
        self.open = asyncio.Event()
        self.open.set()

    async def made(self, since: float, until: float) -> Mapping[str, Usage]:
        """Only what ended within these bounds is looked at, once the database answers."""
        await self.open.wait()
        found = [at for at in self.ended_at if since <= at < until]
        self.read.update(found)
        self.longest = max(self.longest, until - since)
        return {"T1": Usage(videos=len(found), credits=len(found))} if found else {}


class Clock:
    """The time of day, as a test sets it."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Noon, in the middle of a month."""
    clock = Clock(NOON)
    monkeypatch.setattr(tally, "time", clock)
    return clock


async def videos(month: MonthlyUsage, team_id: str = "T1") -> int:
    """The videos of the month; each has cost a credit."""
    used = await month.usage(team_id)
    assert used.credits == used.videos
    return used.videos


async def test_a_month_is_read_once(clock: Clock) -> None:
    """What ended long ago is not looked at again, and no look takes in more than a day or two of the past."""
    ends = Ends(MONTH, MONTH + 1, MONTH + DAY, NOON - DAY, NOON - SETTLED_SECONDS - 1)
    month = MonthlyUsage(ends.made)
    for _ in range(3):
        assert await videos(month) == 5
        clock.now += 60
    assert set(ends.read.values()) == {1}
    assert ends.longest <= 2 * DAY


async def test_what_ended_just_now_counts_at_once(clock: Clock) -> None:
    """Also what ended between two looks, and what shows only after a later end was seen."""
    ends = Ends(NOON - 10)
    month = MonthlyUsage(ends.made)
    assert await videos(month) == 1
    clock.now += 60
    ends.ended_at += [clock.now - 1, NOON - 20]
    assert await videos(month) == 3
    clock.now += DAY
    assert await videos(month) == 3


async def test_a_clock_behind_the_databases_misses_nothing(clock: Clock) -> None:
    """An end that the database dates a little into the future counts, and only once."""
    ends = Ends(clock.now + 30)
    month = MonthlyUsage(ends.made)
    assert await videos(month) == 1
    clock.now += SETTLED_SECONDS + 60
    assert await videos(month) == 1


async def test_a_new_month_begins_at_nothing(clock: Clock) -> None:
    """The last month's videos are over with it."""
    ends = Ends(LAST_MONTH, MONTH)
    month = MonthlyUsage(ends.made)
    assert await videos(month) == 1
    clock.now = month_began(NOON + 31 * DAY) + 3600
    ends.ended_at.append(clock.now - 60)
    assert await videos(month) == 1


async def test_after_a_clock_was_set_back_everything_is_counted_anew(clock: Clock) -> None:
    """What ends at a time that was counted already is not lost."""
    ends = Ends(NOON - DAY)
    month = MonthlyUsage(ends.made)
    assert await videos(month) == 1
    clock.now -= 3600
    ends.ended_at.append(clock.now - 1800)
    assert await videos(month) == 2


async def test_workspaces_are_told_apart(clock: Clock) -> None:
    """One workspace's videos are nobody else's."""
    month = MonthlyUsage(Ends(NOON - DAY, NOON - 1).made)
    assert (await videos(month, "T2"), await videos(month, "T1")) == (0, 2)
    assert clock.now == NOON


async def test_nobody_who_only_looks_waits_long(clock: Clock) -> None:
    """While the month is being added up nothing is known; the look goes on, and the next one finds it."""
    ends = Ends(NOON - DAY)
    month = MonthlyUsage(ends.made)
    ends.open.clear()
    assert await month.at_hand("T1", within=0.01) is None
    ends.open.set()
    assert await month.at_hand("T1", within=10) == Usage(videos=1, credits=1)
    assert ends.read[NOON - DAY] == 1
    assert clock.now == NOON


async def test_those_who_only_look_are_shown_what_is_at_hand(clock: Clock) -> None:
    """For a minute what was found is shown again, and after that until the database has answered."""
    ends = Ends(NOON - 10)
    month = MonthlyUsage(ends.made)
    for _ in range(3):
        assert await month.at_hand("T1", within=10) == Usage(videos=1, credits=1)
    assert ends.read[NOON - 10] == 1
    clock.now += FRESH_SECONDS + 1
    ends.ended_at.append(clock.now - 1)
    ends.open.clear()
    assert await month.at_hand("T1", within=0.01) == Usage(videos=1, credits=1)
    ends.open.set()
    assert await month.at_hand("T1", within=10) == Usage(videos=2, credits=2)


async def test_a_look_that_failed_is_made_again(clock: Clock) -> None:
    """Whoever looked is told, and the next look asks the database anew."""
    ends = Ends(NOON - 10)

    async def failing(since: float, until: float) -> Mapping[str, Usage]:
        if clock.now == NOON:
            raise ConnectionResetError
        return await ends.made(since, until)

    month = MonthlyUsage(failing)
    with pytest.raises(ConnectionResetError):
        await month.at_hand("T1", within=10)
    clock.now += 1
    assert await month.at_hand("T1", within=10) == Usage(videos=1, credits=1)
