"""The picture: a drawn speaker in a studio, a name plate and captions.

Coordinates are those of a picture 960 wide and 540 high; a canvas scales them to the size asked for.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

from bot.demo.video.fonts import font_for, showable
from bot.demo.video.speaker import Speaker

WIDTH, HEIGHT = 960, 540
SMOOTH = 2
MOUTHS = 5
INK = (34, 30, 38)
WHITE = (255, 255, 255)
# From the left temple over the crown to the right temple, and back along the parting.
FRINGE = [
    (386, 222),
    (388, 140),
    (480, 90),
    (572, 140),
    (574, 222),
    (560, 184),
    (536, 158),
    (446, 170),
    (404, 190),
]

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

SKINS: tuple[Colour, ...] = ((244, 208, 180), (232, 184, 150), (198, 140, 104), (141, 92, 66))
HAIRS: tuple[Colour, ...] = ((38, 32, 36), (74, 48, 36), (122, 78, 44), (58, 54, 66))
JACKETS: tuple[Colour, ...] = ((52, 73, 124), (40, 104, 110), (120, 60, 84), (70, 74, 88))
WALLS: tuple[tuple[Colour, Colour], ...] = (
    ((232, 238, 248), (186, 202, 228)),
    ((236, 246, 240), (178, 212, 200)),
    ((250, 240, 232), (232, 202, 184)),
    ((242, 238, 250), (204, 194, 230)),
)


@dataclass(frozen=True)
class Look:
    """What a speaker looks like, always the same for the same model."""

    skin: Colour
    hair: Colour
    jacket: Colour
    wall: tuple[Colour, Colour]
    long_hair: bool


def look_of(model: str) -> Look:
    """The look that belongs to an avatar's id; its name differs from language to language."""
    pick = hashlib.sha256(model.encode()).digest()
    return Look(
        skin=SKINS[pick[0] % len(SKINS)],
        hair=HAIRS[pick[1] % len(HAIRS)],
        jacket=JACKETS[pick[2] % len(JACKETS)],
        wall=WALLS[pick[3] % len(WALLS)],
        long_hair=pick[4] % 2 == 0,
    )


class Canvas:
    """Draws shapes given in reference coordinates."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image, "RGBA")
        self._scale = image.height / HEIGHT

    def ellipse(self, box: Box, fill: Colour) -> None:
        """A filled ellipse."""
        self._draw.ellipse(self._scaled(box), fill=fill)

    def rounded(self, box: Box, radius: float, fill: tuple[int, ...]) -> None:
        """A filled rectangle with round corners."""
        self._draw.rounded_rectangle(self._scaled(box), radius * self._scale, fill=fill)

    def polygon(self, points: Sequence[tuple[float, float]], fill: Colour) -> None:
        """A filled polygon."""
        self._draw.polygon([(x * self._scale, y * self._scale) for x, y in points], fill=fill)

    def arc(self, box: Box, start: float, end: float, fill: Colour, width: float) -> None:
        """A part of an ellipse's outline; angles in degrees, clockwise from three o'clock."""
        self._draw.arc(self._scaled(box), start, end, fill=fill, width=max(1, round(width * self._scale)))

    def text(self, x: float, y: float, text: str, language: str, size: float, anchor: str) -> float:
        """Write white text and return its width; characters without a shape are left out."""
        font = font_for(text, language, max(8, round(size * self._scale)))
        shown = showable(text, font)
        self._draw.text((x * self._scale, y * self._scale), shown, WHITE, font, anchor)
        return font.getlength(shown) / self._scale

    def _scaled(self, box: Box) -> Box:
        left, top, right, bottom = box
        return left * self._scale, top * self._scale, right * self._scale, bottom * self._scale


class Studio:
    """Draws the frames of one video."""

    def __init__(self, speaker: Speaker, language: str, size: tuple[int, int]) -> None:
        self._speaker = speaker
        self._language = language
        self._size = size
        self._look = look_of(speaker.model)
        self._scene = lru_cache(maxsize=2 * MOUTHS)(self._draw_scene)
        self._captioned = lru_cache(maxsize=2)(self._draw_captions)

    def frame(self, openness: float, *, blinking: bool, lines: tuple[str, ...]) -> Image.Image:
        """One frame: the mouth open by 0 to 1, the eyes open or shut, a caption's lines."""
        frame = self._scene(round(openness * (MOUTHS - 1)), blinking).copy()
        if lines:
            captions = self._captioned(lines)
            frame.paste(captions, mask=captions)
        return frame

    def _draw_scene(self, mouth: int, blinking: bool) -> Image.Image:
        scene = draw_scene(self._look, self._size, mouth / (MOUTHS - 1), blinking=blinking)
        self._draw_name_plate(Canvas(scene))
        return scene

    def _draw_name_plate(self, canvas: Canvas) -> None:
        measured = Canvas(Image.new("RGB", (1, self._size[1])))
        width = measured.text(0, 0, self._speaker, self._language, 20, "lm")
        canvas.rounded((36, 32, 36 + width + 46, 70), 19, (*INK, 190))
        canvas.ellipse((50, 46, 60, 56), (236, 92, 92))
        canvas.text(68, 51, self._speaker, self._language, 20, "lm")

    def _draw_captions(self, lines: tuple[str, ...]) -> Image.Image:
        image = Image.new("RGBA", self._size, (0, 0, 0, 0))
        canvas = Canvas(image)
        top = 510 - 38 * len(lines)
        canvas.rounded((110, top - 12, 850, 518), 16, (*INK, 205))
        for index, line in enumerate(lines):
            canvas.text(WIDTH / 2, top + 19 + 38 * index, line, self._language, 27, "mm")
        return image


