"""The demo, and the browser that looks at it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from bot.demo.page.server import Page, serving
from bot.demo.page.workspace import workspace
from bot.demo.stage import Stage, staged

# Long enough to look at progress, and to break something meanwhile.
RENDER_SECONDS = 6.0
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


def chromium() -> str | None:
    """Debian's Chromium, preferably without a window's parts, which cost a third of its time; None without one."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


@asynccontextmanager
async def running_demo(folder: Path) -> AsyncIterator[str]:
    """What `avatar-bot demo` runs, with quicker renders; gives the page's address."""
    async with waiting_demo(folder) as (_, page):
        await page.start_bot()
        yield page.address


@asynccontextmanager
async def waiting_demo(folder: Path) -> AsyncIterator[tuple[Stage, Page]]:
    """The same before the bot starts."""
    world, studio = {"world": workspace()}, {"render_seconds": RENDER_SECONDS}
    async with staged(folder, slack=world, studio=studio, start=False) as stage, serving(stage, 0) as page:
        yield stage, page


@asynccontextmanager
async def running_browser(program: str) -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_QUIET)
        try:
            yield browser
        finally:
            await browser.close()
