"""What a bench found: rows of the table, and curves to plot."""

import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Points = Sequence[tuple[float, float]]
HEADINGS = ("what", "beside", "target", "measured", "verdict")


@dataclass(frozen=True)
class Row:
    """One line of the table. `met` is None where there is nothing to be met: a number that explains another."""

    what: str
    beside: str
    target: str
    measured: str
    met: bool | None

    @property
    def cells(self) -> tuple[str, ...]:
        verdict = {True: "met", False: "missed", None: ""}[self.met]
        return self.what, self.beside, self.target, self.measured, verdict


@dataclass(frozen=True)
class Plot:
    """Curves over one axis, which may span several powers of ten."""

    name: str
    title: str
    x: str
    y: str
    curves: Mapping[str, Points]


@dataclass(frozen=True)
class Findings:
    rows: Sequence[Row]
    plots: Sequence[Plot] = field(default=())


@dataclass(frozen=True)
class Sample:
    """Measurements of one thing."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def quantile(self, share: float) -> float:
        """The value that this share of the measurements does not exceed."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def text(self, unit: str = "", *, scale: float = 1.0, digits: int = 1) -> str:
        """The median, and between what the middle eight of ten lie."""
        low, middle, high = (f"{value * scale:.{digits}f}" for value in self._tenths())
        return f"{middle}{unit} ({low}–{high})"

    def _tenths(self) -> tuple[float, float, float]:
        return self.quantile(0.1), self.median, self.quantile(0.9)


def milliseconds(sample: Sample) -> str:
    return sample.text(" ms", scale=1000)


def load() -> str:
    """How many processes wanted a core in the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def table(rows: Sequence[Row]) -> str:
    """As Markdown, in columns that also read well in a terminal."""
    lines = [HEADINGS, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    head, *body = (_line(line, widths) for line in lines)
    return "\n".join((head, _line(["-" * width for width in widths], widths), *body))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
