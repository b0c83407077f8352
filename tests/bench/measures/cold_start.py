"""From the start of the process to /readyz, beside importing the dependencies alone; and until all exports move.

What binds: importing is four fifths of a start. What bound in 1,000 recovered exports with DBOS's own recovery and
messages (py-spy --gil): a tenth of the CPU was putting one workflow after the other back into its queue with a commit
each; another tenth the look for messages of each by itself; a sixth asking for each recorded step by itself, most of
it SQLAlchemy building the statement. For each export threads were switched some 150 times, thirty-two of them waiting
for two connections.
"""

import asyncio
import sys
import time

from bot.demo.stage import Stage
from bot.engine.serializer import JsonSerializer
from bot.exports.messages import PROGRESS
from bot.exports.models import STORED_TYPES, Progress
from tests.bench.copied_exports import COPIES, MAILBOX, CopiedExports, Record, Values, as_it_was
from tests.bench.machine import Measure, in_turn
from tests.bench.report import Findings, Row
from tests.bench.scene import Size, ready_seconds, record_waiting, scratch, stage_for

MOST = 1.5
MOST_RECOVERING = 15.0
# What a bot cannot do without: the engine and its database, both ways to Slack, AI Studios, and the settings.
DEPENDENCIES = (
    *("aiohttp.web", "dbos", "psycopg", "sqlalchemy", "httpx", "pydantic_settings"),
    *("slack_bolt.async_app", "slack_bolt.adapter.aiohttp", "slack_sdk.web.async_client"),
)


async def measure(size: Size) -> Findings:
    exports = 1000
    with scratch() as folder:
        url = f"sqlite:///{folder / 'avatar-bot.db'}"
        async with stage_for(folder) as stage:
            record = await record_waiting(stage, url)
            rounds = size.pick(10, 4)
            empty, imports = await in_turn(rounds, starting(stage), importing)
            filled, again = await in_turn(rounds // 2, recovering(stage, url, record, exports), importing)
            moving = await seconds_until_all_move(stage, url, record, exports)
    rows = [
        row("cold start to ready, empty", empty.median / imports.median, empty.text(" s", digits=2), imports.median),
        row(
            f"cold start to ready, {exports:,} exports to recover",
            filled.median / again.median,
            filled.text(" s", digits=2),
            again.median,
        ),
        Row(
            f"until all {exports:,} move again, SQLite",
            "",
            f"≤ {MOST_RECOVERING:.0f} s",
            f"{moving:.1f} s",
            moving <= MOST_RECOVERING,
        ),
    ]
    return Findings(rows)


def row(what: str, ratio: float, took: str, beside: float) -> Row:
    measured = f"{ratio:.2f} ×: {took} beside {beside:.2f} s"
    return Row(what, "importing the dependencies", f"≤ {MOST} ×", measured, ratio <= MOST)


def starting(stage: Stage) -> Measure:
    async def once() -> float:
        seconds = await ready_seconds(stage)
        await stage.bot.stop()
        return seconds

    return once


async def importing() -> float:
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", f"import {', '.join(DEPENDENCIES)}")
    await process.wait()
    return time.monotonic() - started


def recovering(stage: Stage, url: str, record: Record, exports: int) -> Measure:
    """Starts over so many exports that were under way when an earlier process was killed."""

    async def once() -> float:
        refill(url, record, exports)
        seconds = await ready_seconds(stage)
        await stage.bot.kill()
        return seconds

    return once


async def seconds_until_all_move(stage: Stage, url: str, record: Record, exports: int) -> float:
    """From the start of the process until each has been handed the progress that came while nobody was there."""
    refill(url, record, exports)
    copies = CopiedExports(url)
    started = time.monotonic()
    await stage.bot.launch()
    await copies.until(lambda: copies.moved(record) == exports, what="all exports move")
    seconds = time.monotonic() - started
    copies.close()
    await stage.bot.stop()
    return seconds


def refill(url: str, record: Record, exports: int) -> None:
    """So many exports under way as a killed process leaves them, each with a message that it has not been handed."""
    copies = CopiedExports(url)
    copies.delete(COPIES)
    unheard = Record(record.id, {**record.rows, MAILBOX: [message_to(record.id)]})
    copies.copy(unheard, range(exports), as_it_was)
    copies.close()


def message_to(export_id: str) -> Values:
    """A webhook that said 50, as the mailbox keeps it."""
    body = JsonSerializer(STORED_TYPES).serialize(Progress(at=time.time(), progress=50))
    return {"recipient": export_id, "topic": PROGRESS, "body": body}
