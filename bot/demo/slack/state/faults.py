"""Faults on purpose: errors, delays and lost connections of the Web API and of uploads."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Drop = Literal["before", "after"]

# What can fail besides the methods of the Web API.
UPLOAD, DOWNLOAD, IMAGE_DOWNLOAD = "upload", "download", "image download"


@dataclass
class Fault:
    """What happens instead of, or around, a call; `times` None means always, `after` calls pass first."""

    method: str
    times: int | None = 1
    after: int = 0
    status: int | None = None
    retry_after: int | None = None
    error: str | None = None
    delay: float = 0.0
    drop: Drop | None = None

    @property
    def answers(self) -> bool:
        """Whether it replaces the answer of the method."""
        return self.status is not None or self.error is not None


@dataclass(frozen=True)
class FaultRates:
    """How often, from 0 to 1, a call meets each kind of fault."""

    drop_before: float = 0.0
    drop_after: float = 0.0
    server_error: float = 0.0
    rate_limited: float = 0.0
    slow: float = 0.0
    slow_seconds: float = 0.5


class Faults:
    """The faults that wait to happen, in the order in which they were added."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._dice: random.Random | None = None
        self._rates = FaultRates()
        self._methods: Collection[str] | None = None

    def add(
        self,
        method: str,
        times: int | None = 1,
        after: int = 0,
        status: int | None = None,
        retry_after: int | None = None,
        error: str | None = None,
        delay: float = 0.0,
        drop: Drop | None = None,
    ) -> Fault:
        """Plan a fault for a Web API method, or for one of three other things.

        `upload` and `download` are the addresses that take and give the bytes of a file. With `image download`
        Slack cannot fetch the pictures of a message or view, and refuses it.
        `drop="before"` closes the connection with nothing done, `"after"` does the work and closes it
        without an answer, or with half of a download. `retry_after` and `delay` are seconds.
        """
        if retry_after is not None and status is None:
            status = 429
        fault = Fault(method, times, after, status, retry_after, error, delay, drop)
        self._planned.append(fault)
        return fault

    def random(self, seed: int, rates: FaultRates, methods: Collection[str] | None = None) -> None:
        """From now on let calls (only those of `methods`, if given) fail by chance, repeatably by seed."""
        self._dice = random.Random(seed)  # noqa: S311 - a repeatable choice of faults, not a secret
        self._rates = rates
        self._methods = methods

    def clear(self) -> None:
        """Let everything work again."""
        self._planned.clear()
        self._dice = None

    def take(self, method: str) -> Fault | None:
        """The fault that this call meets, if any."""
        if any(fault.method == method for fault in self._planned):
            return self.planned(method)
        return self._roll(method)

    def planned(self, method: str) -> Fault | None:
        """The planned fault that this call meets, if any; chance plays no part."""
        for fault in self._planned:
            if fault.method == method:
                return self._use(fault)
        return None

    def _use(self, fault: Fault) -> Fault | None:
        if fault.after > 0:
            fault.after -= 1
            return None
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._planned.remove(fault)
        return fault

    def _roll(self, method: str) -> Fault | None:
        if self._dice is None or (self._methods is not None and method not in self._methods):
            return None
        rates, roll = self._rates, self._dice.random()
        table = (
            (rates.drop_before, Fault(method, drop="before")),
            (rates.drop_after, Fault(method, drop="after")),
            (rates.server_error, Fault(method, status=503, error="service_unavailable")),
            (rates.rate_limited, Fault(method, status=429, retry_after=1)),
            (rates.slow, Fault(method, delay=rates.slow_seconds)),
        )
        for rate, fault in table:
            if roll < rate:
                return fault
            roll -= rate
        return None
