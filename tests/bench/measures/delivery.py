"""From the webhook at 100 to the edit and the upload call, on the embedded store, beside the same in memory.

The toy has the bot's own clients and makes the same calls; what it lacks is DBOS, which writes everything down.

What bound where the export waited for DBOS's own messages: their poll, every 0.25 s. A webhook that wakes the export at
once (`bot/engine/mailbox.py`) took the difference from 129 to 36 ms in runs on the same busy machine.
"""

import time

import aiohttp

from bot.demo.stage import APP_ID, BOT_TOKEN, USER_KEY, Stage
from tests.bench.machine import Measure, in_turn
from tests.bench.report import Findings, Row, milliseconds
from tests.bench.scene import Size, calls_since, finish, scratch, stage_for, toy
from tests.scenarios.scene import ANA, GENERAL, OLIVIA, make_video, replies, until_submitted, until_taken

MOST_MORE = 0.050


async def measure(size: Size) -> Findings:
    with scratch() as folder:
        async with stage_for(folder) as stage:
            stage.studio.hold()
            arguments = (stage.slack.api_url, BOT_TOKEN, stage.studio.base_url, APP_ID, USER_KEY)
            async with toy("delivery", *arguments) as beside, aiohttp.ClientSession() as http:
                sides = by_the_bot(stage), by_the_toy(stage, beside.url, http)
                await in_turn(2, *sides)
                ours, least = await in_turn(size.pick(40, 12), *sides)
    more = ours.median - least.median
    measured = f"{more * 1000:.0f} ms more: {milliseconds(ours)} beside {milliseconds(least)}"
    target = f"p50 ≤ {MOST_MORE * 1000:.0f} ms more"
    what = "webhook at 100 → edit and upload call sent, SQLite"
    return Findings([Row(what, "the same in memory", target, measured, more <= MOST_MORE)])


def by_the_bot(stage: Stage) -> Measure:
    count = iter(range(1_000_000))

    async def once() -> float:
        script = f"Number {next(count)} is waiting to be told."
        root = await make_video(stage, script=script)
        await until_taken(stage, root)
        return await seconds_to_upload(stage, await until_submitted(stage, script))

    return once


def by_the_toy(stage: Stage, address: str, http: aiohttp.ClientSession) -> Measure:
    async def once() -> float:
        roots = [message for message in stage.slack.messages(GENERAL) if ANA in message.text or message.blocks]
        reply = replies(stage, roots[0])[0]
        facts = {"script": "The toy's own.", "model": OLIVIA, "channel": GENERAL, "ts": reply.ts}
        async with http.post(f"{address}/begin", json=facts) as answer:
            project_id = (await answer.json())["project_id"]
        return await seconds_to_upload(stage, project_id)

    return once


async def seconds_to_upload(stage: Stage, project_id: str) -> float:
    """From the webhook that says 100 until Slack has been asked for both."""
    project = stage.studio.projects[project_id]
    await finish(stage, project)
    started = time.monotonic()
    await stage.studio.send_webhook(project_id, 100)
    methods = ("chat.update", "files.getUploadURLExternal")
    await stage.slack.until(
        lambda: all(calls_since(stage, started, method) for method in methods), what="the edit and the upload"
    )
    return max(calls_since(stage, started, method)[0].at for method in methods) - started
