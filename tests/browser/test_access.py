"""The page for everybody: screen readers, dark and light, and a phone."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.window import ANA, Window, a_window

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

SCRIPT = "For everybody: hello, this is my video."
# In the dark only the colours are others.
SCHEMES = [("light", None), ("dark", "color-contrast")]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.mark.parametrize(("scheme", "rule"), SCHEMES)
async def test_every_pane_passes_axe(browser: Browser, address: str, scheme: str, rule: str | None) -> None:
    """Nothing to object to in conversation, completion, menu, form with errors, thread, Home and panel."""
    async with a_window(browser, address, person=ANA, color_scheme=scheme) as window:
        assert await window.violations(only=rule) == []
        await window.conversation.get_by_role("textbox").fill("/")
        await expect(window.page.get_by_role("listbox", name="Commands")).to_be_visible()
        assert await window.violations(only=rule) == []
        await window.conversation.get_by_role("textbox").fill("")
        await window.make_video(f"{scheme}: {SCRIPT}")
        await window.open_thread(f"{scheme}: {SCRIPT}")
        await window.thread.locator("article").first.hover()
        await window.thread.get_by_role("button", name="More actions").first.click()
        await expect(window.page.get_by_role("menu")).to_be_visible()
        assert await window.violations(only=rule) == []
        await window.page.keyboard.press("Escape")
        await window.open_panel()
        assert await window.violations(only=rule) == []
        await window.page.get_by_role("navigation").get_by_role("button", name="Avatar Bot").click()
        await expect(window.page.get_by_role("tabpanel").get_by_role("button").first).to_be_visible()
        assert await window.violations(only=rule) == []


@pytest.mark.parametrize(("scheme", "rule"), SCHEMES)
async def test_the_form_passes_axe(browser: Browser, address: str, scheme: str, rule: str | None) -> None:
    """Nothing to object to in the form with all its options, an open list and errors."""
    async with a_window(browser, address, person=ANA, color_scheme=scheme) as window:
        await window.open_form()
        await window.modal.get_by_role("button", name="More options").click()
        await expect(window.modal.get_by_text("Resolution", exact=True)).to_be_visible()
        await window.modal.get_by_role("button", name="Make the video").click()
        await expect(window.modal.locator(".problem").first).to_be_visible()
        assert await window.violations(only=rule) == []
        await window.modal.get_by_role("combobox", name="Language of the script").click()
        await expect(window.modal.get_by_role("option").first).to_be_visible()
        assert await window.violations(only=rule) == []
        await window.page.keyboard.press("Escape")
        await window.page.keyboard.press("Escape")
        await expect(window.modal).to_be_hidden()


async def test_on_a_phone(browser: Browser, address: str) -> None:
    """One pane at a time with a way back, nothing to scroll sideways, and the main job works by touch."""
    script = f"On a phone: {SCRIPT}"
    async with a_window(browser, address, **PHONE) as window:
        await window.page.get_by_role("button", name="Back").tap()
        await expect(window.conversation).to_be_hidden()
        assert not await window.is_too_wide()
        await window.page.get_by_role("navigation").get_by_role("button", name="general").tap()
        await expect(window.conversation).to_be_visible()
        await window.make_video(script)
        assert not await window.is_too_wide()
        await window.open_thread(script)
        await expect(window.conversation).to_be_hidden()
        await window.until_video_plays()
        assert not await window.is_too_wide()
        assert await window.violations() == []
        await window.thread.get_by_role("button", name="Close").tap()
        await expect(window.conversation).to_be_visible()


async def test_the_news_is_read_out(window: Window) -> None:
    """A new message is told to screen readers; an edit is not."""
    script = f"Read out: {SCRIPT}"
    polite = window.page.locator("#page > [role=status]")
    await window.make_video(script)
    await expect(polite).to_contain_text("is making an avatar video")
    await window.open_thread(script)
    await expect(window.thread.get_by_text("Rendering:")).to_be_visible()
    assert "Rendering:" not in await polite.inner_text()
    await expect(polite).to_contain_text("your avatar video is ready", timeout=180_000)
