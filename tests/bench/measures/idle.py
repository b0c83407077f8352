"""What idling costs on SQLite, as a share of a core, beside DBOS alone with one queue, in the same minutes.

Three bots idle side by side with DBOS alone: with nobody waiting, with exports that were submitted to that very
process, and with exports that it has recovered. AI Studios has their addresses and is silent.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.demo.stage import Stage
from tests.bench.copied_exports import CopiedExports
from tests.bench.machine import share_of_core
from tests.bench.measures.waiting import settled
from tests.bench.report import Findings, Row
from tests.bench.scene import Size, queued, record_waiting, scratch, stage_for, toy
from tests.scenarios.scene import submit

MOST_BESIDE = 1.0
# Points of a core more than with nobody waiting.
MOST_SUBMITTED, MOST_RECOVERED = 0.023, 0.010
FORMS_AT_ONCE = 4
PATIENCE = 900.0


async def measure(size: Size) -> Findings:
    submitted, recovered = size.pick(400, 50), size.pick(1000, 200)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(scratch())
        bare = await stack.enter_async_context(toy("engine", str(folder / "toy.db")))
        stages = {
            "nobody waiting": await stack.enter_async_context(empty()),
            f"{submitted} submitted": await stack.enter_async_context(with_submitted(submitted)),
            f"{recovered:,} recovered": await stack.enter_async_context(with_recovered(recovered)),
        }
        pids = [bare.pid, *(stage.bot.pid or 0 for stage in stages.values())]
        await asyncio.gather(*(settled(pid) for pid in pids))
        beside, *shares = await asyncio.gather(*(share_of_core(pid, size.pick(180, 30)) for pid in pids))
    return Findings(rows(beside, dict(zip(stages, shares, strict=True))))


def rows(bare: float, shares: dict[str, float]) -> list[Row]:
    (_, nobody), (submitted, with_them), (recovered, with_those) = shares.items()
    return [
        Row(
            "idle, SQLite, nobody waiting",
            "DBOS alone with one queue",
            f"≤ {MOST_BESIDE:.1f} ×",
            f"{nobody / bare:.2f} ×: {nobody:.2%} of a core beside {bare:.2%}",
            nobody <= bare * MOST_BESIDE,
        ),
        more_row(submitted, with_them, nobody, MOST_SUBMITTED),
        more_row(recovered, with_those, nobody, MOST_RECOVERED),
    ]


def more_row(what: str, share: float, nobody: float, most: float) -> Row:
    measured = f"{(share - nobody) * 100:.2f} points more: {share:.2%} of a core beside {nobody:.2%}"
    target = f"≤ {most * 100:.1f} points more"
    return Row(f"idle, SQLite, {what}", "nobody waiting", target, measured, share - nobody <= most)


@asynccontextmanager
async def empty() -> AsyncIterator[Stage]:
    with scratch() as folder:
        async with stage_for(folder) as stage:
            yield stage


@asynccontextmanager
async def with_submitted(exports: int) -> AsyncIterator[Stage]:
    """The forms go to the process that is watched."""
    with scratch() as folder:
        async with stage_for(folder) as stage:
            stage.studio.hold()
            turns = asyncio.Semaphore(FORMS_AT_ONCE)

            async def submit_one(number: int) -> None:
                async with turns:
                    await submit(stage, script=f"Number {number} is waiting.")

            await asyncio.gather(*(submit_one(number) for number in range(exports)))
            await stage.studio.until(
                lambda: len(stage.studio.billed) == exports, timeout=PATIENCE, what=f"{exports} exports at AI Studios"
            )
            yield stage


@asynccontextmanager
async def with_recovered(exports: int) -> AsyncIterator[Stage]:
    """An earlier process left them."""
    with scratch() as folder:
        url = f"sqlite:///{folder / 'avatar-bot.db'}"
        async with stage_for(folder) as stage:
            record, copies = await record_waiting(stage, url), CopiedExports(url)
            copies.copy(record, range(exports), queued)
            await stage.bot.start()
            await copies.until(lambda: copies.count("PENDING") == exports, what=f"{exports} exports wait")
            copies.close()
            yield stage
