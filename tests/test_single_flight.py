"""One call at a time for each key: who shares it, who waits how long, and what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from cachetools import LRUCache

from bot.single_flight import Result, SingleFlight, StillRunning

AN_HOUR = 3600.0


class Source:
    """Counts the calls; each ends when it is let go, with its number or with the error that is set."""

    def __init__(self) -> None:
        self.calls = 0
        self.free = asyncio.Event()
        self.error: Exception | None = None

    async def fetch(self) -> int:
        self.calls += 1
        number = self.calls
        await self.free.wait()
        if self.error:
            raise self.error
        return number


@pytest.fixture
def source() -> Source:
    """A source whose calls wait until they are let go."""
    return Source()


@pytest.fixture
async def flights() -> AsyncIterator[SingleFlight[str, int]]:
    """Calls by name, which all end with the test."""
    flights = SingleFlight[str, int]()
    yield flights
    await flights.close()


async def test_callers_of_one_key_share_a_call(flights: SingleFlight[str, int], source: Source) -> None:
    """However many ask at once, there is one call, and all are given its result."""
    asking = [asyncio.create_task(flights.call("a", source.fetch)) for _ in range(5)]
    await asyncio.sleep(0)
    source.free.set()
    assert await asyncio.gather(*asking) == [1] * 5
    assert source.calls == 1


async def test_each_key_has_its_own_call(flights: SingleFlight[str, int], source: Source) -> None:
    """Callers of different keys do not wait for each other's calls."""
    source.free.set()
    assert list(await asyncio.gather(flights.call("a", source.fetch), flights.call("b", source.fetch))) == [1, 2]


async def test_a_call_that_has_just_ended_is_not_joined(flights: SingleFlight[str, int], source: Source) -> None:
    """Whoever asks in the moment after a failure makes another call, and after a success has its result."""
    source.free.set()
    source.error = ConnectionError()
    with pytest.raises(ConnectionError):
        await flights.call("a", source.fetch)
    source.error = None
    assert await flights.call("a", source.fetch) == 2
    assert await flights.call("a", source.fetch, fresh=AN_HOUR) == 2


async def test_a_late_call_goes_on(flights: SingleFlight[str, int], source: Source) -> None:
    """Who has waited long enough is told so; who asks next has the result of the same call."""
    with pytest.raises(StillRunning):
        await flights.call("a", source.fetch, within=0.01)
    source.free.set()
    assert await flights.call("a", source.fetch, within=1) == 1
    assert source.calls == 1


async def test_a_caller_that_is_cancelled_leaves_the_call_alone(
    flights: SingleFlight[str, int], source: Source
) -> None:
    """One caller's cancellation reaches neither the call nor the others who wait for it."""
    first, second = (asyncio.create_task(flights.call("a", source.fetch)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    source.free.set()
    assert await second == 1
    assert first.cancelled()


async def test_a_fresh_result_is_given_without_a_call(flights: SingleFlight[str, int], source: Source) -> None:
    """Within its freshness a result is given again; without any each caller who comes later makes a call."""
    source.free.set()
    assert await flights.call("a", source.fetch, fresh=AN_HOUR) == 1
    assert await flights.call("a", source.fetch, fresh=AN_HOUR) == 1
    assert await flights.call("a", source.fetch) == 2


async def test_the_latest_result_is_kept_however_old(flights: SingleFlight[str, int], source: Source) -> None:
    """A result that is no longer fresh can still be read, also while the next call fails."""
    assert flights.latest("a") is None
    source.free.set()
    await flights.call("a", source.fetch)
    source.error = ConnectionError()
    with pytest.raises(ConnectionError):
        await flights.call("a", source.fetch)
    assert flights.latest("a") == 1


async def test_a_failure_is_shared_and_not_kept(flights: SingleFlight[str, int], source: Source) -> None:
    """Those who wait for one call have its error; the next caller makes another call."""
    source.error = ConnectionError()
    source.free.set()
    asking = [flights.call("a", source.fetch, fresh=AN_HOUR) for _ in range(2)]
    assert [type(error) for error in await asyncio.gather(*asking, return_exceptions=True)] == [ConnectionError] * 2
    source.error = None
    assert await flights.call("a", source.fetch, fresh=AN_HOUR) == 2


async def test_a_failure_that_nobody_waited_for_is_not_logged(
    flights: SingleFlight[str, int], source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody comes back for it, and asyncio does not complain about that."""
    source.error = ConnectionError()
    with pytest.raises(StillRunning):
        await flights.call("a", source.fetch, within=0.01)
    source.free.set()
    await asyncio.sleep(0.01)
    assert caplog.records == []


async def test_a_call_anew_takes_no_earlier_answer(flights: SingleFlight[str, int], source: Source) -> None:
    """It neither joins a call under way nor takes a fresh result, and its own result is the one that is kept."""
    earlier = asyncio.create_task(flights.call("a", source.fetch))
    await asyncio.sleep(0)
    anew = asyncio.create_task(flights.call("a", source.fetch, fresh=AN_HOUR, anew=True))
    await asyncio.sleep(0)
    source.free.set()
    assert list(await asyncio.gather(earlier, anew)) == [1, 2]
    assert flights.latest("a") == 2


async def test_what_is_forgotten_while_it_is_asked_is_not_kept(flights: SingleFlight[str, int], source: Source) -> None:
    """Those who wait already have the result; it is not there for anybody else."""
    asking = asyncio.create_task(flights.call("a", source.fetch))
    await asyncio.sleep(0)
    assert flights.known_keys() == {"a"}
    flights.forget("a")
    source.free.set()
    assert await asking == 1
    assert flights.latest("a") is None
    assert flights.known_keys() == set()


async def test_the_cache_bounds_what_is_kept(source: Source) -> None:
    """Of more keys than the given cache holds, those used longest ago are dropped."""
    flights = SingleFlight[str, int](LRUCache[str, Result[int]](2))
    source.free.set()
    for key in ("a", "b", "c"):
        await flights.call(key, source.fetch)
    assert flights.known_keys() == {"b", "c"}


async def test_closing_waits_for_a_moment(source: Source) -> None:
    """A call that ends in time is let end; one that doesn't is cancelled."""
    flights = SingleFlight[str, int]()
    in_time = asyncio.create_task(flights.call("a", source.fetch))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.01, source.free.set)
    await flights.close(within=1)
    assert await in_time == 1
    source.free.clear()
    too_slow = asyncio.create_task(flights.call("b", source.fetch))
    await asyncio.sleep(0)
    await flights.close(within=0.01)
    with pytest.raises(asyncio.CancelledError):
        await too_slow
