"""AI Studios refuses, is busy, or does not give the video: the person is told, in plain words, and mentioned once."""

from pathlib import Path

import pytest

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    bills,
    edits_of,
    make_video,
    mentions,
    methods,
    quickly_staged,
    replies,
    text_of,
    until_notified,
    until_says,
    until_submitted,
    until_video,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNLISTED = "67da28f034b05ae2e4385a2b"


async def test_a_rejection_is_told_in_ai_studios_own_words(stage: Stage, script: str) -> None:
    """When AI Studios refuses, the person reads its words and that nothing was spent, once; root and reply agree."""
    stage.studio.faults.add("/simple/custom", error=(4000, "The plan has no credits left"))
    root = await make_video(stage, script=script)
    told = await until_notified(stage, root)
    assert "The plan has no credits left" in told
    assert "nothing was spent" in told
    assert text_of(root).startswith("⚠️")
    await until_says(stage, replies(stage, root)[0], "⚠️ This attempt ended without a video.")
    said = "\n".join(text_of(message) for message in (root, *replies(stage, root)))
    assert said.count("The plan has no credits left") == said.count("didn't accept the request") == 1
    assert len(mentions(stage, root)) == 1
    assert bills(stage, script) == 0


@pytest.mark.parametrize("status", [400, 403])
async def test_a_rejection_may_come_with_any_status(stage: Stage, status: int) -> None:
    """A refusal that AI Studios sends with an HTTP status of its own is a refusal all the same."""
    stage.studio.faults.add("/simple/custom", status=status, error=("E_NO", "No such avatar"))
    told = await until_notified(stage, await make_video(stage))
    assert "No such avatar" in told


async def test_a_wrong_key_is_told_as_such(tmp_path: Path) -> None:
    """With credentials that AI Studios refuses, the person is told whom to ask, and never sees the key."""
    async with quickly_staged(tmp_path, settings={"AISTUDIOS_USER_KEY": "wrong-user-key"}) as stage:
        told = await until_notified(stage, await make_video(stage, model=UNLISTED))
        assert "whoever installed the bot" in told
        assert "wrong-user-key" not in str(stage.slack.calls)


async def test_an_expired_token_is_renewed(stage: Stage, script: str) -> None:
    """A token that AI Studios no longer knows is replaced; the person notices nothing."""
    stage.studio.revoke_tokens()
    await until_video(stage, await make_video(stage, script=script))
    assert bills(stage, script) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_ai_studios_is_asked_again(stage: Stage, script: str, status: int) -> None:
    """When AI Studios is busy, the thread says that nothing was spent yet, and the video is made later."""
    stage.studio.faults.add("/simple/custom", status=status, retry_after=1)
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    assert any("busy" in words for words in edits_of(replies(stage, root)[0]))
    assert bills(stage, script) == 1


async def test_videos_that_cannot_be_fetched_at_first_are_fetched_again(stage: Stage, script: str) -> None:
    """A refused, missing or broken-off download is tried again, and each thread gets its whole video once."""
    disturbed = [stage.studio.faults.add("/videos", status=status) for status in (403, 404, 503)]
    disturbed.append(stage.studio.faults.add("/videos", truncate=True))
    scripts = [f"{script} ({number})" for number in range(len(disturbed))]
    roots = [await make_video(stage, script=one) for one in scripts]
    for root, one in zip(roots, scripts, strict=True):
        await until_video(stage, root)
        assert uploaded(stage, root, one)
        assert len(videos(stage, root)) == len(mentions(stage, root)) == 1
    assert [fault.hits for fault in disturbed] == [1] * len(disturbed)


async def test_a_video_of_unknown_length_is_uploaded(stage: Stage, script: str) -> None:
    """A download that does not tell its length comes into the thread like any other."""
    stage.studio.faults.add("/videos", without_length=True)
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    assert uploaded(stage, root, script)


def uploaded(stage: Stage, root: Message, script: str) -> bool:
    """Whether the file in the thread is, byte for byte, the rendered one."""
    (video,) = (project.video for project in stage.studio.projects.values() if project.request.text == script)
    (file,) = videos(stage, root)[0].files
    assert video is not None
    return file.path.read_bytes() == video.read_bytes()


async def test_a_video_that_is_too_large_becomes_a_link(tmp_path: Path) -> None:
    """Over MAX_UPLOAD_MB, told beforehand or not, the person is mentioned with the link and the reason; nothing is
    uploaded."""
    async with quickly_staged(tmp_path, settings={"MAX_UPLOAD_MB": "0.001"}) as stage:
        for script in ("With a length.", "Without a length."):
            root = await make_video(stage, script=script)
            told = await until_notified(stage, root)
            assert "too large" in told
            assert f"{stage.studio.base_url}/videos/{await until_submitted(stage, script)}.mp4" in told
            assert len(mentions(stage, root)) == 1
            stage.studio.faults.add("/videos", without_length=True)
        assert "files.getUploadURLExternal" not in methods(stage)


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_an_upload_that_slack_refuses_becomes_a_link(stage: Stage, method: str) -> None:
    """When the workspace takes no files, the person is mentioned with the link and Slack's reason."""
    stage.slack.faults.add(method, times=None, error="file_uploads_disabled")
    root = await make_video(stage)
    told = await until_notified(stage, root)
    assert "file_uploads_disabled" in told
    assert f"{stage.studio.base_url}/videos/" in told
    assert len(mentions(stage, root)) == 1
    assert videos(stage, root) == []
