"""Exports per hour through one process, and through three on one Postgres: from the line to the video in the thread.

Forms are left out: the exports are put into the line all at once, as if approved together.

What binds on two cores: an export takes 0.18 s of CPU of the bots and 0.025 s of the local servers, so that one process
fills a core, and three share two with Postgres and this bench. And a queue without limits gives all that is in line to
the process that looks first, so that a burst like this one is not spread.

Where a bot's CPU goes (perf, py-spy, CPU of each thread): a whole export with its form and ten webhooks takes 0.2 s on
SQLite, 0.3 s on Postgres. A quarter is the event loop: Slack's calls, AI Studios', and the answers of threads. The rest
is the engine in its threads: 2 to 4 ms for a step (4 statements, 2 transactions), and 5 to 12 ms for a wait for news
(11 statements, 5 transactions), of which an export has two and one more for each webhook. Of the Python of a wait, 60 %
is SQLAlchemy, which builds the same statements and their cache keys anew. SQLite itself is 4 % of the whole, the kernel
17 %; collecting garbage, logging, JSON and the compiling of statements are at most 3 % each.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.demo.process import BotProcess, free_port
from bot.demo.stage import Stage, bot_settings
from tests.bench.ledger import COPIES, Ledger, Record
from tests.bench.machine import cpu_seconds
from tests.bench.report import Findings, Plot, Row, Sample
from tests.bench.scene import WEBHOOK_SECRET, Size, database, in_line, record_waiting, scratch, stage_for

LEAST = 2.2
REPLICAS = (1, 2, 3)
HOUR = 3600
# In a burst some webhooks are told to come later, which the local AI Studios, like the real one, need not do.
POLL_SECONDS = "5"


async def measure(size: Size) -> Findings:
    exports, rounds = size.pick(300, 60), size.pick(3, 1)
    with scratch() as folder, database("Postgres", folder) as url:
        async with stage_for(folder, settings={"DATABASE_URL": url, "POLL_SECONDS": POLL_SECONDS}) as stage:
            record = unbegun(await record_waiting(stage, url))
            stage.studio.release()
            runs: dict[int, list[Run]] = {replicas: [] for replicas in REPLICAS}
            for _ in range(rounds):
                for replicas in REPLICAS:
                    runs[replicas].append(await one_run(stage, folder, url, record, exports, replicas))
    return findings(runs)


class Run:
    """Exports per hour, and the CPU seconds that one export took of the bots and of the local servers."""

    def __init__(self, exports: int, seconds: float, of_bots: float, of_servers: float) -> None:
        self.per_hour = exports / seconds * HOUR
        self.of_bots = of_bots / exports
        self.of_servers = of_servers / exports


def findings(runs: dict[int, list[Run]]) -> Findings:
    rates = {replicas: Sample([run.per_hour for run in found]) for replicas, found in runs.items()}
    ratio, cores = rates[3].median / rates[1].median, os.cpu_count() or 1
    bots, servers = (Sample([getattr(run, who) for run in runs[3]]).median for who in ("of_bots", "of_servers"))
    measured = (
        f"{ratio:.2f} × on {cores} cores: {rates[1].median:,.0f} → {rates[3].median:,.0f}; "
        f"CPU for each: bots {bots * 1000:.0f} ms, local Slack and AI Studios {servers * 1000:.0f} ms"
    )
    what, target = "exports per hour, from one process to three on Postgres", f"≥ {LEAST} × on 4 cores"
    points = [(float(replicas), sample.median) for replicas, sample in rates.items()]
    plot = Plot("throughput", f"Exports per hour on {cores} cores", "processes", "exports/h", {"Postgres": points})
    return Findings([Row(what, "", target, measured, ratio >= LEAST if cores >= 4 or ratio >= LEAST else None)], [plot])


def unbegun(record: Record) -> Record:
    """The same export before its first step."""
    return Record(record.id, {**record.rows, "operation_outputs": [], "notifications": []})


async def one_run(stage: Stage, folder: Path, url: str, record: Record, exports: int, replicas: int) -> Run:
    ledger = Ledger(url)
    ledger.delete(COPIES)
    async with fleet(stage, folder, url, replicas) as bots:
        pids = [bot.pid or 0 for bot in bots]
        before, servers, started = sum(map(cpu_seconds, pids)), time.process_time(), time.monotonic()
        await asyncio.to_thread(ledger.copy, record, range(exports), in_line)
        await ledger.until(lambda: ledger.count("SUCCESS") == exports, what="all exports end", seconds=900)
        seconds = time.monotonic() - started
        run = Run(exports, seconds, sum(map(cpu_seconds, pids)) - before, time.process_time() - servers)
    ledger.close()
    return run


@asynccontextmanager
async def fleet(stage: Stage, folder: Path, url: str, replicas: int) -> AsyncIterator[Sequence[BotProcess]]:
    """So many bots on one database."""
    async with AsyncExitStack() as stack:
        bots = [replica(stage, folder, url, number) for number in range(replicas)]
        for bot in bots:
            stack.push_async_callback(bot.stop)
            await bot.start()
        yield bots


def replica(stage: Stage, folder: Path, url: str, number: int) -> BotProcess:
    port = free_port()
    settings = {
        **bot_settings(stage.slack, stage.studio),
        "DATABASE_URL": url,
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "POLL_SECONDS": POLL_SECONDS,
        "WEBHOOK_SECRET": WEBHOOK_SECRET,
    }
    return BotProcess(settings, folder=folder, log_name=f"bot-{number}.log")
