"""A person makes a video on the page, in every way that leads there."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.window import MINJI, Window, a_window

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]


async def test_by_mouse(window: Window) -> None:
    """Command, form, announcement, progress that moves by itself, and a video that plays in the thread."""
    script = "By mouse: hello everybody, this is my first video."
    await window.make_video(script)
    await window.open_thread(script)
    await expect(window.thread.get_by_text("Rendering:")).to_be_visible()
    await window.until_video_plays()
    await expect(window.announcement(script)).to_contain_text("made an avatar video")


async def test_by_keyboard(window: Window) -> None:
    """The same without a mouse: completion, type-ahead by arrows, submit by Enter, thread from the list of messages."""
    script = "By keyboard: hello everybody, this is my first video."
    keyboard = window.page.keyboard
    await window.conversation.get_by_role("textbox").focus()
    await keyboard.type("/av")
    await expect(window.page.get_by_role("listbox", name="Commands")).to_be_visible()
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(window.modal).to_be_visible()
    avatar = window.modal.get_by_role("combobox", name="Avatar", exact=True)
    await avatar.focus()
    await keyboard.type("oliv")
    await expect(window.modal.get_by_role("option", name="Olivia")).to_have_count(1)
    await keyboard.press("Enter")
    await expect(avatar).to_have_value("Olivia · 올리비아")
    await window.script.focus()
    await keyboard.type(script)
    await window.modal.get_by_role("button", name="Make the video").focus()
    await keyboard.press("Enter")
    await expect(window.modal).to_be_hidden()
    await expect(window.conversation.get_by_role("textbox")).to_be_focused()
    announced = window.announcement(script)
    await announced.locator(".replies").wait_for()
    await announced.focus()
    await keyboard.press("Tab")
    while not await announced.locator(".replies").evaluate("button => button === document.activeElement"):
        assert await announced.evaluate("message => message.contains(document.activeElement)")
        await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(window.thread.get_by_role("textbox")).to_be_focused()
    await window.until_video_plays()
    await keyboard.press("Escape")
    await expect(window.thread).to_be_hidden()
    await expect(announced).to_be_focused()


async def test_in_korean(browser: Browser, address: str) -> None:
    """A Korean speaker reads Korean on the page, in the form and in the thread."""
    script = "안녕하세요! 이번 주 새 소식을 전해 드릴게요."
    async with a_window(browser, address, person=MINJI) as window:
        await expect(window.page.locator("html")).to_have_attribute("lang", "ko")
        await expect(window.conversation.get_by_role("heading", name="서울-팀").first).to_be_visible()
        await window.make_video(script, "ko")
        await window.open_thread(script)
        await window.until_video_plays()
        await expect(window.thread).to_contain_text("김민지")
        assert window.complaints == []


async def test_the_message_shortcut(window: Window) -> None:
    """A message's menu opens the form with the message as the script."""
    first = window.conversation.locator("article").first
    words = await first.locator(".text").inner_text()
    await first.hover()
    await first.get_by_role("button", name="More actions").click()
    await window.page.get_by_role("menuitem", name="Turn into avatar video").click()
    await expect(window.script).to_have_value(words)
    await window.page.keyboard.press("Escape")
    await expect(window.modal).to_be_hidden()


async def test_the_global_shortcut(window: Window) -> None:
    """The menu of shortcuts opens the form from anywhere, and the keyboard comes back to where it was."""
    shortcuts = window.page.get_by_role("button", name="Shortcuts")
    await shortcuts.focus()
    await window.page.keyboard.press("Enter")
    await window.page.keyboard.press("Enter")
    await expect(window.modal).to_be_visible()
    await window.page.keyboard.press("Escape")
    await expect(window.modal).to_be_hidden()
    await expect(shortcuts).to_be_focused()


async def test_a_mention_shows_and_an_edit_does_not(window: Window, browser: Browser, address: str) -> None:
    """While the reply is edited nothing calls for the person; the mention at the end puts a badge on the channel."""
    script = "Elsewhere: hello everybody, this is my video."
    badge = window.page.get_by_role("navigation").get_by_role("button", name="general").locator(".badge")
    async with a_window(browser, address, person=MINJI) as other:
        await other.page.get_by_role("navigation").get_by_role("button", name="general").click()
        await window.make_video(script)
        await window.page.get_by_role("button", name="launch").click()
        await other.open_thread(script)
        await expect(other.thread.get_by_text("Rendering:")).to_be_visible()
        await expect(badge).to_be_hidden()
        await expect(window.page).to_have_title("Avatar Works")
        await other.until_video_plays()
    await expect(badge).to_have_text("1")
    await expect(window.page).to_have_title("(1) Avatar Works")
    await window.page.get_by_role("button", name="general").click()
    await expect(badge).to_be_hidden()
    await expect(window.page).to_have_title("Avatar Works")
