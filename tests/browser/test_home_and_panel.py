"""The app's Home tab, and what happens behind the scenes – also when things are broken there."""

import pytest
from playwright.async_api import expect

from tests.browser.window import Window

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]


async def test_home(window: Window) -> None:
    """The Home tab shows what the app publishes, and its button opens the form."""
    await window.page.get_by_role("navigation").get_by_role("button", name="Avatar Bot").click()
    home = window.page.get_by_role("tabpanel")
    await expect(home.get_by_role("heading").first).to_be_visible()
    await home.get_by_role("button", name="Make a video").click()
    await expect(window.modal).to_be_visible()
    await window.page.keyboard.press("Escape")
    await expect(window.modal).to_be_hidden()
    await window.page.get_by_role("tab", name="Home").focus()
    await window.page.keyboard.press("ArrowRight")
    await expect(window.page.get_by_role("tab", name="Messages")).to_have_attribute("aria-selected", "true")


async def test_a_link_to_a_thread_stays_on_the_page(window: Window) -> None:
    """The Home tab's link to a video's thread opens it here, and nothing leaves for slack.com."""
    script = "Linked: hello everybody, this is my video."
    await window.make_video(script)
    await window.page.get_by_role("navigation").get_by_role("button", name="Avatar Bot").click()
    await window.page.get_by_role("tabpanel").get_by_role("link", name="Open the thread").first.click()
    await expect(window.thread).to_contain_text(script)


async def test_traffic(window: Window) -> None:
    """What goes over the wire appears as it happens, each with its body, and can be narrowed to one party."""
    panel = await window.open_panel()
    await window.open_form()
    await window.page.keyboard.press("Escape")
    # The newest stands first, and newer ones come in at any moment; the oldest keeps its place.
    opened = panel.locator("li").filter(has_text="views.open").last
    await opened.locator("summary").click()
    await expect(opened.locator("pre").first).to_contain_text('"view"')
    await panel.get_by_label("Show").select_option("studio")
    await expect(opened).to_be_hidden()


@pytest.mark.long
async def test_the_app_is_killed_while_it_renders(window: Window) -> None:
    """The video arrives all the same, once somebody starts the app again; the page says what state it is in."""
    script = "Killed: hello everybody, this is my video."
    await window.make_video(script)
    await window.open_thread(script)
    await expect(window.thread.get_by_text("Rendering:")).to_be_visible()
    panel = await window.open_panel()
    kill = panel.get_by_role("switch", name="Kill the app")
    await kill.check()
    await expect(panel.get_by_text("The app is down")).to_be_visible()
    await window.type_command("/avatar ")
    await expect(window.conversation.locator(".problem")).to_be_visible()
    await kill.uncheck()
    await expect(panel.get_by_text("The app is running")).to_be_visible()
    await expect(window.conversation.locator(".problem")).to_be_hidden()
    await window.until_video_plays()


async def test_a_form_that_cannot_be_sent(window: Window) -> None:
    """While the app is down the form says so, keeps everything, and goes through once the app is back."""
    script = "Unsent: hello everybody, this is my video."
    panel = await window.open_panel()
    await window.open_form()
    await window.choose("Avatar", "Olivia", "Olivia")
    await window.script.fill(script)
    await window.switch("kill_bot", on=True)
    await window.modal.get_by_role("button", name="Make the video").click()
    await expect(window.modal.get_by_text("We had some trouble connecting. Try again?").first).to_be_visible()
    await expect(window.script).to_have_value(script)
    await window.switch("kill_bot", on=False)
    await expect(panel.get_by_text("The app is running")).to_be_attached()
    await window.modal.get_by_role("button", name="Make the video").click()
    await expect(window.modal).to_be_hidden()
    await expect(window.announcement(script)).to_be_visible()


async def test_a_playing_video_is_left_alone(window: Window) -> None:
    """Whatever arrives meanwhile, the video stays the same element and goes on where it was."""
    script = "Playing: hello everybody, this is my video."
    await window.make_video(script)
    await window.open_thread(script)
    await window.until_video_plays()
    video = window.thread.locator("video")
    await video.evaluate("video => { video.muted = true; video.isTheSame = true; return video.play(); }")
    await window.type_command("Something else is going on here.")
    await expect(window.conversation.get_by_text("Something else is going on here.")).to_be_visible()
    assert await video.evaluate("video => video.isTheSame && !video.error && video.currentTime > 0")
