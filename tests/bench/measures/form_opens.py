"""From `/avatar` to `views.open`, beside a ten-line Bolt app that opens the same form.

Both check the signature and answer over loopback; what is timed is from Slack's request to Slack's being called.

What bound: the bot looked in the engine's history for what this person used last, 2.2 of the 3.4 ms that it took before
its call (SQLAlchemy and a thread's switch, most of it). On a file that is remembered now; where several share Postgres
it is still looked up. Bolt asks one listener after the other whether a request is theirs, so the command comes first.
What is left beside the toy is 0.35 ms: naming the workspace, its client, the words of the form, and the counters.
"""

import asyncio
import json
import time

from bot.demo.slack.web_api.server import Call
from bot.demo.stage import BOT_TOKEN, SIGNING_SECRET, Stage
from tests.bench.machine import Measure, in_turn
from tests.bench.report import Findings, Row, milliseconds
from tests.bench.scene import Size, calls_since, scratch, stage_for, toy
from tests.scenarios.scene import ANA, make_video, until_video

MOST = 1.10
WARM = 10
# After the form the bot asks for the avatar's picture; neither side is to meet what the other has left to do (seconds).
REST = 0.05


async def measure(size: Size) -> Findings:
    with scratch() as folder:
        async with stage_for(folder) as stage:
            # Somebody who has made a video before: that one is looked up for the form.
            await until_video(stage, await make_video(stage))
            view = folder / "view.json"
            view.write_text(json.dumps(stage.slack.calls_to("views.open")[-1].arguments["view"]), encoding="utf-8")
            async with toy("form", stage.slack.api_url, BOT_TOKEN, SIGNING_SECRET, str(view)) as beside:
                sides = opens(stage, f"{stage.bot.url}/slack/events"), opens(stage, f"{beside.url}/slack/events")
                await in_turn(WARM, *sides)
                ours, least = await in_turn(size.pick(300, 60), *sides)
    ratio = ours.median / least.median
    measured = f"{ratio:.2f} ×: {milliseconds(ours)} beside {milliseconds(least)}"
    return Findings(
        [
            Row(
                "`/avatar` received → `views.open` sent",
                "a ten-line Bolt app",
                f"≤ {MOST:.2f} ×",
                measured,
                ratio <= MOST,
            )
        ]
    )


def opens(stage: Stage, request_url: str) -> Measure:
    """Types the command once; the seconds until the app at that address asks Slack to open the form."""

    async def once() -> float:
        await asyncio.sleep(REST)
        stage.slack.request_url = request_url
        started = time.monotonic()
        reply = await stage.slack.person(ANA).slash_command("/avatar")
        if reply.error:
            raise RuntimeError(f"the command was not taken: {reply.error}")
        call = await opened(stage, started)
        return call.at - started

    return once


async def opened(stage: Stage, since: float) -> Call:
    found = await stage.slack.until(lambda: calls_since(stage, since, "views.open"), what="a call of views.open")
    return found[0]
