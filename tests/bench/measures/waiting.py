"""What it costs to wait for many videos while nothing happens: share of a core, and memory for each.

AI Studios has the bot's address and is silent; nobody is asked (POLL_SECONDS is an hour), so that only waiting counts.

What bound where they waited for DBOS's own messages: it asks for each of them, about 0.2 ms on SQLite at every look,
and 2 ms on Postgres once a minute: 2,000 took 9.7 % of a core where nobody waiting took 3.7 %. In the mailbox one
query asks for all. With the default POLL_SECONDS of 15, AI Studios is asked as well; what that costs is not measured
here.

What a waiting export holds (tracemalloc, some 20 KB in 200 pieces): the engine's coroutines, contexts and its copy of
the row 10 KB, the export's stored models 3 KB, our own coroutines 2 KB, an event with its lock and deque 2 KB. Beside
that some 5 KB are holes in the allocators' pages, probably from the recovery of many at once (not tried otherwise).
10,000 on Postgres, once: 6.6 % of a core, 29.7 KB each, and six minutes until they were at rest.
"""

from bot.demo.stage import Stage
from tests.bench.copied_exports import CopiedExports
from tests.bench.machine import memory, share_of_core
from tests.bench.report import Findings, Plot, Points, Row
from tests.bench.scene import Size, database, queued, record_waiting, scratch, stage_for

MOST_SHARE = 0.10
MOST_BYTES = 20_000
SETTLE_SECONDS = 3.0
# Ten thousand take six minutes until all have read their history; on a busy machine nothing may ever settle.
LONGEST_SETTLING = 240
UNSETTLED = 1.25
BUSY = 0.2
# So many looks in a row have to be alike: while histories are read, two may be by chance.
ALIKE = 2


async def measure(size: Size) -> Findings:
    # What is looked for seldom (bot/engine/mailbox.py) is to be in it.
    watched = 60.0 if not size.quick else 30.0
    embedded = await curve("SQLite", [0, 100, 300, 1000], watched)
    counts = [0, 1000, 3000, 10_000] if not size.quick else [0, 300, 1000, 2000]
    shared = await curve("Postgres", counts, watched)
    rows = [row("SQLite", embedded, None), row("Postgres", shared, MOST_BYTES)]
    return Findings(rows, [shares(embedded, shared)])


def row(kind: str, points: dict[int, tuple[float, int]], most_bytes: int | None) -> Row:
    most = max(points)
    share, used = points[most]
    each = (used - points[0][1]) / most
    met = share <= MOST_SHARE and (most_bytes is None or each <= most_bytes)
    target = "≤ 10 % of a core" + (f", ≤ {most_bytes // 1000} KB each" if most_bytes else "")
    measured = f"{share:.1%} of a core (with none {points[0][0]:.1%}), {each / 1000:.0f} KB each"
    return Row(f"waiting for {most:,} videos, idle, {kind}", "", target, measured, met)


def shares(embedded: dict[int, tuple[float, int]], shared: dict[int, tuple[float, int]]) -> Plot:
    def points(found: dict[int, tuple[float, int]]) -> Points:
        return [(count, share * 100) for count, (share, _) in found.items() if count]

    curves = {"SQLite": points(embedded), "Postgres": points(shared)}
    return Plot("waiting", "Waiting for videos, idle", "exports that wait", "% of a core", curves)


async def curve(kind: str, counts: list[int], watched: float) -> dict[int, tuple[float, int]]:
    """By how many exports wait: the share of a core, and the bytes in memory."""
    with scratch() as folder, database(kind, folder) as url:
        async with stage_for(folder, settings={"DATABASE_URL": url}) as stage:
            record = await record_waiting(stage, url)
            copies = CopiedExports(url)
            found, there = {}, 0
            for count in counts:
                copies.copy(record, range(there, count), queued)
                there = count
                found[count] = await waited(stage, copies, count, watched)
            copies.close()
            return found


async def waited(stage: Stage, copies: CopiedExports, count: int, watched: float) -> tuple[float, int]:
    """Starts the bot over so many exports, and watches it once it is at rest."""
    await stage.bot.start()
    await copies.until(lambda: copies.count("PENDING") == count, what=f"{count} exports wait")
    pid = stage.bot.pid or 0
    await settled(pid)
    found = await share_of_core(pid, watched), memory(pid)
    await stage.bot.stop()
    return found


async def settled(pid: int) -> None:
    """Until the process no longer works less and less: all histories are read."""
    before, alike = await share_of_core(pid, SETTLE_SECONDS), 0
    for _ in range(LONGEST_SETTLING):
        now = await share_of_core(pid, SETTLE_SECONDS)
        alike = alike + 1 if now < BUSY and before / UNSETTLED < now < before * UNSETTLED else 0
        if alike == ALIKE:
            return
        before = now
