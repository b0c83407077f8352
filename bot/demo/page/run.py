"""`avatar-bot demo`: the bot between a local Slack and a local AI Studios, with a page in the browser."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.demo.page.server import serving
from bot.demo.page.workspace import workspace
from bot.demo.process import BotDidNotStart
from bot.demo.run import lacks_packages
from bot.demo.stage import Stage, staged

RENDER_SECONDS = 20.0
_NEEDED = ("av", "PIL", "yaml")


def run_page(port: int, *, open_browser: bool) -> int:
    """Serves the page until Ctrl-C or SIGTERM; gives the process's exit code."""
    if lacks_packages(_NEEDED):
        return 2
    return asyncio.run(_until_told(port, open_browser=open_browser))


async def _until_told(port: int, *, open_browser: bool) -> int:
    """Whatever stops it, the bot's process ends and the temporary files go; a second signal hurries nothing."""
    told = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, told.set)
    serve = asyncio.create_task(_serve(port, open_browser=open_browser))
    stop = asyncio.create_task(told.wait())
    await asyncio.wait({serve, stop}, return_when=asyncio.FIRST_COMPLETED)
    serve.cancel()
    try:
        await serve
    except asyncio.CancelledError:
        print("\nStopped; nothing is left behind.")
    except BotDidNotStart as failed:
        # Ctrl-C in a terminal goes to the bot too.
        if not told.is_set():
            print(f"The bot did not start:\n{failed}", file=sys.stderr)
            return 1
    return 0


async def _serve(port: int, *, open_browser: bool) -> None:
    print("Starting the bot, a local Slack and a local AI Studios …", flush=True)
    with tempfile.TemporaryDirectory(prefix="avatar-bot-demo-") as folder:
        world, studio = {"world": workspace()}, {"render_seconds": RENDER_SECONDS}
        async with staged(Path(folder), slack=world, studio=studio) as stage, _served(stage, port) as address:
            print(f"The page is at {address} – Ctrl-C ends it.", flush=True)
            if open_browser and _has_browser():
                # Some browsers return only when they are closed.
                threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()
            await asyncio.Event().wait()


@asynccontextmanager
async def _served(stage: Stage, port: int) -> AsyncIterator[str]:
    """The page at this port or, when that is not free, at another one."""
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(serving(stage, port))
        except (OSError, OverflowError):
            print(f"Port {port} is not free, so the page gets another one.", flush=True)
            address = await stack.enter_async_context(serving(stage, 0))
        yield address


def _has_browser() -> bool:
    """Whether a window can open; a browser of the terminal would take the terminal away."""
    has_screen = sys.platform in {"darwin", "win32"} or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()
    return bool(has_screen) and "CI" not in os.environ
