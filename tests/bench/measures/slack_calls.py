"""Slack's calls for one export of which AI Studios tells a hundred times, from the command to the video.

It is of a person whom the bot knows; whom it doesn't, it asks Slack about once an hour.
What bound: an edit every three seconds, as often as Slack allows it. Now an edit says that the video is being made,
one comes at 30 %, one at 100 %, and where nothing was shown for five minutes one more. The other calls are the form,
whether the bot may post (asked for the form, and before the announcement), two postings, the upload, and two edits
with the outcome.
"""

from collections import Counter

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.bench.report import Findings, Row
from tests.bench.scene import Size, scratch, stage_for
from tests.scenarios.scene import make_video, open_form, replies, text_of, until_video

MOST = 12
WEBHOOKS = 100


async def measure(size: Size) -> Findings:
    seconds = size.pick(100, 20)
    with scratch() as folder:
        async with stage_for(folder, slack={"time_scale": 1}, studio={"render_seconds": float(seconds)}) as stage:
            await open_form(stage)
            before = len(stage.slack.calls)
            stage.studio.faults.progress_script = [float(percent) for percent in range(1, WEBHOOKS + 1)]
            root = await make_video(stage)
            await until_video(stage, root, seconds=seconds + 60)
            return Findings([row(stage, root, before, seconds)])


def row(stage: Stage, root: Message, before: int, seconds: int) -> Row:
    calls = stage.slack.calls[before:]
    reply = replies(stage, root)[0]
    ends = text_of(root).startswith("✅") and text_of(reply).startswith("✅")
    counts = Counter(call.method for call in calls)
    measured = f"{len(calls)}, of them {counts['chat.update']} edits; the last state {'is' if ends else 'is not'} shown"
    what = f"Slack calls for one export with {WEBHOOKS} webhooks in {seconds} s"
    return Row(what, "", f"≤ {MOST} in all", measured, len(calls) <= MOST and ends)
