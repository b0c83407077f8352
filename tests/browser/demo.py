"""The demo as a person starts it, as a process of its own, and the browser that looks at it."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

# A first start reads everything from a cold disk.
START_SECONDS = 120.0
STOP_SECONDS = 30.0
# Chromium asks nobody about updates, experiments or certificates: the tests hold that nothing leaves the machine.
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/?")


def chromium() -> str | None:
    """Debian's Chromium, None where it is not installed."""
    return shutil.which("chromium")


@asynccontextmanager
async def running_demo(log: Path) -> AsyncIterator[str]:
    """`avatar-bot demo` on a port of its own; gives the page's address, and stops it as Ctrl-C does."""
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "demo", "--no-browser", "--port", "0"),
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        yield await asyncio.wait_for(_address(process), START_SECONDS)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), STOP_SECONDS)


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    printed = []
    while line := (await process.stdout.readline()).decode():
        printed.append(line)
        if found := _ADDRESS.search(line):
            return found[0]
    raise AssertionError(f"the demo did not start: {''.join(printed)}")


@asynccontextmanager
async def running_browser(program: str) -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_QUIET)
        try:
            yield browser
        finally:
            await browser.close()
