"""One call at a time for each key, shared by everybody who asks for it meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class StillRunning(Exception):
    """The call has not ended in time; it goes on, and its result is kept."""


@dataclass(frozen=True)
class Result(Generic[V]):
    """What a call gave, and when it began (monotonic clock, seconds)."""

    value: V
    began_at: float


class SingleFlight(Generic[K, V]):
    """Shares calls by key. Each call is a task of its own, which goes on when nobody waits for it any more.

    `results` keeps the latest result of each key, and bounds how many and for how long, such as an LRUCache or a
    TTLCache; without it all are kept. Failures are shared with those who wait, and not kept.
    """

    def __init__(self, results: MutableMapping[K, Result[V]] | None = None) -> None:
        self._results = {} if results is None else results
        self._running: dict[K, asyncio.Task[V]] = {}
        # The event loop holds tasks only weakly; a call that was replaced or forgotten still runs to its end.
        self._tasks: set[asyncio.Task[V]] = set()

    async def call(
        self,
        key: K,
        fetch: Callable[[], Awaitable[V]],
        *,
        within: float | None = None,
        fresh: float = 0.0,
        anew: bool = False,
    ) -> V:
        """The result of a call that began less than `fresh` seconds ago, of the one under way, or of a new one.

        With `anew` a call that began before does not count. Raises StillRunning after `within` seconds, without
        which it waits to the end; and whatever the call raises.
        """
        if not anew and self._is_fresh(key, fresh):
            return self._results[key].value
        running = None if anew else self._running.get(key)
        task = running or self._begin(key, fetch)
        await asyncio.wait({task}, timeout=within)
        if not task.done():
            raise StillRunning
        return task.result()

    def latest(self, key: K) -> V | None:
        """The latest result that is kept, however old; None where there is none."""
        result = self._results.get(key)
        return result.value if result else None

    def known_keys(self) -> set[K]:
        """The keys with a result, or with a call under way."""
        return {*self._results, *self._running}

    def forget(self, key: K) -> None:
        """Drops the result; that of a call under way goes only to those who wait for it already."""
        self._results.pop(key, None)
        self._running.pop(key, None)

    async def close(self, *, within: float = 0.0) -> None:
        """Waits at most so many seconds for the calls under way, then cancels them."""
        tasks = list(self._tasks)
        if tasks and within:
            await asyncio.wait(tasks, timeout=within)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_fresh(self, key: K, seconds: float) -> bool:
        result = self._results.get(key)
        return result is not None and time.monotonic() - result.began_at < seconds

    def _begin(self, key: K, fetch: Callable[[], Awaitable[V]]) -> "asyncio.Task[V]":
        task = asyncio.create_task(self._run(key, fetch))
        self._running[key] = task
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def _run(self, key: K, fetch: Callable[[], Awaitable[V]]) -> V:
        """In the same step of the event loop in which the call ends, its result takes its place."""
        this, began_at = asyncio.current_task(), time.monotonic()
        try:
            value = await fetch()
            if self._running.get(key) is this:
                self._results[key] = Result(value, began_at)
            return value
        finally:
            if self._running.get(key) is this:
                del self._running[key]

    def _ended(self, task: "asyncio.Task[V]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # Reading the exception keeps asyncio from logging it where nobody waited for the call.
            task.exception()
