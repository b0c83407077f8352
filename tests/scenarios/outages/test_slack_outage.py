"""Slack is away for hours: what was under way waits, calls seldom, and ends in its thread as it should."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.demo.slack import Message
from bot.demo.slack.web_api import METHODS
from bot.demo.stage import Stage
from tests.scenarios.clocks import Clocks, staged_in_time
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    PATIENCE,
    answers,
    bills,
    make_video,
    mentions,
    open_form,
    replies,
    text_of,
    until_announced,
    until_submitted,
    until_taken,
    until_true,
    until_video,
    videos,
)

HOURS = 2
SCRIPT = "This one outlives the outage."


@dataclass(frozen=True)
class Outage:
    """How Slack refuses; in what steps (seconds) time passes, at each of which a bot that does not wait would call; and
    how many calls the bot may make in an hour."""

    refusal: Mapping[str, Any]
    step: float
    most_calls_an_hour: int


# One call a minute and those before the pauses had grown; or one after each Retry-After and those of the beginning.
OUTAGES = {"503": Outage({"status": 503}, 50, 70), "429": Outage({"retry_after": 3600}, 600, 4)}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.long,
    pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES.keys()),
]


def refuse_everything(stage: Stage, outage: Outage) -> None:
    for method in [*METHODS, "upload"]:
        stage.slack.faults.add(method, times=None, **outage.refusal)


async def until_quiet(stage: Stage) -> None:
    """Until the bot calls nobody, so that time does not pass in the middle of a call."""
    calls = -1

    async def quiet() -> bool:
        nonlocal calls
        before, calls = calls, len(stage.slack.calls) + len(stage.studio.calls)
        return calls == before

    await until_true(quiet, what="a bot that calls nobody")


async def outlast(stage: Stage, clocks: Clocks, outage: Outage) -> None:
    """Hours of the outage, with few calls; then Slack works again, and time passes until the bot finds that out."""
    before, billed = len(stage.slack.calls), bills(stage, SCRIPT)
    for _ in range(int(HOURS * 3600 / outage.step)):
        clocks.pass_time(outage.step)
        await until_quiet(stage)
    assert bills(stage, SCRIPT) == billed
    assert 0 < len(stage.slack.calls) - before <= outage.most_calls_an_hour * HOURS
    stage.slack.faults.clear()
    before = len(stage.slack.calls)
    while len(stage.slack.calls) == before:
        clocks.pass_time(outage.step)
        await until_quiet(stage)


def announced(stage: Stage) -> list[Message]:
    return [message for message in stage.slack.messages(GENERAL) if SCRIPT in text_of(message)]


async def is_there_once(stage: Stage, root: Message) -> bool:
    """One announcement, in its thread one progress reply and one video that mentions, and one bill."""
    await until_video(stage, root, seconds=2 * PATIENCE)
    _, *others = replies(stage, root)
    once = others == videos(stage, root) == mentions(stage, root) and len(others) == 1
    return once and announced(stage) == [root] and bills(stage, SCRIPT) == 1


async def test_an_outage_before_the_announcement_is_sat_out(tmp_path: Path, outage: Outage) -> None:
    """Slack goes away while the form is filled in and takes the submission alone: nothing is spent meanwhile, and
    after hours all comes as usual."""
    async with staged_in_time(tmp_path) as (stage, clocks):
        view = await open_form(stage)
        filled = await answers(stage, view, SCRIPT)
        refuse_everything(stage, outage)
        submission = await stage.slack.person(ANA).submit(view, filled)
        assert submission.closed
        await outlast(stage, clocks, outage)
        assert await is_there_once(stage, await until_announced(stage, SCRIPT))


async def test_an_outage_when_the_video_is_ready_is_sat_out(tmp_path: Path, outage: Outage) -> None:
    """Slack goes away in mid-render and the video is ready: after hours it comes, once."""
    async with staged_in_time(tmp_path) as (stage, clocks):
        stage.studio.hold()
        root = await make_video(stage, script=SCRIPT)
        await until_taken(stage, root)
        refuse_everything(stage, outage)
        stage.studio.release()
        project = stage.studio.projects[await until_submitted(stage, SCRIPT)]
        await stage.studio.until(lambda: project.state == "exported", what="the end of the render")
        await outlast(stage, clocks, outage)
        assert await is_there_once(stage, root)
