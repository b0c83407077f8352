"""Webhooks taken in per second, each kept before it is answered, beside aiohttp with one commit for each.

What bound where each webhook was a message of DBOS's: a third of the work was the sending (a thread and a transaction
for each), two thirds were the exports that took the messages up in the same process, some 7 ms of a core each. On
Postgres, too, hardly any of it was Postgres: 32 threads waited for the interpreter's lock, which the event loop gives
up at every send and every HMAC. In the mailbox calls that come together share a commit, and the exports are handed
the newest progress when there is time: a call costs 0.35 to 0.5 ms of a core, which aiohttp, the log's line and the
address's proof share. In a flood that lasts, 20 exports a second are handed messages, and are what takes the rest.
"""

import asyncio
import time
from collections.abc import Iterator

import aiohttp

from bot.demo.stage import Stage
from tests.bench.copied_exports import CopiedExports, copy_id
from tests.bench.machine import Measure, in_turn, until_at_rest
from tests.bench.report import Findings, Row, Sample
from tests.bench.scene import Size, database, queued, record_waiting, scratch, stage_for, toy, webhook_of

LEAST = 0.8
AT_ONCE = 32
ROUNDS = 6
# Of one export a webhook's progress is its own only between 1 and 99.
PER_EXPORT = 50


async def measure(size: Size) -> Findings:
    return Findings([row for kind in ("SQLite", "Postgres") for row in await measured_on(kind, size)])


async def measured_on(kind: str, size: Size) -> list[Row]:
    calls = size.pick(1000, 300)
    exports = -(-calls * (ROUNDS + 1) // PER_EXPORT)
    with scratch() as folder, database(kind, folder) as url:
        async with stage_for(folder, settings={"DATABASE_URL": url}) as stage:
            record = await record_waiting(stage, url)
            copies = CopiedExports(url)
            copies.copy(record, range(exports), queued)
            await stage.bot.start()
            await copies.until(lambda: copies.count("PENDING") == exports, what="all exports wait")
            place = str(folder / "toy.db") if kind == "SQLite" else url
            calls_left = webhook_calls(stage, exports)
            async with toy("webhooks", place) as bare, connections() as http:
                until_rest: list[float] = []
                pid = stage.bot.pid or 0
                sides = to_the_bot(http, calls_left, calls, pid, until_rest), to_the_toy(http, bare.url, calls)
                await in_turn(1, *sides)
                ours, least = await in_turn(ROUNDS, *sides)
            copies.close()
    ratio = ours.median / least.median
    beside = f"aiohttp + one {'commit (WAL)' if kind == 'SQLite' else 'insert'} each"
    measured = f"{ratio:.2f} ×: {ours.text('/s', digits=0)} beside {least.text('/s', digits=0)}"
    rest = Sample(until_rest).text(" s")
    return [
        Row(f"webhooks taken in, {kind}", beside, f"≥ {LEAST} ×", measured, ratio >= LEAST),
        Row(f"then, until the bot is at rest, {kind}", f"{calls} calls", "", rest, None),
    ]


def connections() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE))


def webhook_calls(stage: Stage, exports: int) -> Iterator[tuple[str, int]]:
    """Address and progress of one webhook after the other, none of them twice, each of another export."""
    addresses = [webhook_of(stage, copy_id(number)) for number in range(exports)]
    for progress in range(1, PER_EXPORT + 1):
        for address in addresses:
            yield address, progress


def to_the_bot(
    http: aiohttp.ClientSession, calls_left: Iterator[tuple[str, int]], calls: int, pid: int, until_rest: list[float]
) -> Measure:
    """Calls per second. How long (seconds) the bot then works on is kept apart."""

    async def once() -> float:
        rate = await per_second(http, [next(calls_left) for _ in range(calls)])
        until_rest.append(await until_at_rest(pid))
        return rate

    return once


def to_the_toy(http: aiohttp.ClientSession, address: str, calls: int) -> Measure:
    async def once() -> float:
        return await per_second(http, [(f"{address}/webhook", number % 99) for number in range(calls)])

    return once


async def per_second(http: aiohttp.ClientSession, calls: list[tuple[str, int]]) -> float:
    async def call(address: str, progress: int) -> None:
        async with http.post(address, json={"progress": progress, "backendTaskId": "0123456789ab"}) as answer:
            answer.raise_for_status()

    started = time.monotonic()
    await asyncio.gather(*(call(*one) for one in calls))
    return len(calls) / (time.monotonic() - started)
