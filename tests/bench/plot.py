"""Curves as SVG: both axes in powers of ten, or from zero, by what the numbers span."""

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from tests.bench.report import Plot, Points

WIDTH, HEIGHT, MARGIN, KEY_WIDTH = 740, 360, 56, 250
COLOURS = ("#2457a6", "#c2410c", "#15803d", "#7e22ce", "#0e7490", "#a16207", "#be185d", "#475569")
# Numbers further apart than this are told apart on a logarithmic axis only.
WIDE = 50

Scale = Callable[[float], float]


def write(plot: Plot, folder: Path) -> Path:
    """Draws into `folder`; gives the file."""
    path = folder / f"{plot.name}.svg"
    path.write_text(drawn(plot), encoding="utf-8")
    return path


def drawn(plot: Plot) -> str:
    points = [point for curve in plot.curves.values() for point in curve]
    x, x_ticks = _axis([point[0] for point in points], MARGIN, WIDTH - KEY_WIDTH)
    y, y_ticks = _axis([point[1] for point in points], HEIGHT - MARGIN, MARGIN)
    parts = [
        _text(plot.title, WIDTH / 2, 24, "middle", 15),
        _text(plot.x, (MARGIN + WIDTH - KEY_WIDTH) / 2, HEIGHT - 12, "middle"),
        _text(plot.y, MARGIN, MARGIN - 12, "start"),
        *_vertical_ticks(x, x_ticks),
        *_horizontal_ticks(y, y_ticks),
        *_curves(plot, x, y),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _axis(values: Sequence[float], start: float, end: float) -> tuple[Scale, list[float]]:
    """Where a value lies between the ends, and the values to name."""
    positive = [value for value in values if value > 0]
    if positive and min(values) > 0 and max(positive) / min(positive) > WIDE:
        return _logarithmic(math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive))), start, end)
    top = _round_up(max(values, default=1) or 1)
    return lambda value: start + (end - start) * value / top, [top * step / 4 for step in range(5)]


def _logarithmic(low: int, high: int, start: float, end: float) -> tuple[Scale, list[float]]:
    def place(value: float) -> float:
        return start + (end - start) * (math.log10(value) - low) / (high - low)

    return place, [10.0**power for power in range(low, high + 1)]


def _round_up(value: float) -> float:
    unit = 10.0 ** math.floor(math.log10(value))
    return next(step * unit for step in (1, 2, 4, 5, 8, 10) if step * unit >= value)


def _vertical_ticks(x: Scale, ticks: Iterable[float]) -> Iterable[str]:
    for tick in ticks:
        yield _line(x(tick), MARGIN, x(tick), HEIGHT - MARGIN)
        yield _text(f"{tick:,g}", x(tick), HEIGHT - MARGIN + 18, "middle")


def _horizontal_ticks(y: Scale, ticks: Iterable[float]) -> Iterable[str]:
    for tick in ticks:
        yield _line(MARGIN, y(tick), WIDTH - KEY_WIDTH, y(tick))
        yield _text(f"{tick:,g}", MARGIN - 6, y(tick) + 4, "end")


def _curves(plot: Plot, x: Scale, y: Scale) -> Iterable[str]:
    for number, (name, points) in enumerate(plot.curves.items()):
        colour, height = COLOURS[number % len(COLOURS)], MARGIN + 20 * number
        yield _curve(points, x, y, colour)
        yield f'<rect x="{WIDTH - KEY_WIDTH + 12}" y="{height}" width="12" height="12" fill="{colour}"/>'
        yield _text(name, WIDTH - KEY_WIDTH + 30, height + 10, "start")


def _curve(points: Points, x: Scale, y: Scale, colour: str) -> str:
    places = [(x(one), y(other)) for one, other in points]
    path = " ".join(f"{one:.1f},{other:.1f}" for one, other in places)
    dots = "".join(f'<circle cx="{one:.1f}" cy="{other:.1f}" r="3" fill="{colour}"/>' for one, other in places)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'


def _text(words: str, x: float, y: float, anchor: str, size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'
