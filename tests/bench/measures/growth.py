"""What one more export, a start, the Home tab and other looks cost as the history grows.

The finished exports are of the last three months and of fifty people; Ana, who looks, is one of them, and has more than
a list shows, also where the history is short. Bots with short and long histories are measured in turn, so that what
else the machine does meets all of them alike.

What binds where lists, limits and sums ask DBOS itself, with 100,000 finished exports of which 24,000 are of this month
(CPU of the bot on SQLite): it has no index by person, so that a list of one's own reads the workflows of all; for the
few that run all are read, 200 to 300 ms; the month's usage takes 1.3 s and 100 MB. So the workflow's steps keep a small
table of ours (bot/exports/history/records.py), and these ask that. Start and the CPU of an export never grew.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import aiohttp

from bot.demo.slack.web_api.server import Call
from bot.demo.stage import Stage
from tests.bench.copied_exports import CopiedExports, Values
from tests.bench.machine import cpu_seconds, in_turn, memory
from tests.bench.report import Findings, Plot, Row, Sample
from tests.bench.scene import Size, calls_since, database, ready_seconds, scratch, stage_for
from tests.scenarios.scene import ANA, GENERAL, make_video, until_video

# As flat as measurements on a machine in use can be.
FLAT = 1.5
DAY_MS = 86_400_000
DAYS = 90
OTHERS = 50
MEGABYTE = 1_000_000
# Columns with moments and with people, in DBOS's table of workflows and in ours of exports.
DBOS_MOMENTS, OUR_MOMENTS = ("created_at", "updated_at", "completed_at"), ("begun_at", "ended_at")
PEOPLE = ("authenticated_user", "person")
# After so long the bot looks again at what its metrics tell.
METRICS_LOOK = 5.1
# How Home begins the line about the month, once it is added up.
USAGE = "this month (UTC)"

Look = Callable[[Stage], Awaitable[float]]
Costs = Mapping[str, Sample]


@dataclass(frozen=True)
class Surface:
    """What is looked at, and how often; `scale` makes the unit of what the look gives."""

    name: str
    look: Look
    rounds: int
    unit: str = "ms"
    scale: float = 1000


async def measure(size: Size) -> Findings:
    counts = [1000, 10_000, 100_000] if not size.quick else [1000, 10_000]
    curves = {kind: await curve(kind, counts) for kind in ("SQLite", "Postgres")}
    rows = [row(kind, surface, found) for kind, found in curves.items() for surface in SURFACES]
    return Findings(rows, [plot(kind, found) for kind, found in curves.items()])


def row(kind: str, surface: Surface, found: Mapping[int, Costs]) -> Row:
    """Beside a thousand, because with an empty history there is nothing to show."""
    least, most = min(found), max(found)
    small, large = (found[count][surface.name].median * surface.scale for count in (least, most))
    measured = f"{large / small:.2f} ×: {large:.0f} {surface.unit} beside {small:.0f} {surface.unit}"
    what = f"{surface.name}, {most:,} finished, {kind}"
    return Row(what, f"{least:,} finished", f"flat (≤ {FLAT} ×)", measured, large / small <= FLAT)


def plot(kind: str, found: Mapping[int, Costs]) -> Plot:
    curves = {
        f"{surface.name}, {surface.unit}": [
            (float(count), costs[surface.name].median * surface.scale) for count, costs in found.items()
        ]
        for surface in SURFACES
    }
    return Plot(f"growth-{kind.lower()}", f"As the history grows, {kind}", "finished exports", "", curves)


async def curve(kind: str, counts: list[int]) -> dict[int, Costs]:
    """By how many exports have ended: what each surface costs."""
    async with AsyncExitStack() as stack:
        stages = {count: await stack.enter_async_context(grown(kind, count)) for count in counts}
        found: dict[int, dict[str, Sample]] = {count: {} for count in counts}
        for surface in SURFACES:
            samples = await in_turn(surface.rounds, *(partial(surface.look, stage) for stage in stages.values()))
            for costs, sample in zip(found.values(), samples, strict=True):
                costs[surface.name] = sample
        return dict(found)


@asynccontextmanager
async def grown(kind: str, count: int) -> AsyncIterator[Stage]:
    """A bot that has so much behind it, and is stopped."""
    with scratch() as folder, database(kind, folder) as url:
        async with stage_for(folder, settings={"DATABASE_URL": url}) as stage:
            await until_video(stage, await make_video(stage))
            await stage.bot.stop()
            await asyncio.to_thread(grow, url, count)
            yield stage


def grow(url: str, count: int) -> None:
    copies = CopiedExports(url)
    copies.copy(copies.record(whole=True), range(count), finished_long_ago)
    if not url.startswith("sqlite"):
        # Postgres' own housekeeping does it in time; an SQLite file is never analyzed.
        copies.analyze()
    copies.close()


def finished_long_ago(row: Values, number: int) -> Values:
    """Somebody's export of some day in the last three months; DBOS counts milliseconds, our table seconds."""
    back = (number * 7919 % (DAYS * 1440)) * DAY_MS // 1440
    moments = {key: row[key] - back for key in DBOS_MOMENTS if key in row}
    moments |= {key: row[key] - back / 1000 for key in OUR_MOMENTS if key in row}
    return row | moments | {key: somebody(row[key], number % OTHERS) for key in PEOPLE if key in row}


def somebody(person: str, number: int) -> str:
    """One of the fifty; the first is the one whose export was copied."""
    return f"{person}{number:02d}" if number else person


async def seconds_to_start(stage: Stage) -> float:
    if stage.bot.is_running:
        await stage.bot.stop()
    return await ready_seconds(stage)


async def seconds_to_first_home(stage: Stage) -> float:
    """Just after a start."""
    await seconds_to_start(stage)
    return await seconds_to_home(stage)


async def seconds_to_usage(stage: Stage) -> float:
    """Just after a start, until the Home tab shows what the workspace has made in this month."""
    await seconds_to_start(stage)
    started = time.monotonic()
    await stage.slack.person(ANA).open_home()
    shown: list[Call] = []

    def is_shown() -> bool:
        shown.extend(call for call in calls_since(stage, started, "views.publish") if USAGE in str(call.arguments))
        return bool(shown)

    await stage.slack.until(is_shown, what="the month's usage")
    return shown[0].at - started


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


async def seconds_to_metrics(stage: Stage) -> float:
    await asyncio.sleep(METRICS_LOOK)
    async with aiohttp.ClientSession() as http:
        started = time.monotonic()
        async with http.get(f"{stage.bot.url}/metrics") as answer:
            await answer.read()
        return time.monotonic() - started


async def cpu_of_export(stage: Stage) -> float:
    """The CPU seconds of one export from the form to the video."""
    before = cpu_seconds(stage.bot.pid or 0)
    await until_video(stage, await make_video(stage, script=f"One more, {time.time()}."))
    return cpu_seconds(stage.bot.pid or 0) - before


async def bytes_in_memory(stage: Stage) -> float:
    return memory(stage.bot.pid or 0)


SURFACES = (
    Surface("start", seconds_to_start, rounds=5),
    Surface("month's usage shown after a start", seconds_to_usage, rounds=3),
    Surface("first Home after a start", seconds_to_first_home, rounds=5),
    Surface("Home", seconds_to_home, rounds=25),
    Surface("/avatar list", seconds_to_list, rounds=25),
    Surface("/metrics", seconds_to_metrics, rounds=7),
    Surface("CPU of an export", cpu_of_export, rounds=7),
    Surface("memory", bytes_in_memory, rounds=1, unit="MB", scale=1 / MEGABYTE),
)
