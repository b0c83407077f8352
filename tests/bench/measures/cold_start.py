"""From the start of the process to /readyz, beside importing the dependencies alone; and until all exports move.

What binds: importing is four fifths of a start. Of the CPU of 1,000 recovered exports (py-spy --gil) a tenth was the
engine's recovery, which put one workflow after the other back into its queue with a commit each; another tenth its look
for messages of each waiter by itself; a sixth asking for each recorded step by itself, most of it SQLAlchemy building
the statement. For each export threads were switched some 150 times, thirty-two of them waiting for two connections.
Since they are resumed in bulk, their steps are read in bulk, one query looks for all messages, and eight threads do the
work, it is 5 to 6 s of CPU where it was 13, and at a load of 5 9 s where it was 19 to 22. What is left is mostly taking
the news (recv_setup, recv_consume: 40 %), the event loop (30 %), and three commits of 1.6 ms each.
"""

import asyncio
import sys
import time

from bot.demo.stage import Stage
from bot.engine.serializer import JsonSerializer
from bot.exports.models import Progress
from bot.exports.workflow.registration import NEWS
from tests.bench.copied_exports import COPIES, Ledger, Record, Values, as_it_was
from tests.bench.machine import Measure, in_turn
from tests.bench.report import Findings, Row
from tests.bench.scene import Size, ready_seconds, record_waiting, scratch, stage_for

MOST = 1.5
MOST_RECOVERING = 10.0
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
    """From the start of the process until each has taken the news that came while nobody was there."""
    refill(url, record, exports)
    ledger = Ledger(url)
    started = time.monotonic()
    await stage.bot.launch()
    await ledger.until(lambda: ledger.unheard() == 0, what="all exports move")
    seconds = time.monotonic() - started
    ledger.close()
    await stage.bot.stop()
    return seconds


def refill(url: str, record: Record, exports: int) -> None:
    """So many exports under way as a killed process leaves them, each with news that nobody has taken yet."""
    ledger = Ledger(url)
    ledger.delete(COPIES)
    unheard = Record(record.id, {**record.rows, "notifications": [news_for(record.id)]})
    ledger.copy(unheard, range(exports), as_it_was)
    ledger.close()


def news_for(export_id: str) -> Values:
    """A webhook that said 50, as the engine keeps it."""
    now = time.time()
    return {
        "message_uuid": f"{export_id}:50::{export_id}",
        "destination_uuid": export_id,
        "topic": NEWS,
        "message": JsonSerializer().serialize(Progress(at=now, progress=50)),
        "created_at_epoch_ms": int(now * 1000),
        "serialization": JsonSerializer().name(),
        "consumed": False,
        "consumed_by_function_id": None,
    }
