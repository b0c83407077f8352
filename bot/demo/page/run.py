"""`avatar-bot demo`: the bot between a local Slack and a local AI Studios, with a page in the browser."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.demo.page.server import Page, serving
from bot.demo.page.workspace import workspace
from bot.demo.process import BotDidNotStart
from bot.demo.run import lacks_packages
from bot.demo.signals import Stopped, until_told
from bot.demo.stage import Stage, staged

RENDER_SECONDS = 20.0
_NEEDED = ("av", "PIL", "yaml")


def run_page(port: int, *, open_browser: bool) -> int:
    """Serves the page until Ctrl-C, SIGTERM or SIGHUP; gives the process's exit code."""
    if lacks_packages(_NEEDED):
        return 2
    try:
        asyncio.run(until_told(_serve(port, open_browser=open_browser)))
    except Stopped:
        # A terminal that was closed shows nothing any more.
        with contextlib.suppress(OSError):
            print("\nStopped; nothing is left behind.", flush=True)
    except BotDidNotStart as failed:
        print(f"The bot did not start:\n{failed}", file=sys.stderr)
        return 1
    return 0


async def _serve(port: int, *, open_browser: bool) -> None:
    print("Starting the bot, a local Slack and a local AI Studios …", flush=True)
    with tempfile.TemporaryDirectory(prefix="avatar-bot-demo-") as folder:
        world, studio = {"world": workspace()}, {"render_seconds": RENDER_SECONDS}
        async with staged(Path(folder), slack=world, studio=studio, start=False) as stage:
            await stage.bot.launch()
            async with _served(stage, port) as page:
                print(f"The page is at {page.address} – Ctrl-C ends it.", flush=True)
                if open_browser and _has_browser():
                    # Some browsers return only when they are closed.
                    threading.Thread(target=webbrowser.open, args=[page.address], daemon=True).start()
                await page.start_bot()
                await asyncio.Event().wait()


@asynccontextmanager
async def _served(stage: Stage, port: int) -> AsyncIterator[Page]:
    """The page at this port or, when that is not free, at another one."""
    async with AsyncExitStack() as stack:
        try:
            page = await stack.enter_async_context(serving(stage, port))
        except (OSError, OverflowError):
            print(f"Port {port} is not free, so the page gets another one.", flush=True)
            page = await stack.enter_async_context(serving(stage, 0))
        yield page


def _has_browser() -> bool:
    """Whether a window can open; a browser of the terminal would take the terminal away."""
    has_screen = sys.platform in {"darwin", "win32"} or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()
    return bool(has_screen) and "CI" not in os.environ
