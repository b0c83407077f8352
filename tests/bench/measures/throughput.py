"""Exports per hour through one process, and through two and three on one Postgres: from the queue to the video.

Forms are left out: the exports are put into the queue a few at a time, as people would, and so many are kept under way
that nobody waits for work. What is counted lies between the moment when so many are under way and the last that is put
in.

What binds on two cores: the CPU of the bots, a quarter of a second for each export on a busy machine. The work is
shared evenly, each process looks into the queue every half second. A burst within that half second goes to the one that
looks first: the engine has no limit on how many are taken at a look, and its limit on how many a process has under way
would count those that only wait for AI Studios.

Where a bot's CPU goes (perf, py-spy, CPU of each thread; with DBOS's own messages): a quarter is the event loop:
Slack's calls, AI Studios', and the answers of threads. The rest is DBOS in its threads: 2 to 4 ms for a step (4
statements, 2 transactions). Of its Python 60 % is SQLAlchemy, which builds the same statements and their cache keys
anew. SQLite itself is 4 % of the whole, the kernel 17 %; collecting garbage, logging, JSON and the compiling of
statements are at most 3 % each. A wait for a message of DBOS's cost 5 to 12 ms more (11 statements, 5 transactions),
once for each webhook; in the mailbox an export listens a handful of times.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.demo.process import BotProcess, free_port
from bot.demo.stage import Stage, bot_settings
from tests.bench.copied_exports import COPIES, LOOK_SECONDS, STEPS, CopiedExports, Record
from tests.bench.machine import busy_seconds, cpu_seconds, cpu_seconds_of_family, parent_of
from tests.bench.report import Findings, Plot, Row
from tests.bench.scene import Size, database, queued, record_waiting, scratch, stage_for

LEAST = 2.2
# When so much of what others leave of the cores is at work here, the cores are what binds.
FULL = 0.9
ENOUGH_CORES = 4
# When others take more of the cores than that in any of the runs, the runs cannot be compared.
QUIET = 0.1
REPLICAS = (1, 2, 3)
HOUR = 3600
UNDER_WAY = 60
# So many are put into the queue at a time: each look of each process meets some.
AT_ONCE = 3
PATIENCE = 900.0
# With a limit, even one that nobody meets, the queue is looked into every half second.
NO_LIMIT = "1000"
# In a rush some webhooks are told to come later, which the local AI Studios, like the real one, need not do.
POLL_SECONDS = "5"


async def measure(size: Size) -> Findings:
    exports, rounds = size.pick(600, 200), size.pick(3, 1)
    with scratch() as folder, database("Postgres", folder) as url:
        async with stage_for(folder, settings={"DATABASE_URL": url, "POLL_SECONDS": POLL_SECONDS}) as stage:
            record = unbegun(await record_waiting(stage, url))
            stage.studio.release()
            runs: dict[int, list[Run]] = {replicas: [] for replicas in REPLICAS}
            for _ in range(rounds):
                for replicas in REPLICAS:
                    runs[replicas].append(await one_run(stage, folder, url, record, exports, replicas))
    return findings({replicas: in_the_middle(found) for replicas, found in runs.items()})


@dataclass(frozen=True)
class Reading:
    """What the clock, the copies and the machine say at a moment: seconds, and exports that have ended."""

    at: float
    ended: int
    busy: float
    bots: float
    postgres: float
    here: float

    @property
    def ours(self) -> float:
        return self.bots + self.postgres + self.here

    @property
    def others(self) -> float:
        return self.busy - self.ours


@dataclass(frozen=True)
class Run:
    """What happened between two readings; `shares` are the exports that each process has made."""

    begin: Reading
    end: Reading
    shares: Sequence[int]

    @property
    def seconds(self) -> float:
        return self.end.at - self.begin.at

    @property
    def exports(self) -> int:
        return self.end.ended - self.begin.ended

    @property
    def per_hour(self) -> float:
        return self.exports / self.seconds * HOUR

    def cores(self, whose: str) -> float:
        """How many cores worked for one of the parts of a reading."""
        spent: float = getattr(self.end, whose) - getattr(self.begin, whose)
        return spent / self.seconds


def in_the_middle(runs: Sequence[Run]) -> Run:
    return sorted(runs, key=lambda run: run.per_hour)[len(runs) // 2]


def findings(runs: dict[int, Run]) -> Findings:
    cores = os.cpu_count() or 1
    curve = [(float(replicas), run.per_hour) for replicas, run in runs.items()]
    plot = Plot("throughput", f"Exports per hour on {cores} cores", "processes", "exports/h", {"Postgres": curve})
    return Findings([*(row(replicas, run, cores) for replicas, run in runs.items()), verdict(runs, cores)], [plot])


def row(replicas: int, run: Run, cores: int) -> Row:
    """How fast, how the work was shared, and who had the cores."""
    of_all = [f"{share / sum(run.shares):.0%}" for share in run.shares]
    measured = f"{run.per_hour:,.0f}, made by each: {', '.join(of_all)}; {whose_cores(run, cores)}"
    return Row(f"exports per hour, processes: {replicas}, Postgres", "", "", measured, None)


def whose_cores(run: Run, cores: int) -> str:
    parts = {"bots": "bots", "Postgres": "postgres", "servers and bench": "here", "others": "others"}
    named = ", ".join(f"{name} {run.cores(whose):.2f}" for name, whose in parts.items())
    return f"of {cores} cores {run.cores('busy'):.2f} work: {named}"


def verdict(runs: dict[int, Run], cores: int) -> Row:
    one, three = runs[min(runs)], runs[max(runs)]
    ratio, is_full = three.per_hour / one.per_hour, three.cores("ours") >= FULL * (cores - three.cores("others"))
    is_ours = max(run.cores("others") for run in runs.values()) <= QUIET * cores
    each = f"{three.cores('bots') * three.seconds / three.exports * 1000:.0f} ms CPU of the bots for each export"
    binds = f"all {cores} cores are full" if is_full else f"the {cores} cores are not full, something else binds"
    doubt = "" if is_ours else "; others were at work here, so that this says little"
    measured = f"{ratio:.2f} × on {cores} cores: {one.per_hour:,.0f} → {three.per_hour:,.0f}; {binds}; {each}{doubt}"
    target = f"≥ {LEAST} × on {ENOUGH_CORES} cores, or what binds on fewer"
    is_met = ratio >= LEAST or (is_full and cores < ENOUGH_CORES)
    return Row(
        "exports per hour, from one process to three on Postgres", "", target, measured, is_met if is_ours else None
    )


def unbegun(record: Record) -> Record:
    """The same export before its first step."""
    return Record(record.id, {**record.rows, STEPS: []})


async def one_run(stage: Stage, folder: Path, url: str, record: Record, exports: int, replicas: int) -> Run:
    copies = CopiedExports(url)
    copies.delete(COPIES)
    postgres = parent_of(copies.server())
    async with replicas_on(stage, folder, url, replicas) as bots:
        pids = [bot.pid or 0 for bot in bots]
        await fed(copies, record, range(UNDER_WAY))
        begin = reading(copies, pids, postgres)
        await fed(copies, record, range(UNDER_WAY, exports))
        end = reading(copies, pids, postgres)
        await until_ended(copies, exports)
    shares = copies.shares()
    copies.close()
    return Run(begin, end, shares)


async def fed(copies: CopiedExports, record: Record, numbers: range) -> None:
    """Puts exports into the queue, as long as no more than UNDER_WAY have not ended."""
    for start in range(numbers.start, numbers.stop, AT_ONCE):
        few = range(start, min(start + AT_ONCE, numbers.stop))
        await until_ended(copies, few.stop - UNDER_WAY)
        await asyncio.to_thread(copies.copy, record, few, queued)
        await asyncio.sleep(LOOK_SECONDS)


async def until_ended(copies: CopiedExports, exports: int) -> None:
    await copies.until(lambda: copies.count("SUCCESS") >= exports, what=f"{exports} exports end", seconds=PATIENCE)


def reading(copies: CopiedExports, pids: Sequence[int], postgres: int) -> Reading:
    return Reading(
        at=time.monotonic(),
        ended=copies.count("SUCCESS"),
        busy=busy_seconds(),
        bots=sum(map(cpu_seconds, pids)),
        postgres=cpu_seconds_of_family(postgres),
        here=time.process_time(),
    )


@asynccontextmanager
async def replicas_on(stage: Stage, folder: Path, url: str, replicas: int) -> AsyncIterator[Sequence[BotProcess]]:
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
        "MAX_CONCURRENT_EXPORTS": NO_LIMIT,
    }
    return BotProcess(settings, folder=folder, log_name=f"bot-{number}.log")
