"""The page while the app is starting: it says so, and can be used as soon as the app is there."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.demo.page.server import Page
from bot.demo.stage import Stage
from bot.i18n import t
from tests.browser.demo import waiting_demo
from tests.browser.window import ANA, MINJI, a_window

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

WORDS = {"en": "The app is starting…", "ko": "앱을 시작하고 있어요…"}


@pytest_asyncio.fixture(loop_scope="module")
async def starting(program: str, tmp_path: Path) -> AsyncIterator[tuple[Stage, Page]]:  # noqa: ARG001 - no demo without a browser
    """A page whose bot has begun to start, and is held up in it."""
    async with waiting_demo(tmp_path) as (stage, page):
        await stage.bot.launch()
        hold(stage)
        start = asyncio.create_task(page.start_bot())
        yield stage, page
        go_on(stage)
        await start


def hold(stage: Stage) -> None:
    """The bot's process stands still."""
    assert stage.bot.pid is not None
    os.kill(stage.bot.pid, signal.SIGSTOP)


def go_on(stage: Stage) -> None:
    """It goes on."""
    assert stage.bot.pid is not None
    os.kill(stage.bot.pid, signal.SIGCONT)


@pytest.mark.parametrize(("person", "locale"), [(ANA, "en"), (MINJI, "ko")])
async def test_a_page_that_is_opened_early(
    browser: Browser, starting: tuple[Stage, Page], person: str, locale: str
) -> None:
    """It says that the app is starting, on a phone too; then the words go, and Home and command work by themselves."""
    stage, page = starting
    async with a_window(browser, page.address, person=person) as window:
        words = window.page.get_by_text(WORDS[locale], exact=True).locator("visible=true")
        await expect(words).to_be_visible()
        assert await window.violations() == []
        await window.page.set_viewport_size({"width": 375, "height": 812})
        await expect(words).to_be_visible()
        assert not await window.is_too_wide()
        await window.page.set_viewport_size({"width": 1280, "height": 800})
        await window.page.get_by_role("navigation").get_by_role("button", name="Avatar Bot").click()
        go_on(stage)
        await expect(words).to_be_hidden()
        make = window.page.get_by_role("tabpanel").get_by_role("button", name=t(locale, "home.make"))
        await expect(make).to_be_visible()
        await window.page.get_by_role("navigation").get_by_role("button", name="general").click()
        await window.open_form()
        assert window.complaints == []


async def test_an_app_that_was_killed_and_starts_again(browser: Browser, starting: tuple[Stage, Page]) -> None:
    """The page says that it is down, and then that it starts, until it is up."""
    stage, page = starting
    go_on(stage)
    async with a_window(browser, page.address) as window:
        await expect(window.page.locator(".app-state")).to_be_hidden()
        await window.switch("kill_bot", on=True)
        await expect(window.page.locator(".app-state")).to_contain_text("The app is down")
        seen = window.page.get_by_text(WORDS["en"], exact=True).locator("visible=true").wait_for()
        await asyncio.gather(seen, window.switch("kill_bot", on=False))
        await expect(window.page.locator(".app-state")).to_be_hidden()
        await window.open_form()
