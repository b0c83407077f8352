"""A window on the demo page, and the moves a person makes in it."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from bot.i18n import t

ANA = "U0ANA0001"
MINJI = "U0MINJI01"
# Far beyond what anything takes (milliseconds); a video renders for twenty seconds.
PATIENCE = 30_000
VIDEO_PATIENCE = 180_000
# Somebody of each language, by the name to type.
AVATARS = {"en": "Olivia", "ko": "하루"}


class Window:
    """One person's window. `complaints`: what the console said in red; `strangers`: addresses beyond this machine."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in {"127.0.0.1", None}:
            self.strangers.append(request.url)

    @property
    def conversation(self) -> Locator:
        """The pane in the middle."""
        return self.page.locator(".conversation")

    @property
    def thread(self) -> Locator:
        """The pane of the open thread."""
        return self.page.locator(".thread")

    @property
    def modal(self) -> Locator:
        """The form in front."""
        return self.page.locator("dialog.dialog:not(.small)")

    @property
    def script(self) -> Locator:
        """The form's field for what the avatar says."""
        names = "|".join(t(locale, "form.script") for locale in AVATARS)
        return self.modal.get_by_role("textbox", name=re.compile(f"^({names})"))

    async def type_command(self, text: str) -> None:
        """Types a command into the conversation and sends it."""
        await self.conversation.get_by_role("textbox").fill(text)
        await self.page.keyboard.press("Enter")

    async def open_form(self) -> None:
        """Types /avatar and waits for its form."""
        await self.type_command("/avatar ")
        await expect(self.modal).to_be_visible(timeout=PATIENCE)

    async def choose(self, label: str, typed: str, option: str) -> None:
        """Types into a type-ahead and presses the option with the mouse."""
        box = self.modal.get_by_role("combobox", name=label, exact=True)
        await box.click()
        await box.press_sequentially(typed)
        await self.modal.get_by_role("option", name=option).first.click()
        await expect(box).to_have_attribute("aria-expanded", "false")

    async def make_video(self, script: str, locale: str = "en") -> None:
        """The main job by mouse, in this language: command, form, submit; waits for the announcement."""
        await self.open_form()
        await self.choose(t(locale, "form.model"), AVATARS[locale], AVATARS[locale])
        await self.script.fill(script)
        await self.modal.get_by_role("button", name=t(locale, "form.submit")).click()
        await expect(self.modal).to_be_hidden(timeout=PATIENCE)
        await expect(self.announcement(script)).to_be_visible(timeout=PATIENCE)

    def announcement(self, script: str) -> Locator:
        """The message in the conversation that quotes this script."""
        return self.conversation.locator("article").filter(has_text=script).filter(has=self.page.locator(".app-label"))

    async def open_thread(self, script: str) -> None:
        """Opens the thread of an announcement, once it has a reply."""
        await self.announcement(script).locator(".replies").click(timeout=PATIENCE)
        await expect(self.thread).to_be_visible()

    async def until_video_plays(self) -> None:
        """Waits for the video in the open thread, until the browser knows its length."""
        video = self.thread.locator("video")
        await expect(video).to_be_visible(timeout=VIDEO_PATIENCE)
        await video.evaluate(
            "video => video.readyState >= 1 || new Promise((ready, broken) => "
            "{ video.onloadedmetadata = ready; video.onerror = broken; })"
        )
        assert await video.evaluate("video => video.duration") > 0

    async def open_panel(self) -> Locator:
        """Opens what happens behind the scenes."""
        await self.page.get_by_role("button", name="Behind the scenes").click()
        panel = self.page.get_by_role("complementary", name="Behind the scenes")
        await expect(panel).to_be_visible()
        return panel

    async def switch(self, name: str, *, on: bool) -> None:
        """Breaks something as the panel does, while a form covers the panel; waits until it is done."""
        body = {"switch": name, "on": on}
        answer = await self.page.request.post("/api/break", data=body, timeout=PATIENCE)
        assert answer.ok

    async def violations(self, *, only: str | None = None) -> list[str]:
        """What axe finds wrong with the page as it stands, by all its rules or by one."""
        results = await Axe().run(self.page, options={"runOnly": [only]} if only else None)
        return [_described(found) for found in results.response["violations"]]

    async def is_too_wide(self) -> bool:
        """Whether the page scrolls sideways."""
        return bool(await self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def _described(violation: Mapping[str, Any]) -> str:
    places = [f"{node['html'][:160]} {node.get('failureSummary', '')}" for node in violation["nodes"]]
    return f"{violation['id']}: {places}"


@asynccontextmanager
async def a_window(browser: Browser, address: str, *, person: str = ANA, **options: Any) -> AsyncIterator[Window]:
    """A window of its own, by default on a desk; `options` are those of a browser context."""
    context = await browser.new_context(
        **{"viewport": {"width": 1280, "height": 800}, "locale": "en-US", "base_url": address, **options}
    )
    context.set_default_timeout(PATIENCE)
    window = Window(await context.new_page())
    await window.page.goto(f"{address.rstrip('/')}/?as={person}")
    await expect(window.page.locator(".app")).to_be_visible(timeout=PATIENCE)
    try:
        yield window
    finally:
        await context.close()
