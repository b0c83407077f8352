"""The app's form on the page: what is wrong beside its field, and nothing of what was typed is ever lost."""

import pytest
from playwright.async_api import Browser, expect

from bot.i18n import t
from tests.browser.window import ANA, MINJI, Window, a_window

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]


async def closed(window: Window) -> None:
    """Leaves the form by the keyboard."""
    await window.page.keyboard.press("Escape")
    await expect(window.modal).to_be_hidden()


async def test_what_is_missing_is_said_beside_the_field(window: Window) -> None:
    """Nothing is sent, the words stand at the field and are tied to it, and the focus goes there."""
    await window.open_form()
    await window.choose("Avatar", "Olivia", "Olivia")
    await window.modal.get_by_role("button", name="Make the video").click()
    script = window.script
    await expect(script).to_be_focused()
    await expect(script).to_have_attribute("aria-invalid", "true")
    problem = window.modal.locator(".problem")
    await expect(problem).to_contain_text("Please complete this required field.")
    await script.fill("Now there is something to say.")
    await expect(problem).to_be_hidden()
    await closed(window)


async def test_what_the_app_finds_wrong_is_said_beside_the_field(window: Window) -> None:
    """The app's own words about a place that it cannot post in; the form stays open as it was."""
    await window.open_form()
    await window.choose("Avatar", "Olivia", "Olivia")
    await window.script.fill("This goes where the app is not.")
    await window.choose("Where the video goes", "leader", "leadership")
    await window.modal.get_by_role("button", name="Make the video").click()
    await expect(window.modal.locator("[data-block=place] .problem")).to_contain_text("/invite")
    await expect(window.script).to_have_value("This goes where the app is not.")
    await closed(window)


async def test_an_update_leaves_the_caret_alone(window: Window) -> None:
    """While the person types, the app changes its form; every letter arrives, in order, where the caret was."""
    await window.open_form()
    script = window.script
    await script.fill("beginning end")
    await window.modal.get_by_role("button", name="More options").click()
    await expect(window.modal.get_by_text("Resolution", exact=True)).to_be_visible()
    await expect(script).to_have_value("beginning end")
    await script.focus()
    await window.page.keyboard.press("Home")
    for _ in "beginning":
        await window.page.keyboard.press("ArrowRight")
    await script.press_sequentially(" middle", delay=120)
    await expect(script).to_have_value("beginning middle end")
    await expect(script).to_be_focused()
    await closed(window)


async def test_the_keyboard_stays_in_the_form(window: Window) -> None:
    """Tab goes round inside the form, and Escape gives the focus back to where it came from."""
    await window.open_form()
    for _ in range(25):
        await window.page.keyboard.press("Tab")
        assert await window.page.evaluate("document.activeElement.matches('body, dialog *')")
    await closed(window)
    await expect(window.conversation.get_by_role("textbox")).to_be_focused()


@pytest.mark.parametrize(("person", "locale", "words"), [(ANA, "en", "No results"), (MINJI, "ko", "결과 없음")])
async def test_nothing_is_found(browser: Browser, address: str, person: str, locale: str, words: str) -> None:
    """A name that the app's list or the page's own does not have gives words instead of an empty box."""
    async with a_window(browser, address, person=person) as window:
        await window.open_form()
        for field in ("form.model", "form.language"):
            box = window.modal.get_by_role("combobox", name=t(locale, field), exact=True)
            await box.click()
            await box.press_sequentially("nobody at all")
            await expect(window.modal.locator(".popup:visible")).to_have_text(words)
            await window.page.keyboard.press("Escape")
            await expect(window.modal).to_be_visible()
        await closed(window)


async def test_the_caret_is_in_the_script(window: Window) -> None:
    """Whichever button opened the form, empty or filled in: one can type at once, after what stands there."""
    script = "Caret: hello everybody, this is my video."
    await window.make_video(script)
    await window.open_thread(script)
    await window.until_video_plays()
    await window.thread.get_by_role("button", name=t("en", "button.another")).click()
    await written_at_once(window, script)
    await window.page.get_by_role("navigation").get_by_role("button", name="Avatar Bot").click()
    home = window.page.get_by_role("tabpanel")
    await home.get_by_role("button", name=t("en", "home.make")).click()
    await written_at_once(window, "")
    await home.get_by_role("button", name=t("en", "button.another")).first.click()
    await written_at_once(window, script)


async def written_at_once(window: Window, script: str) -> None:
    """Waits for the form with this script, types without a click, and leaves."""
    await expect(window.script).to_be_focused()
    await window.page.keyboard.type(" And more.")
    await expect(window.script).to_have_value(f"{script} And more.")
    await closed(window)


async def test_loading_the_page_anew_closes_the_form(window: Window, browser: Browser, address: str) -> None:
    """The person's own, as in Slack; a second window that opens closes nothing."""
    await window.open_form()
    async with a_window(browser, address) as other:
        await expect(other.modal).to_be_visible()
        await expect(window.modal).to_be_visible()
    await window.page.reload()
    await expect(window.conversation.get_by_role("textbox")).to_be_visible()
    await expect(window.modal).to_be_hidden()
    await window.open_form()
    await closed(window)


