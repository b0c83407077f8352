"""Waiting for a condition instead of sleeping and hoping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Wakes whoever waits for a condition, each time something changed.

    An `asyncio.Condition` would do the same but can only be notified from a coroutine, and most changes
    happen in plain functions.
    """

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def notify(self) -> None:
        """Let every waiting condition be looked at again."""
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, condition: Callable[[], T]) -> T:
        """The condition's value as soon as it is truthy."""
        while not (value := condition()):
            await self._next.wait()
        return value
