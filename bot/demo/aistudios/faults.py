"""Faults that a caller of AI Studios has to live with, switched on from outside."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Drop = Literal["before", "after"]


@dataclass
class Fault:
    """One disturbance of the calls whose path it matches. `hits` counts the calls it disturbed.

    A fault that names an answer (`status`, `retry_after`, `body`, `error`) or drops "before" keeps the call
    from being carried out. Otherwise the call is carried out first: a late or lost answer to an export is an
    export that was billed.
    """

    path: str
    times: int | None = 1
    after: int = 0
    status: int | None = None
    retry_after: float | str | None = None
    body: bytes | str | None = None
    error: tuple[int | str, str] | None = None
    delay: float = 0.0
    drop: Drop | None = None
    truncate: bool = False
    without_length: bool = False
    hits: int = field(default=0, init=False)
    _seen: int = field(default=0, init=False)

    @property
    def answers(self) -> bool:
        """Whether the fault brings its own answer."""
        return any(value is not None for value in (self.status, self.retry_after, self.body, self.error))

    @property
    def spent(self) -> bool:
        """Whether it disturbs no further call."""
        return self.times is not None and self.hits >= self.times

    def strikes(self, path: str) -> bool:
        """Whether this call is disturbed; counts it."""
        if path != self.path and not path.startswith(f"{self.path.rstrip('/')}/"):
            return False
        self._seen += 1
        if self._seen <= self.after or self.spent:
            return False
        self.hits += 1
        return True


class Faults:
    """The faults in force.

    `missing_project_id`: an export is accepted and billed, but the answer names no project.
    `done_without_url`: at 100 no download address is given, neither by webhook nor on reading back.
    `progress_script`: the progress values that later exports report, one after the other, spread evenly over
    the rendering time; they may go backwards, and without a 100 the export sticks at the last one.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Take every fault back."""
        self.missing_project_id = False
        self.done_without_url = False
        self.progress_script: Sequence[float] | None = None
        self._faults: list[Fault] = []
        self.disturb_webhooks(seed=0)

    def add(
        self,
        path: str,
        *,
        times: int | None = 1,
        after: int = 0,
        status: int | None = None,
        retry_after: float | str | None = None,
        body: bytes | str | None = None,
        error: tuple[int | str, str] | None = None,
        delay: float = 0.0,
        drop: Drop | None = None,
        truncate: bool = False,
        without_length: bool = False,
    ) -> Fault:
        """Disturb the calls to `path` (below `/api/odin/v3`, or `/videos`) and to everything under it.

        The first `after` calls pass, the next `times` are disturbed (None: all of them). `retry_after` alone
        means 429. `body` is sent as HTML when it is a str and as it is when bytes. `delay` is in seconds and
        holds the answer back. `drop` closes the connection without an answer: "before" anything was done or
        "after" the call was carried out. For a download, `truncate` sends half of the bytes that
        Content-Length promises and `without_length` sends no Content-Length at all.
        """
        fault = Fault(path, times, after, status, retry_after, body, error, delay, drop, truncate, without_length)
        self._faults.append(fault)
        return fault

    def take(self, path: str) -> Fault | None:
        """The fault that disturbs this call, if any."""
        fault = next((fault for fault in self._faults if fault.strikes(path)), None)
        if fault and fault.spent:
            self._faults.remove(fault)
        return fault

    def disturb_webhooks(self, *, seed: int, lost: float = 0.0, doubled: float = 0.0, delay: float = 0.0) -> None:
        """Lose and double these shares (0 to 1) of the webhooks and hold each back up to `delay` seconds.

        Held back at random, the calls of one export arrive out of order.
        """
        self._random = random.Random(seed)  # noqa: S311 - a repeatable disturbance, not a secret
        self._lost, self._doubled, self._delay = lost, doubled, delay

    def webhook_delays(self) -> list[float]:
        """When to send one webhook: a delay in seconds per copy, none when it is lost."""
        if self._random.random() < self._lost:
            return []
        copies = 2 if self._random.random() < self._doubled else 1
        return [self._random.uniform(0, self._delay) for _ in range(copies)]
