"""Slack has bad hours: calls are repeated when they must be, and nothing is shown twice."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.demo.slack import Call, Message
from bot.demo.stage import Stage, read_manifest
from tests.scenarios.scene import (
    ANA,
    bills,
    make_video,
    mentions,
    methods,
    quickly_staged,
    replies,
    submit,
    text_of,
    until_notified,
    until_video,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLS = (
    "conversations.info",
    "chat.postMessage",
    "files.getUploadURLExternal",
    "upload",
    "files.completeUploadExternal",
)
TROUBLES: dict[str, dict[str, Any]] = {
    "429": {"retry_after": 1},
    "503": {"status": 503, "error": "service_unavailable"},
    "lost after": {"drop": "after"},
}


def is_shown_once(stage: Stage, root: Message, script: str) -> bool:
    """One announcement, and in its thread one progress reply and one video that mentions."""
    announced = [message for message in stage.slack.messages(root.channel) if script in text_of(message)]
    progress, *others = replies(stage, root)
    shown = others == videos(stage, root) == mentions(stage, root) and len(others) == 1
    return announced == [root] and not progress.files and shown


@pytest.mark.long
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
async def test_every_call_may_fail_once(stage: Stage, script: str, trouble: dict[str, Any]) -> None:
    """Each kind of call fails once in the same way: the video arrives, and nothing stands there twice."""
    for method in CALLS:
        stage.slack.faults.add(method, **trouble)
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    assert is_shown_once(stage, root, script)
    assert bills(stage, script) == 1


@pytest.mark.long
@pytest.mark.parametrize("trouble", ["429", "lost after"])
async def test_the_outcome_lands_though_edits_fail(stage: Stage, script: str, trouble: str) -> None:
    """However edits fail, the last state of reply and root is shown in the end."""
    stage.slack.faults.add("chat.update", times=4, **TROUBLES[trouble])
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    assert is_shown_once(stage, root, script)


async def test_a_reply_whose_answer_was_lost_is_not_posted_again(stage: Stage, script: str) -> None:
    """Slack posted the progress reply but its answer got lost: the bot finds it and goes on with it."""
    stage.slack.faults.add("chat.postMessage", after=1, drop="after")
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    assert is_shown_once(stage, root, script)


async def test_a_mention_whose_answer_was_lost_is_not_posted_again(stage: Stage, script: str) -> None:
    """Slack posted the mention of a failure but its answer got lost: the person is not mentioned twice."""
    stage.slack.faults.add("chat.postMessage", after=2, drop="after")
    stage.studio.faults.add("/simple/custom", error=(4000, "No"))
    root = await make_video(stage, script=script)
    await until_notified(stage, root)
    assert len(mentions(stage, root)) == 1
    assert len(replies(stage, root)) == 2


async def test_a_video_that_slack_is_slow_to_show_is_not_shown_twice(stage: Stage, script: str) -> None:
    """The answer to the last step of an upload got lost and Slack takes its time to show the file: the video comes
    once, and nobody is told that it was refused."""
    with slow_to_share(stage, seconds=3):
        stage.slack.faults.add("files.completeUploadExternal", drop="after")
        root = await make_video(stage, script=script)
        await until_video(stage, root)
        assert is_shown_once(stage, root, script)


@contextmanager
def slow_to_share(stage: Stage, *, seconds: float) -> Iterator[None]:
    """Slack processes files for so long before it shows them."""
    usual, stage.slack.workspace.share_delay = stage.slack.workspace.share_delay, seconds
    yield
    stage.slack.workspace.share_delay = usual


async def test_the_bot_waits_as_long_as_slack_asks(stage: Stage) -> None:
    """After a 429 the same method is not called before Retry-After is over."""
    before = len(stage.slack.calls)
    for method in ("chat.postMessage", "files.completeUploadExternal"):
        stage.slack.faults.add(method, retry_after=2)
    await until_video(stage, await make_video(stage))
    for method in ("chat.postMessage", "files.completeUploadExternal"):
        assert waited([call for call in stage.slack.calls[before:] if call.method == method]) >= 2


def waited(calls: list[Call]) -> float:
    """The seconds from a 429 to the next call of the same method."""
    return next(later.at - one.at for one, later in itertools.pairwise(calls) if one.status == 429)


async def test_a_video_is_not_shown_twice_where_the_bot_cannot_read(tmp_path: Path, script: str) -> None:
    """Without the scopes for messages, and with a lost answer, the file itself tells where it is shown."""
    manifest = read_manifest()
    scopes = manifest["oauth_config"]["scopes"]
    scopes["bot"] = [scope for scope in scopes["bot"] if not scope.endswith(":history")]
    async with quickly_staged(tmp_path, slack={"manifest": manifest, "time_scale": 60}) as stage:
        stage.slack.faults.add("files.completeUploadExternal", drop="after")
        root = await make_video(stage, script=script)
        await until_video(stage, root)
        assert methods(stage).count("files.completeUploadExternal") == 1
        assert is_shown_once(stage, root, script)


REVOKED = "Please tell whoever installed the bot"


async def test_a_revoked_token_is_no_question_of_the_place(stage: Stage, script: str) -> None:
    """When Slack does not let the bot in at all, form and log name Slack's word for it, and the form who can help."""
    stage.slack.faults.add("conversations.info", error="token_revoked")
    refused = await submit(stage, script=script)
    assert REVOKED in refused.errors["place"]
    assert "token_revoked" in refused.errors["place"]
    assert "/invite" not in refused.errors["place"]
    assert "Slack does not let the bot do this (token_revoked)" in (stage.folder / "bot.log").read_text(
        encoding="utf-8"
    )


async def test_a_missing_scope_is_no_question_of_the_place(stage: Stage, script: str) -> None:
    """When the bot may not post, the person hears directly who can help, instead of to choose another place."""
    known = len(stage.slack.world.direct_message(ANA).messages)
    stage.slack.faults.add("chat.postMessage", error="missing_scope")
    await submit(stage, script=script)

    def told() -> list[Message]:
        return list(stage.slack.world.direct_message(ANA).messages.values())[known:]

    (message,) = await stage.slack.until(told, what="a direct message")
    assert REVOKED in text_of(message)
    assert "choose another place" not in text_of(message)
    assert bills(stage, script) == 0
