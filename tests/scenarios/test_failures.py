"""AI Studios refuses, is busy, or does not give the video: the person is told, in plain words, and mentioned once."""

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

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
    until_reply,
    until_says,
    until_submitted,
    until_told,
    until_video,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNLISTED = "67da28f034b05ae2e4385a2b"


async def test_a_rejection_is_told_in_ai_studios_own_words(stage: Stage, script: str) -> None:
    """When AI Studios refuses, the person reads its words and that nothing was spent; root and reply agree."""
    stage.studio.faults.add("/simple/custom", error=(4000, "The plan has no credits left"))
    root = await make_video(stage, script=script)
    told = await until_told(stage, root)
    assert "The plan has no credits left" in told
    assert "nothing was spent" in told
    assert text_of(root).startswith("⚠️")
    assert "The plan has no credits left" in text_of(replies(stage, root)[0])
    assert len(mentions(stage, root)) == 1
    assert bills(stage, script) == 0


@pytest.mark.parametrize("status", [400, 403, 404, 422])
async def test_a_rejection_may_come_with_any_status(stage: Stage, status: int) -> None:
    """A refusal that AI Studios sends with an HTTP status of its own is a refusal all the same."""
    stage.studio.faults.add("/simple/custom", status=status, error=("E_NO", "No such avatar"))
    told = await until_told(stage, await make_video(stage))
    assert "No such avatar" in told


async def test_a_wrong_key_is_told_as_such(tmp_path: Path) -> None:
    """With credentials that AI Studios refuses, the person is told whom to ask, and never sees the key."""
    async with quickly_staged(tmp_path, settings={"AISTUDIOS_USER_KEY": "wrong-user-key"}) as stage:
        told = await until_told(stage, await make_video(stage, model=UNLISTED))
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


@pytest.mark.parametrize("trouble", [403, 404, 503, "truncated"])
async def test_a_video_that_cannot_be_fetched_at_first_is_fetched_again(
    stage: Stage, script: str, trouble: int | str
) -> None:
    """A refused, missing or broken-off download is tried again, and the thread gets the whole video once."""
    status = trouble if isinstance(trouble, int) else None
    disturbed = stage.studio.faults.add("/videos", status=status, truncate=trouble == "truncated")
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    assert disturbed.hits == 1
    assert uploaded(stage, root, script)
    assert len(videos(stage, root)) == len(mentions(stage, root)) == 1


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
            told = await until_told(stage, root)
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
    told = await until_told(stage, root)
    assert "file_uploads_disabled" in told
    assert f"{stage.studio.base_url}/videos/" in told
    assert len(mentions(stage, root)) == 1
    assert videos(stage, root) == []


async def test_a_video_at_a_private_address_is_not_fetched(tmp_path: Path) -> None:
    """An address inside the bot's own network is never asked, even when AI Studios' own answer names it."""
    asked: list[str] = []

    async def inside(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"a secret of the intranet")

    app = web.Application()
    app.router.add_get("/{path:.*}", inside)
    async with TestServer(app) as intranet, quickly_staged(tmp_path, settings={"POLL_SECONDS": "0.3"}) as stage:
        stage.studio.faults.done_without_url = True
        root = await make_video(stage)
        project = stage.studio.projects[await until_submitted(stage)]
        await stage.studio.until(lambda: project.progress >= 100, what="the end of the render")
        project.download_url = str(intranet.make_url("/video.mp4"))
        await until_says(stage, await until_reply(stage, root), "Bringing the video")
        project.download_url = f"{stage.studio.base_url}/videos/{project.id}.mp4"
        await until_video(stage, root)
        assert asked == []
