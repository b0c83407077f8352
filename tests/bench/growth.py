"""What one more export, a start, the Home tab and `/avatar list` cost as the history grows.

The finished exports are of the last three months and of five hundred people; Ana, who looks, is one of them.

The engine has no index by person, and would read the workflows of all for a list of one's own. The bot adds one when it
starts (`bot/exports/indexes.py`). The month's usage is still added up from all that ended in the month.
"""

import asyncio
import time

from bot.demo.stage import Stage
from tests.bench.ledger import Ledger, Record, Values
from tests.bench.machine import cpu_seconds
from tests.bench.report import Findings, Plot, Row, Sample
from tests.bench.scene import Size, calls_since, database, ready_seconds, scratch, stage_for
from tests.scenarios.scene import ANA, GENERAL, make_video, until_video

# As flat as measurements on a machine in use can be.
FLAT = 1.5
DAY_MS = 86_400_000
DAYS = 90
OTHERS = 500
LOOKS = 15
EXPORTS = 5

SURFACES = ("start", "Home", "/avatar list", "CPU of an export")


async def measure(size: Size) -> Findings:
    counts = [0, 1000, 10_000, 100_000] if not size.quick else [0, 1000, 10_000]
    curves = {kind: await curve(kind, counts) for kind in ("SQLite", "Postgres")}
    rows = [row(kind, surface, found) for kind, found in curves.items() for surface in SURFACES]
    return Findings(rows, [plot(kind, found) for kind, found in curves.items()])


Costs = dict[str, float]


def row(kind: str, surface: str, found: dict[int, Costs]) -> Row:
    """Beside a thousand, because with an empty history there is nothing to show."""
    most, small = max(found), found[1000][surface]
    ratio = found[most][surface] / small
    measured = f"{ratio:.2f} ×: {found[most][surface] * 1000:.0f} ms beside {small * 1000:.0f} ms"
    return Row(f"{surface}, {most:,} finished, {kind}", "1,000 finished", f"flat (≤ {FLAT} ×)", measured, ratio <= FLAT)


def plot(kind: str, found: dict[int, Costs]) -> Plot:
    curves = {
        surface: [(float(count), costs[surface] * 1000) for count, costs in found.items() if count]
        for surface in SURFACES
    }
    return Plot(f"growth-{kind.lower()}", f"As the history grows, {kind}", "finished exports", "ms", curves)


async def curve(kind: str, counts: list[int]) -> dict[int, Costs]:
    """By how many exports have ended: what each surface costs, in seconds."""
    with scratch() as folder, database(kind, folder) as url:
        async with stage_for(folder, settings={"DATABASE_URL": url}) as stage:
            await until_video(stage, await make_video(stage))
            await stage.bot.stop()
            ledger = Ledger(url)
            record = ledger.record(with_acceptance=True)
            found, there = {}, 0
            for count in counts:
                await asyncio.to_thread(grow, ledger, record, range(there, count))
                there = count
                found[count] = await costs(stage)
            ledger.close()
            return found


def grow(ledger: Ledger, record: Record, numbers: range) -> None:
    if numbers:
        ledger.copy(record, numbers, finished_long_ago)
        ledger.analyze()


def finished_long_ago(row: Values, number: int) -> Values:
    """Somebody's export of some day in the last three months."""
    back = (number * 7919 % (DAYS * 1440)) * DAY_MS // 1440
    moments = {key: row[key] - back for key in ("created_at", "updated_at", "completed_at")}
    who = number % OTHERS
    person = row["authenticated_user"] if who == 0 else f"{row['authenticated_user']}{who:03d}"
    return row | moments | {"authenticated_user": person}


async def costs(stage: Stage) -> Costs:
    started = await ready_seconds(stage)
    home = Sample([await seconds_to_home(stage) for _ in range(LOOKS)]).median
    listed = Sample([await seconds_to_list(stage) for _ in range(LOOKS)]).median
    export = await cpu_of_exports(stage)
    await stage.bot.stop()
    return dict(zip(SURFACES, (started, home, listed, export), strict=True))


async def seconds_to_home(stage: Stage) -> float:
    started = time.monotonic()
    await stage.slack.person(ANA).open_home()
    await stage.slack.until(lambda: calls_since(stage, started, "views.publish"), what="the Home tab")
    return calls_since(stage, started, "views.publish")[0].at - started


async def seconds_to_list(stage: Stage) -> float:
    ephemerals = stage.slack.world.channels[GENERAL].ephemerals
    before, started = len(ephemerals), time.monotonic()
    await stage.slack.person(ANA).slash_command("/avatar", "list")
    await stage.slack.until(lambda: len(ephemerals) > before, what="the list")
    return time.monotonic() - started


async def cpu_of_exports(stage: Stage) -> float:
    """The CPU seconds of one export from the form to the video."""
    pid = stage.bot.pid or 0
    before = cpu_seconds(pid)
    for _ in range(EXPORTS):
        await until_video(stage, await make_video(stage, script=f"One more, {time.time()}."))
    return (cpu_seconds(pid) - before) / EXPORTS
