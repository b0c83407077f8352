"""How often something may be asked for: token buckets. They count what is asked for, never who asks.

Behind a load balancer everybody has its address, so a limit for each address would shut Slack and AI Studios out
together with whoever went too far.
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
    """`burst` at once, and `per_second` from then on; what is not used is saved up to `burst`."""

    def __init__(self, per_second: float, burst: int, clock: Clock = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._left = float(burst)
        self._counted_at = clock()

    def take(self) -> float:
        """Takes one and gives 0, or takes none and gives the seconds until there is one again."""
        self._fill()
        if self._left < 1:
            return (1 - self._left) / self._per_second
        self._left -= 1
        return 0.0

    @property
    def full_at(self) -> float:
        """When the whole burst is there again, by the clock."""
        return self._counted_at + (self._burst - self._left) / self._per_second

    def _fill(self) -> None:
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._counted_at) * self._per_second)
        self._counted_at = now


class Rates:
    """A Rate for each key. One that is full again is forgotten, and of MOST_KEYS the one used longest ago."""

    def __init__(self, per_second: float, burst: int, clock: Clock = time.monotonic) -> None:
        self._new = partial(Rate, per_second, burst, clock)
        self._by_key: TLRUCache[str, Rate] = TLRUCache(MOST_KEYS, ttu=lambda _, rate, __: rate.full_at, timer=clock)

    def __len__(self) -> int:
        return len(self._by_key)

    def take(self, key: str) -> float:
        """As Rate.take, of this key's."""
        rate = self._by_key.get(key) or self._new()
        wait = rate.take()
        self._by_key[key] = rate  # anew, for it is full later now
        return wait
