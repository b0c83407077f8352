"""The scenes that benches play: the real bot in a process of its own, and toys that do one thing only."""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Container, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.demo.aistudios import Project
from bot.demo.process import START_SECONDS, free_port
from bot.demo.slack.web_api.server import Call
from bot.demo.stage import SIGNING_SECRET, Stage
from bot.exports.webhook_addresses import WebhookAddresses
from bot.exports.workflow.queue import QUEUE
from bot.settings import webhook_key_from
from tests.bench.copied_exports import CopiedExports, Record, Values
from tests.scenarios import postgres
from tests.scenarios.scene import make_video, quickly_staged, until_submitted, until_true

# So long without news that the bot asks nobody while a bench runs.
NEVER = "3600"
# Slack's minutes pass so fast that its rate limits are out of the way: no bench is about them.
FAST = 100_000
READY_LOOK = 0.01

Settings = Mapping[str, str | None]


@dataclass(frozen=True)
class Size:
    """How much a bench does."""

    quick: bool

    def pick(self, full: int, quick: int) -> int:
        return quick if self.quick else full


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="avatar-bot-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database: a file, or one on a Postgres server of its own."""
    if kind == "SQLite":
        yield f"sqlite:///{folder / 'avatar-bot.db'}"
        return
    programs = postgres.binaries()
    if programs is None:
        raise FileNotFoundError("/usr/lib/postgresql/*/bin is missing")
    with postgres.serving(programs) as server:
        yield postgres.new_database(programs, server, "avatar_bot")


@asynccontextmanager
async def stage_for(
    folder: Path,
    *,
    settings: Settings | None = None,
    slack: Mapping[str, Any] | None = None,
    studio: Mapping[str, Any] | None = None,
    start: bool = True,
) -> AsyncIterator[Stage]:
    """The bot as operators run it with webhooks, on a file unless the settings name another database."""
    given = {"POLL_SECONDS": NEVER, **(settings or {})}
    limits = {"time_scale": FAST, **(slack or {})}
    async with quickly_staged(folder, settings=given, slack=limits, studio=studio, start=start) as stage:
        yield stage


def webhook_of(stage: Stage, export_id: str) -> str:
    """The address at which AI Studios would tell of an export."""
    return str(WebhookAddresses(webhook_key_from(SIGNING_SECRET), stage.bot.url).url(export_id))


async def record_waiting(stage: Stage, url: str) -> Record:
    """Plays one export until it listens for webhooks, and stops the bot; the export is gone from the database."""
    stage.studio.hold()
    await make_video(stage, script="This one is waiting.")
    await until_submitted(stage, "This one is waiting.")
    copies = CopiedExports(url)
    try:
        await asyncio.sleep(1)
        await stage.bot.stop()
        record = copies.record(whole=False)
        copies.delete(record.id)
        return record
    finally:
        copies.close()


def queued(row: Values, number: int) -> Values:
    """A copy that any process takes up from the queue; `number` only keeps the order."""
    if "begun_at" in row:
        return row
    begun = {"started_at_epoch_ms": None, "owner_xid": None, "recovery_attempts": 0, "executor_id": None}
    return row | begun | {"status": "ENQUEUED", "queue_name": QUEUE, "created_at": row["created_at"] + number}


async def ready_seconds(stage: Stage) -> float:
    """Starts the bot; gives the seconds from the start of its process until /readyz says 200."""
    started = time.monotonic()
    await stage.bot.launch()
    await until_answers(f"{stage.bot.url}/readyz", {200})
    return time.monotonic() - started


@dataclass(frozen=True)
class Toy:
    """A process that does one thing only, and where it listens."""

    url: str
    pid: int


@asynccontextmanager
async def toy(name: str, *arguments: str) -> AsyncIterator[Toy]:
    """`tests/bench/toys/<name>.py` in a process of its own, on a free port."""
    port = free_port()
    command = [sys.executable, "-m", f"tests.bench.toys.{name}", str(port), *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    try:
        await until_answers(f"http://127.0.0.1:{port}/", {200, 404, 405})
        yield Toy(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.kill()
        await process.wait()


async def finish(stage: Stage, project: Project) -> None:
    """The render has ended, and nobody has been told yet."""

    async def is_made() -> bool:
        return project.video is not None

    await until_true(is_made, what="the video's file")
    project.state, project.progress, project.credit = "exported", 100.0, 1
    project.download_url = f"{stage.studio.base_url}/videos/{project.id}.mp4"


def calls_since(stage: Stage, moment: float, method: str) -> Sequence[Call]:
    """Slack's calls of one method since then (monotonic seconds)."""
    return [call for call in stage.slack.calls[-200:] if call.method == method and call.at >= moment]


async def until_answers(url: str, statuses: Container[int]) -> None:
    """Asks until the answer is one of these. Raises TimeoutError."""
    async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as http:
        status = 0
        while status not in statuses:
            await asyncio.sleep(READY_LOOK)
            status = await _status(http, url)


async def _status(http: aiohttp.ClientSession, url: str) -> int:
    try:
        async with http.get(url) as answer:
            return answer.status
    except aiohttp.ClientError:
        return 0