async def test_a_file_as_script(window: Window) -> None:
    """A chosen file is named with a way to take it back."""
    await window.open_form()
    await window.modal.get_by_role("button", name="More options").click()
    chosen = {"name": "script.txt", "mimeType": "text/plain", "buffer": b"Hello from a file."}
    await window.modal.get_by_label("Script from a file").set_input_files(chosen)  # type: ignore[arg-type] # a FilePayload
    await expect(window.modal.get_by_text("script.txt")).to_be_visible()
    await window.modal.get_by_role("button", name="Remove script.txt").click()
    await expect(window.modal.get_by_text("script.txt")).to_be_hidden()
    await closed(window)


async def test_a_file_of_a_wrong_kind(window: Window) -> None:
    """It is refused beside the field in plain words, and the next file takes its place."""
    await window.open_form()
    await window.modal.get_by_role("button", name="More options").click()
    files = window.modal.get_by_label("Script from a file")
    await files.set_input_files({"name": "s.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    problem = window.modal.locator(".problem")
    await expect(problem).to_contain_text("s.pdf can't be used here.")
    await expect(files).to_have_attribute("aria-invalid", "true")
    await files.set_input_files({"name": "s.txt", "mimeType": "text/plain", "buffer": b"Hello."})
    await expect(window.modal.get_by_text("s.txt")).to_be_visible()
    await expect(window.modal.get_by_text("s.pdf", exact=True)).to_be_hidden()
    await expect(problem).to_be_hidden()
    await closed(window)


async def test_inviting_the_app(window: Window) -> None:
    """`/invite` brings it into a channel that it was not in, as the app's own message asks for."""
    await window.page.get_by_role("button", name="launch").click()
    await window.type_command("/invite @Avatar Bot")
    await expect(window.conversation.get_by_text("joined #launch.")).to_be_visible()
    await window.type_command("/invite @Avatar Bot")
    await expect(window.conversation.get_by_text("They are in this channel already.")).to_be_visible()


async def test_words_without_a_command(window: Window) -> None:
    """A command nobody has and a command in a thread are refused in words, and what was typed stays."""
    await window.type_command("/nonsense")
    await expect(window.conversation.get_by_text("/nonsense is not a valid command.")).to_be_visible()
    await expect(window.conversation.get_by_role("textbox")).to_have_value("/nonsense")


async def test_a_message_is_never_markup(window: Window) -> None:
    """What people write is shown as they wrote it, whatever it looks like; names become mentions."""
    await window.type_command("<img src=x onerror=alert(1)> & *bold* for @Ana Silva")
    said = window.conversation.locator("article").last
    await expect(said).to_contain_text("<img src=x onerror=alert(1)> & bold for @Ana Silva")
    await expect(said.locator("strong", has_text="bold")).to_be_visible()
    await expect(said.locator(".mention")).to_have_text("@Ana Silva")
    await expect(said.locator("img")).to_have_count(0)


async def test_who_sends_sees_what_they_sent(window: Window) -> None:
    """Somebody who has scrolled up is taken to the end by a message of their own."""
    await window.page.set_viewport_size({"width": 1280, "height": 420})
    for number in range(8):
        await window.type_command(f"Line {number}")
        await expect(window.conversation.get_by_text(f"Line {number}")).to_be_visible()
    await window.conversation.locator(".messages").evaluate("list => list.scrollTo(0, 0)")
    await expect(window.conversation.get_by_text("Line 7")).not_to_be_in_viewport()
    await window.type_command("The newest line")
    await expect(window.conversation.get_by_text("The newest line")).to_be_in_viewport()


async def test_names_are_read_out(window: Window) -> None:
    """What screen readers are told has names for people and channels, and no marks."""
    said = "<@U0ANA0001>, *look* at <https://example.com|this> in <#C0GENERAL>: 1 &lt; 2"
    read_out = "async (said) => (await import('/static/blockkit/mrkdwn.js')).plainText(said)"
    assert await window.page.evaluate(read_out, said) == "@Ana Silva, look at this in #general: 1 < 2"


async def test_becoming_another_person(window: Window) -> None:
    """The switch shows the page as the other person sees it, at their first conversation, without loading it anew."""
    await window.page.evaluate("window.isTheSamePage = true")
    await window.page.get_by_label("You are").select_option(MINJI)
    await expect(window.page.get_by_role("heading", name="채널", exact=True)).to_be_visible()
    await expect(window.page.get_by_role("button", name="Ana Silva")).to_be_visible()
    await expect(window.page.locator(".person option", has_text="김민지")).to_have_text("김민지 (Minji) · 한국어")
    assert await window.page.evaluate("window.isTheSamePage")
    assert MINJI in window.page.url
    await expect(window.conversation).to_have_attribute("aria-label", "서울-팀")
    await window.page.get_by_label("사용자").select_option(ANA)
    await expect(window.conversation).to_have_attribute("aria-label", "general")


async def test_the_same_words_in_both_languages(window: Window) -> None:
    """The page's own words are complete in English and in Korean, with the same placeholders."""
    shape = """async () => {
        const { WORDS } = await import("/static/core/words.js");
        const holes = (text) => (text.match(/{\\w+}/g) ?? []).sort().join();
        const shape = (words) => Object.entries(words).map(([key, text]) => [key, holes(text)]);
        return [shape(WORDS.en), shape(WORDS.ko)];
    }"""
    english, korean = await window.page.evaluate(shape)
    assert english == korean
