"""Slack has bad hours: calls are repeated when they must be, and nothing is shown twice."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from bot.demo.slack import Call
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    make_video,
    mentions,
    quickly_staged,
    replies,
    text_of,
    until_announced,
    until_submitted,
    until_told,
    until_video,
    until_webhook_is_live,
    videos,
)

CALLS = (
    "conversations.info",
    "chat.postMessage",
    "files.getUploadURLExternal",
    "upload",
    "files.completeUploadExternal",
)
TROUBLES: dict[str, dict[str, Any]] = {
    "429": {"retry_after": 1},
    "500": {"status": 500},
    "503": {"status": 503, "error": "service_unavailable"},
    "lost before": {"drop": "before"},
    "lost after": {"drop": "after"},
}


def is_shown_once(stage: Stage) -> bool:
    """One root, and in its thread one progress reply and one video that mentions."""
    (root,) = stage.slack.messages("C0GENERAL")
    progress, *others = replies(stage, root)
    return not progress.files and others == videos(stage, root) == mentions(stage, root) and len(others) == 1


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
async def test_every_call_may_fail_once(tmp_path: Path, trouble: dict[str, Any]) -> None:
    """Each kind of call fails once in the same way: the video arrives, and nothing stands there twice."""
    async with quickly_staged(tmp_path) as stage:
        for method in CALLS:
            stage.slack.faults.add(method, **trouble)
        root = await make_video(stage)
        await until_video(stage, root)
        assert is_shown_once(stage)
        assert len(stage.studio.billed) == 1


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
async def test_the_outcome_lands_though_edits_fail(tmp_path: Path, trouble: dict[str, Any]) -> None:
    """However edits fail, the last state of reply and root is shown in the end."""
    async with quickly_staged(tmp_path) as stage:
        stage.slack.faults.add("chat.update", times=4, **trouble)
        root = await make_video(stage)
        await until_video(stage, root)
        assert is_shown_once(stage)


async def test_a_reply_whose_answer_was_lost_is_not_posted_again(tmp_path: Path) -> None:
    """Slack posted the progress reply but its answer got lost: the bot finds it and goes on with it."""
    async with quickly_staged(tmp_path) as stage:
        stage.slack.faults.add("chat.postMessage", after=1, drop="after")
        await until_video(stage, await make_video(stage))
        assert is_shown_once(stage)


async def test_a_mention_whose_answer_was_lost_is_not_posted_again(tmp_path: Path) -> None:
    """Slack posted the mention of a failure but its answer got lost: the person is not mentioned twice."""
    async with quickly_staged(tmp_path) as stage:
        stage.slack.faults.add("chat.postMessage", after=2, drop="after")
        stage.studio.faults.add("/simple/custom", error=(4000, "No"))
        root = await make_video(stage)
        await until_told(stage, root)
        assert len(mentions(stage, root)) == 1
        assert len(replies(stage, root)) == 2


async def test_a_video_that_slack_is_slow_to_show_is_not_announced_as_refused(tmp_path: Path) -> None:
    """The answer to the last step of an upload got lost and Slack takes its time to show the file: the video comes
    once, and nobody is told that it was refused."""
    async with quickly_staged(tmp_path) as stage:
        stage.slack.workspace.share_delay = 4
        stage.slack.faults.add("files.completeUploadExternal", drop="after")
        root = await make_video(stage)
        await until_video(stage, root)
        assert is_shown_once(stage)


async def test_the_bot_waits_as_long_as_slack_asks(tmp_path: Path) -> None:
    """After a 429 the same method is not called before Retry-After is over."""
    async with quickly_staged(tmp_path) as stage:
        for method in ("chat.postMessage", "files.completeUploadExternal"):
            stage.slack.faults.add(method, retry_after=2)
        await until_video(stage, await make_video(stage))
        for method in ("chat.postMessage", "files.completeUploadExternal"):
            assert waited(stage.slack.calls_to(method)) >= 2


def waited(calls: list[Call]) -> float:
    """The seconds from a 429 to the next call of the same method."""
    return next(later.at - one.at for one, later in itertools.pairwise(calls) if one.status == 429)


async def test_a_channel_that_is_archived_in_mid_render_loses_nothing(tmp_path: Path) -> None:
    """When the place is gone at the end, the person gets the outcome and the link as a direct message."""
    async with quickly_staged(tmp_path) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        await until_webhook_is_live(stage, root)
        stage.slack.world.channels["C0GENERAL"].is_archived = True
        stage.studio.release()
        told = await until_announced(stage, place="D0APPANA1")
        assert f"{stage.studio.base_url}/videos/{await until_submitted(stage)}.mp4" in text_of(told)


async def test_a_bot_that_is_removed_in_mid_render_tells_the_person(tmp_path: Path) -> None:
    """When the bot is taken out of the channel while it renders, the person gets the link as a direct message."""
    async with quickly_staged(tmp_path) as stage:
        stage.studio.hold()
        root = await make_video(stage, place="C0STUDIO1")
        await until_webhook_is_live(stage, root)
        stage.slack.world.channels["C0STUDIO1"].members.discard(stage.slack.world.bot_user_id)
        stage.studio.release()
        told = await until_announced(stage, place="D0APPANA1")
        assert ANA in told.text
        assert f"{stage.studio.base_url}/videos/{await until_submitted(stage)}.mp4" in text_of(told)
