"""Fonts that can show the script: Hangul, Han and kana as well as Latin."""

import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

# The package carries Noto Sans for East Asia under the SIL Open Font License.
FONT_PACKAGE = "justmytype_intl_cjk"
PACKAGED = {"ko": "notosanskr/NotoSansKR", "ja": "notosansjp/NotoSansJP", "zh": "notosanssc/NotoSansSC"}
SYSTEM = (
    "NotoSansCJK-Regular.ttc",
    "NanumGothic.ttf",
    "AppleSDGothicNeo.ttc",
    "malgun.ttf",
    "DejaVuSans.ttf",
)
MEDIUM_WEIGHT = 500
UNASSIGNED = "\U0010fffe"

Font = ImageFont.FreeTypeFont


def font_for(text: str, language: str, size: int) -> Font:
    """The font of this size in pixels that leaves the fewest characters of the text without a shape."""
    return min(_fonts(language[:2], size), key=lambda font: len(text) - len(showable(text, font)))


def showable(text: str, font: Font) -> str:
    """The text without the characters that the font would draw as an empty box."""
    return "".join(character for character in text if character.isspace() or _has_shape(character, font))


def _has_shape(character: str, font: Font) -> bool:
    return bytes(font.getmask(character)) != bytes(font.getmask(UNASSIGNED))


@lru_cache(maxsize=32)
def _fonts(language: str, size: int) -> tuple[Font, ...]:
    return tuple(_load(language, size))


def _load(language: str, size: int) -> Iterator[Font]:
    packaged = _packaged(language)
    if packaged is not None:
        font = ImageFont.truetype(packaged, size)
        font.set_variation_by_axes([MEDIUM_WEIGHT])
        yield font
    for name in SYSTEM:
        try:
            yield ImageFont.truetype(name, size)
        except OSError:
            continue
    built_in = ImageFont.load_default(size)
    if isinstance(built_in, ImageFont.FreeTypeFont):
        yield built_in


def _packaged(language: str) -> Path | None:
    spec = importlib.util.find_spec(FONT_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    name = PACKAGED.get(language, PACKAGED["ko"])
    return Path(spec.origin).parent / "fonts" / "ofl" / f"{name}[wght].ttf"
