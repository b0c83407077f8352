"""Rate limits by token buckets. They count requests, never by sender.

Behind a load balancer all requests have its address: a limit for each address would also block Slack and AI Studios
when another sender exceeds it.
"""

import time
from collections.abc import Callable
from functools import partial

from cachetools import TLRUCache

# Seconds from any fixed moment, never backwards.
Clock = Callable[[], float]

# Far more keys than are in use at once; of those beyond, the one that was used longest ago starts anew.
MOST_KEYS = 10_000


class Rate:
    """Token bucket: holds at most `burst` tokens and gains `per_second` tokens a second; each request takes one."""

    def __init__(self, per_second: float, burst: int, clock: Clock = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._left = float(burst)
        self._counted_at = clock()

    def take(self) -> float:
        """Takes a token and returns 0, or the seconds to wait."""
        self._fill()
        if self._left < 1:
            return (1 - self._left) / self._per_second
        self._left -= 1
        return 0.0

    @property
    def full_at(self) -> float:
        """The time by the clock at which the bucket is full again."""
        return self._counted_at + (self._burst - self._left) / self._per_second

    def _fill(self) -> None:
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._counted_at) * self._per_second)
        self._counted_at = now


class Rates:
    """A token bucket for each key. Full buckets are dropped, and the least recently used one beyond MOST_KEYS."""

    def __init__(self, per_second: float, burst: int, clock: Clock = time.monotonic) -> None:
        self._new = partial(Rate, per_second, burst, clock)
        self._by_key: TLRUCache[str, Rate] = TLRUCache(MOST_KEYS, ttu=lambda _, rate, __: rate.full_at, timer=clock)

    def __len__(self) -> int:
        return len(self._by_key)

    def take(self, key: str) -> float:
        """Takes a token of this key's bucket and returns 0, or the seconds to wait."""
        rate = self._by_key.get(key) or self._new()
        wait = rate.take()
        self._by_key[key] = rate  # anew, for it is full later now
        return wait
