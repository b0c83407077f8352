"""Waiting for a condition over the state of a local server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Wakes whoever waits for a condition, each time something changed.

    An `asyncio.Condition` would do the same but can only be notified from a coroutine, and most changes happen in plain
    functions.
    """

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def announce(self) -> None:
        """Say that something changed."""
        self._next.set()
        self._next = asyncio.Event()

    def upcoming(self) -> asyncio.Event:
        """What is set at the next change."""
        return self._next

    async def until(self, condition: Callable[[], T], *, timeout: float, what: str) -> T:  # noqa: ASYNC109 - as its callers say it
        """The first truthy value of the condition; TimeoutError says `what` was awaited (seconds)."""
        try:
            async with asyncio.timeout(timeout):
                return await self._watch(condition)
        except TimeoutError:
            raise TimeoutError(f"not within {timeout:g} s: {what or 'the awaited state'}") from None

    async def _watch(self, condition: Callable[[], T]) -> T:
        while True:
            change = self._next
            if value := condition():
                return value
            await change.wait()
