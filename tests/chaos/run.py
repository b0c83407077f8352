"""Chaos: many exports while processes are killed and servers fail; then the table of what was promised and kept.

`python -m tests.chaos.run` is the size that CI runs; `--exports 5000` is the full one. The same seed gives the same
requests and the same random choices, though not the same timing.
"""

import argparse
import asyncio
import logging
import shutil
import struct
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.demo.slack import LocalSlack
from bot.demo.stage import Stage, bot_settings, staged
from bot.demo.video import VideoFacts, short_video
from tests.chaos.disruptions import Disruptions
from tests.chaos.evidence import keep_evidence
from tests.chaos.findings import Findings, examine
from tests.chaos.load_balancer import LoadBalancer
from tests.chaos.people import People
from tests.chaos.plan import Plan, Request, requests
from tests.chaos.replicas import Replicas
from tests.chaos.run_database import RunDatabase, database_for
from tests.chaos.threads import Threads

RENDER_SECONDS = 3.0
# Short, so that the twenty looks for a lost export, and with them a run, end soon.
POLL_SECONDS = 0.5
# Slack's rate limits count by the minute; here a minute passes in a second.
TIME_SCALE = 60.0
TOKEN_SECONDS = 20.0
# So long nothing at all may come to its end, once nothing breaks any more, until the rest counts as unfinished.
PATIENCE = 120.0
LOOK_SECONDS = 0.2
QUIET_SECONDS = 3.0


async def run(plan: Plan, folder: Path) -> Findings:
    """One whole run. What broke a promise is written down in the folder, beside the bots' logs."""
    with database_for(plan, folder) as database:
        async with _scene(plan, folder, database) as (stage, replicas):
            threads, wanted = Threads(stage.slack), requests(plan)
            disruptions = Disruptions(plan, stage, replicas, database.restart)
            await _play(stage, People(plan, stage.slack, threads), disruptions, threads, wanted)
            findings = Findings(
                plan, examine(stage, wanted, threads), replicas.kills, replicas.ended_by_themselves, disruptions.struck
            )
            keep_evidence(findings, stage, threads, folder)
            return findings


@asynccontextmanager
async def _scene(plan: Plan, folder: Path, database: RunDatabase) -> AsyncIterator[tuple[Stage, Replicas]]:
    """The local servers, the replicas, and the balancer between them."""
    slack = {"time_scale": TIME_SCALE}
    studio = {"render": video_with_script, "render_seconds": RENDER_SECONDS, "token_seconds": TOKEN_SECONDS}
    replicas = Replicas(folder, plan.replicas, plan.dice("replicas"))
    async with (
        staged(folder, start=False, slack=slack, studio=studio) as stage,
        LoadBalancer(replicas.addresses, plan.dice("balancer")) as balancer,
    ):
        stage.slack.request_url = f"{balancer.url}/slack/events"
        settings = {
            **bot_settings(stage.slack, stage.studio),
            "PUBLIC_URL": balancer.url,
            "DATABASE_URL": database.url,
            "POLL_SECONDS": str(POLL_SECONDS),
        }
        async with replicas.running(settings):
            yield stage, replicas


async def _play(
    stage: Stage, people: People, disruptions: Disruptions, threads: Threads, wanted: Sequence[Request]
) -> None:
    """People ask while things break; then the disruptions end, and what is under way may finish."""
    answering = asyncio.create_task(people.answer_questions(wanted))
    disrupting = asyncio.create_task(disruptions.run())
    try:
        await people.ask_for(wanted)
        await _cancelled(disrupting)
        await _until_ended(threads, wanted)
        await _until_quiet(stage.slack)
    finally:
        await _cancelled(disrupting)
        await _cancelled(answering)


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Ends a task that would go on for ever; raises what ended it before."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _until_ended(threads: Threads, wanted: Sequence[Request]) -> None:
    """Waits for as long as threads come to their end."""
    open_requests, moved_at = list(wanted), time.monotonic()
    while open_requests and time.monotonic() - moved_at < PATIENCE:
        await asyncio.sleep(LOOK_SECONDS)
        threads.look()
        still_open = [request for request in open_requests if not threads.show_end_of(request)]
        if len(still_open) < len(open_requests):
            moved_at = time.monotonic()
        open_requests = still_open


async def _until_quiet(slack: LocalSlack) -> None:
    """Waits until the bot has nothing more to say, so that what it says too much is counted."""
    calls = -1
    while calls != len(slack.calls):
        calls = len(slack.calls)
        await asyncio.sleep(QUIET_SECONDS)


def video_with_script(path: Path, *, script: str, speaker: str, language: str, resolution: str = "1080") -> VideoFacts:
    """A tiny video that carries its script in a `free` box, which players skip (ISO/IEC 14496-12, 8.1.2)."""
    facts = short_video(path, script=script, speaker=speaker, language=language, resolution=resolution)
    words = script.encode()
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", 8 + len(words), b"free") + words)
    return facts


def _plan(arguments: Sequence[str] | None) -> Plan:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.run", description=__doc__)
    parser.add_argument("--exports", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--replicas", type=int, help="processes; SQLite takes one (default: 3 on Postgres)")
    parser.add_argument("--seconds", type=float, default=0.0, help="how long people go on asking (default: by size)")
    given = parser.parse_args(arguments)
    replicas = given.replicas or (3 if given.database == "postgres" else 1)
    return Plan(given.exports, given.seed, given.database, replicas, given.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    plan, folder = _plan(arguments), Path(tempfile.mkdtemp(prefix="avatar-bot-chaos-"))
    logging.basicConfig(filename=folder / "servers.log")
    started = time.monotonic()
    findings = asyncio.run(run(plan, folder))
    print(findings.table())
    print(f"{time.monotonic() - started:.0f} s")
    if findings.holds:
        shutil.rmtree(folder)
        return 0
    print(f"a promise was broken; the evidence and the logs are in {folder}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
