"""`python -m tests.browser.screenshot`: makes the README's picture, from the command to the video in its thread."""

import asyncio
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import expect

from tests.browser.demo import chromium, running_browser, running_demo
from tests.browser.window import Window, a_window

PICTURE = Path(__file__).parents[2] / ".github" / "demo.png"
SCRIPT = "Welcome to the team! Coffee is on floor two."
# Before it has played, the player draws a ring over the picture.
PLAY = """async (video) => {
    video.muted = true;
    await video.play();
    await new Promise((done) => { video.ontimeupdate = () => video.currentTime > 1.5 && done(); });
    video.pause();
}"""
# A palette of so many colours keeps the picture small and is not seen, once it is drawn near to the rare ones.
COLOURS, ROUNDS = 256, 2


async def take(picture: Path) -> None:
    """Makes a video on the page and takes the picture of it, at 1280 × 800: the whole story is in sight."""
    program = chromium()
    if program is None:
        sys.exit("Chromium is not installed")
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running_demo(Path(folder)) as address,
            running_browser(program) as browser,
            a_window(browser, address) as window,
        ):
            await window.make_video(SCRIPT)
            await window.open_thread(SCRIPT)
            await window.until_video_plays()
            await window.thread.locator("video").evaluate(PLAY)
            await window.conversation.get_by_role("textbox").fill("/ava")
            await window.page.mouse.move(0, 0)
            await until_all_is_in_sight(window)
            picture.parent.mkdir(exist_ok=True)
            await window.page.screenshot(path=picture)
    Image.open(picture).convert("RGB").quantize(COLOURS, kmeans=ROUNDS).save(picture, optimize=True)


async def until_all_is_in_sight(window: Window) -> None:
    """Command, announcement, its facts, the video and the mention stand in the frame as a whole."""
    story = (
        window.page.get_by_role("listbox", name="Commands"),
        window.announcement(SCRIPT),
        window.thread.locator("article").first,
        window.thread.get_by_text("Credits used").last,
        window.thread.locator("video"),
        window.thread.get_by_text("your avatar video is ready"),
    )
    for part in story:
        await expect(part).to_be_in_viewport(ratio=1)
    await expect(window.thread.locator(".messages")).to_have_js_property("scrollTop", 0)


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE))
