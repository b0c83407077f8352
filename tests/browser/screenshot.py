"""`python -m tests.browser.screenshot`: makes the README's picture of the page, with a video in its thread."""

import asyncio
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.browser.demo import chromium, running_browser, running_demo
from tests.browser.window import a_window

PICTURE = Path(__file__).parents[2] / ".github" / "demo.png"
SCRIPT = "Welcome to the team! Coffee is on the second floor, and the best questions are yours."
SEEK = "video => new Promise((done) => { video.onseeked = done; video.currentTime = 1.5; })"
# A palette of so many colours keeps the picture small, and is not seen.
COLOURS = 256


async def take(picture: Path) -> None:
    """Makes a video on the page and takes the picture of it, at 1280 × 800."""
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
            await window.page.mouse.move(0, 0)
            await window.thread.locator("video").evaluate(SEEK)
            picture.parent.mkdir(exist_ok=True)
            await window.page.screenshot(path=picture)
    Image.open(picture).convert("RGB").quantize(COLOURS).save(picture, optimize=True)


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE))
