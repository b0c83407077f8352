"""What a finished export leaves in the database: rows, and bytes with their share of the indexes.

An export is played with so many webhooks, six seconds apart by the bot's own clocks, and finished. Then it is copied a
thousand times, and what the database has grown by is divided among the copies.
"""

import asyncio
from dataclasses import dataclass

from bot.demo.aistudios import Project
from bot.demo.stage import Stage
from tests.bench.copied_exports import MAILBOX, STEPS, CopiedExports, as_it_was
from tests.bench.report import Findings, Row
from tests.bench.scene import NEVER, Size, database, finish, scratch, stage_for
from tests.scenarios.clocks import Clocks
from tests.scenarios.scene import make_video, until_submitted, until_taken, until_video

WEBHOOKS = (4, 100)
MOST_BYTES = 15_000
COPIES = 1000
APART_SECONDS = 6.0
SCRIPT = "This one hears many webhooks."
# What is left to do after a webhook has been answered, such as an edit (seconds).
REST = 0.1
LONGEST_END = 30.0


@dataclass(frozen=True)
class Left:
    """What one export has left."""

    rows: int
    steps: int
    messages: int
    bytes: float


async def measure(size: Size) -> Findings:
    copies = size.pick(COPIES, COPIES // 4)
    return Findings(
        [
            row(kind, webhooks, await left_by(kind, webhooks, copies))
            for kind in ("SQLite", "Postgres")
            for webhooks in WEBHOOKS
        ]
    )


def row(kind: str, webhooks: int, left: Left) -> Row:
    measured = (
        f"{left.bytes / 1000:.1f} KB in {left.rows} rows, {left.steps} of them steps, {left.messages} of them messages"
    )
    return Row(
        f"a finished export that heard {webhooks} webhooks leaves, {kind}",
        "",
        f"≤ {MOST_BYTES // 1000} KB, no messages",
        measured,
        left.bytes <= MOST_BYTES and not left.messages,
    )


async def left_by(kind: str, webhooks: int, copies: int) -> Left:
    with scratch() as folder, database(kind, folder) as url:
        clocks = Clocks(folder / "clocks")
        settings = {**clocks.settings, "DATABASE_URL": url, "POLL_SECONDS": NEVER}
        async with stage_for(folder, settings=settings) as stage:
            await play(stage, clocks, webhooks)
            await until_all_ended(url)
            await stage.bot.stop()
        return await asyncio.to_thread(measured, url, copies)


async def play(stage: Stage, clocks: Clocks, webhooks: int) -> None:
    """The last webhook says that it is done."""
    stage.studio.hold()
    root = await make_video(stage, script=SCRIPT)
    await until_taken(stage, root)
    project: Project = stage.studio.projects[await until_submitted(stage, SCRIPT)]
    for number in range(1, webhooks):
        clocks.pass_time(APART_SECONDS)
        await stage.studio.send_webhook(project.id, number * 100 // webhooks)
        await asyncio.sleep(REST)
    await finish(stage, project)
    await stage.studio.send_webhook(project.id, 100)
    await until_video(stage, root)


async def until_all_ended(url: str) -> None:
    """The workflow's last steps come after the video."""
    copies = CopiedExports(url)
    await copies.until(lambda: not copies.count_unfinished(), what="the end of the workflows", seconds=LONGEST_END)
    copies.close()


def measured(url: str, number: int) -> Left:
    copies = CopiedExports(url)
    record = copies.record(whole=True)
    before = copies.bytes_used()
    copies.copy(record, range(number), as_it_was)
    after = copies.bytes_used()
    copies.close()
    return Left(
        rows=sum(map(len, record.rows.values())),
        steps=len(record.rows[STEPS]),
        messages=len(record.rows[MAILBOX]),
        bytes=(after - before) / number,
    )
