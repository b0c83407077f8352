"""What stands where in a conversation, how large dialogs are, and what is marked as unread."""

import pytest
from playwright.async_api import Browser, expect

from bot.i18n import t
from tests.browser.window import ANA, MINJI, Window, a_window

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

SCRIPTS = {
    "en": "In the conversation: hello everybody, this is my video.",
    "ko": "대화에서 전해요. 안녕하세요! 이번 주 새 소식을 알려 드릴게요.",
}
# The sizes of a desk and of a phone.
WIDTHS = {"desk": (1280, 800), "phone": (375, 812)}
ROUNDING = 2  # pixels
WATCH_BADGE = """() => {
    window.badges = [];
    const shown = () => [...document.querySelectorAll(".place[aria-current] .badge")].map((badge) => badge.textContent);
    const look = () => window.badges.push(...shown());
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


async def test_what_only_one_person_sees_stands_where_it_belongs_in_time(window: Window) -> None:
    """Below what was said before it and above what is said after it, for as long as it is there."""
    await window.type_command("Said before")
    await window.type_command("/avatar help")
    help_text = window.conversation.locator("article.ephemeral")
    await expect(help_text).to_be_visible()
    await window.type_command("Said after")
    await expect(window.conversation.get_by_text("Said after")).to_be_visible()
    order = await window.conversation.locator("article").all()
    shown = [await article.inner_text() for article in order[-3:]]
    assert ["Said before" in shown[0], "Only visible to you" in shown[1], "Said after" in shown[2]] == [True] * 3
    # Nobody's name is left out below it, although the one before was hers too.
    await expect(order[-1].locator(".byline")).to_contain_text("Ana Silva")
    await help_text.get_by_role("button", name="Dismiss").click()
    await expect(help_text).to_be_hidden()
    # Now hers are one after the other, and the time stands where her picture was.
    await expect(window.conversation.locator("article").last.locator(".gutter")).to_have_css(
        "background-color", "rgba(0, 0, 0, 0)"
    )


@pytest.mark.parametrize("place", WIDTHS)
@pytest.mark.parametrize(("person", "locale"), [(ANA, "en"), (MINJI, "ko")])
async def test_a_confirmation_is_as_high_as_its_words(
    browser: Browser, address: str, place: str, person: str, locale: str
) -> None:
    """Title, words and buttons fill it from top to bottom, on a desk and on a phone; nothing is cut off."""
    width, height = WIDTHS[place]
    async with a_window(browser, address, person=person, viewport={"width": width, "height": height}) as window:
        script = f"{SCRIPTS[locale]} ({place})"
        await window.make_video(script, locale)
        await window.open_thread(script)
        await window.thread.get_by_role("button", name=t(locale, "button.stop"), exact=True).click()
        dialog = window.page.get_by_role("alertdialog")
        await expect(dialog).to_contain_text(t(locale, "button.stop_text"))
        box = await dialog.bounding_box()
        words = await dialog.evaluate(
            "box => [...box.children].reduce((sum, { scrollHeight }) => sum + scrollHeight, 0)"
        )
        assert box is not None
        assert abs(box["height"] - words) <= ROUNDING * 2
        assert box["height"] < height / 2
        await dialog.get_by_role("button", name=t(locale, "button.stop"), exact=True).click()
        await expect(window.thread.get_by_text(t(locale, "button.edit_stopped"))).to_be_visible()


async def test_the_channel_that_one_reads_has_no_badge(window: Window) -> None:
    """Not even for a moment, although the app mentions the person there in a thread that is not open."""
    script = f"{SCRIPTS['en']} (read)"
    await window.page.evaluate(WATCH_BADGE)
    await window.make_video(script)
    await expect(window.announcement(script)).to_contain_text("made an avatar video", timeout=180_000)
    await expect(window.announcement(script).locator(".replies")).to_contain_text("2 replies")
    here = window.page.get_by_role("navigation").locator(".place[aria-current]")
    await expect(here).to_have_text("channelgeneral")
    await expect(here).not_to_have_class("place unread")
    await expect(window.page).to_have_title("Avatar Works")
    assert await window.page.evaluate("window.badges") == []
