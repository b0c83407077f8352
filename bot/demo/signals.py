"""What the demo does until somebody stops it: whatever it has begun is undone then."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.demo.process import BotDidNotStart

T = TypeVar("T")


class Stopped(Exception):
    """A signal ended the work; all that it had made is gone."""


async def until_told(work: Coroutine[Any, Any, T]) -> T:
    """Does the work, and breaks it off at SIGINT, SIGTERM or SIGHUP (a terminal that closes). Raises Stopped.

    A further signal changes nothing: what was begun is undone to the end.
    """
    told = asyncio.Event()
    for number in _signals():
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    working, stop = asyncio.create_task(work), asyncio.create_task(told.wait())
    await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
    if not told.is_set():
        stop.cancel()
        return await working
    working.cancel()
    # Ctrl-C in a terminal goes to the bot too, and then the work fails by it.
    with contextlib.suppress(asyncio.CancelledError, BotDidNotStart):
        await working
    raise Stopped


def _signals() -> list[signal.Signals]:
    """Those that are heeded; `nohup` makes a process ignore SIGHUP, and that stays so."""
    heeded = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        heeded.append(signal.SIGHUP)
    return heeded