def portrait(model: str) -> bytes:
    """A square PNG of the avatar of this id."""
    scene = draw_scene(look_of(model), (WIDTH, HEIGHT), 0, blinking=False)
    picture = scene.crop((260, 40, 700, 480)).resize((256, 256), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def draw_scene(look: Look, size: tuple[int, int], openness: float, *, blinking: bool) -> Image.Image:
    """The speaker before the wall, drawn larger and scaled down for smooth edges."""
    image = _wall(look, (size[0] * SMOOTH, size[1] * SMOOTH))
    draw_speaker(Canvas(image), look, openness, blinking=blinking)
    return image.resize(size, Image.Resampling.LANCZOS)


def _wall(look: Look, size: tuple[int, int]) -> Image.Image:
    width, height = size
    light, shade = look.wall
    glow = Image.radial_gradient("L").resize((width, round(height * 1.6)), Image.Resampling.BICUBIC)
    glow = glow.crop((0, round(height * 0.3), width, round(height * 0.3) + height))
    return Image.composite(Image.new("RGB", size, shade), Image.new("RGB", size, light), glow)


def draw_speaker(canvas: Canvas, look: Look, openness: float, *, blinking: bool) -> None:
    """Head and shoulders, from the back of the hair to the front of the face."""
    _draw_hair_behind(canvas, look)
    _draw_shoulders(canvas, look)
    _draw_head(canvas, look)
    _draw_eyes(canvas, look, blinking=blinking)
    _draw_mouth(canvas, look, openness)


def _draw_hair_behind(canvas: Canvas, look: Look) -> None:
    canvas.ellipse((374, 82, 586, 300), look.hair)
    if look.long_hair:
        canvas.rounded((366, 180, 594, 404), 60, look.hair)


def _draw_shoulders(canvas: Canvas, look: Look) -> None:
    canvas.rounded((270, 372, 690, 700), 96, look.jacket)
    canvas.polygon([(424, 366), (536, 366), (480, 500)], (248, 248, 250))
    lapel = _darker(look.jacket, 0.8)
    canvas.polygon([(424, 364), (392, 384), (456, 520), (480, 500)], lapel)
    canvas.polygon([(536, 364), (568, 384), (504, 520), (480, 500)], lapel)
    canvas.rounded((442, 290, 518, 402), 34, _darker(look.skin, 0.88))


def _draw_head(canvas: Canvas, look: Look) -> None:
    canvas.ellipse((378, 208, 408, 262), _darker(look.skin, 0.93))
    canvas.ellipse((552, 208, 582, 262), _darker(look.skin, 0.93))
    canvas.rounded((390, 112, 570, 350), 90, look.skin)
    canvas.polygon(FRINGE, look.hair)
    canvas.arc((468, 238, 492, 278), 20, 160, _darker(look.skin, 0.75), 3)


def _draw_eyes(canvas: Canvas, look: Look, *, blinking: bool) -> None:
    for x in (444, 516):
        canvas.arc((x - 22, 192, x + 22, 222), 205, 335, look.hair, 5)
        if blinking:
            canvas.arc((x - 14, 214, x + 14, 234), 20, 160, INK, 4)
            continue
        canvas.ellipse((x - 14, 214, x + 14, 238), WHITE)
        canvas.ellipse((x - 8, 217, x + 8, 236), INK)
        canvas.ellipse((x - 1, 219, x + 5, 225), WHITE)


def _draw_mouth(canvas: Canvas, look: Look, openness: float) -> None:
    lips = _blend(look.skin, (186, 64, 76), 0.6)
    if openness == 0:
        canvas.arc((450, 278, 510, 312), 25, 155, lips, 6)
        return
    half_width, half_height = 25 - 4 * openness, 6 + 11 * openness
    canvas.ellipse((480 - half_width, 304 - half_height, 480 + half_width, 304 + half_height), lips)
    inner_width, inner_height = half_width - 5, half_height - 4
    inner = (480 - inner_width, 304 - inner_height, 480 + inner_width, 304 + inner_height)
    canvas.ellipse(inner, (84, 26, 34))


def _darker(colour: Colour, share: float) -> Colour:
    return _blend((0, 0, 0), colour, share)


def _blend(start: Colour, end: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue
