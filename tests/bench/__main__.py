"""Runs the benches and prints their table: `python -m tests.bench [--only NAME] [--quick] [--out FOLDER]`."""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.bench.measures import (
    cold_start,
    crowd,
    delivery,
    footprint,
    form_opens,
    growth,
    idle,
    large_video,
    slack_calls,
    throughput,
    waiting,
    webhooks,
)
from tests.bench.plot import write
from tests.bench.report import Findings, Row, load, table
from tests.bench.scene import Size

Bench = Callable[[Size], Awaitable[Findings]]
BENCHES: dict[str, Bench] = {
    "form": form_opens.measure,
    "crowd": crowd.measure,
    "delivery": delivery.measure,
    "webhooks": webhooks.measure,
    "waiting": waiting.measure,
    "idle": idle.measure,
    "footprint": footprint.measure,
    "calls": slack_calls.measure,
    "video": large_video.measure,
    "start": cold_start.measure,
    "throughput": throughput.measure,
    "growth": growth.measure,
}


async def run(names: Sequence[str], size: Size, out: Path | None) -> list[Row]:
    """One bench after the other; what is going on is told on stderr."""
    rows: list[Row] = []
    for name in names:
        started, before = time.monotonic(), load()
        findings = await BENCHES[name](size)
        for row in findings.rows:
            print(" · ".join(row.cells), file=sys.stderr)
        rows += findings.rows
        seconds = time.monotonic() - started
        rows.append(Row("", "", "", f"{name}: {seconds:.0f} s, load {before} → {load()}", None))
        if out:
            for plot in findings.plots:
                print(write(plot, out), file=sys.stderr)
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=BENCHES, action="append", help="this bench; may be given several times")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: minutes instead of half an hour")
    parser.add_argument("--out", type=Path, help="a folder for the plots (SVG)")
    given = parser.parse_args(arguments)
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
    print(table(asyncio.run(run(given.only or list(BENCHES), Size(given.quick), given.out))))


if __name__ == "__main__":
    main()
