"""The README's picture of the page."""

from pathlib import Path

import pytest
from PIL import Image

from tests.browser.screenshot import take

pytestmark = pytest.mark.long

LARGEST = 200_000


async def test_the_readmes_picture_is_one_of_the_page(program: str, tmp_path: Path) -> None:
    """The page with a video in its thread is taken, as the README shows it, and stays small."""
    assert program
    picture = tmp_path / "demo.png"
    await take(picture)
    assert Image.open(picture).size == (1280, 800)
    assert picture.stat().st_size < LARGEST
