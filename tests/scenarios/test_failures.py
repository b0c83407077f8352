"""Whatever goes wrong at AI Studios, the person is told in the thread, in plain words, and mentioned once."""

from pathlib import Path

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.aistudios.auth import Credentials, TokenCache
from bot.aistudios.client import AIStudiosClient
from bot.demo.stage import APP_ID, USER_KEY, Stage
from tests.scenarios.scene import (
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

POLLING = {"PUBLIC_URL": None, "POLL_SECONDS": "0.2"}


async def test_a_rejection_is_told_in_ai_studios_own_words(shared: Stage) -> None:
    """When AI Studios refuses, the person reads its words and that nothing was spent; root and reply agree."""
    shared.studio.faults.add("/simple/custom", error=(4000, "The plan has no credits left"))
    root = await make_video(shared, script="refused")
    told = await until_told(shared, root)
    assert "The plan has no credits left" in told
    assert "nothing was spent" in told
    assert text_of(root).startswith("⚠️")
    assert "The plan has no credits left" in text_of(replies(shared, root)[0])
    assert len(mentions(shared, root)) == 1
    assert "refused" not in [bill.text for bill in shared.studio.billed]


@pytest.mark.parametrize("status", [400, 403, 404, 422])
async def test_a_rejection_may_come_with_any_status(shared: Stage, status: int) -> None:
    """A refusal that AI Studios sends with an HTTP status of its own is a refusal all the same."""
    shared.studio.faults.add("/simple/custom", status=status, error=("E_NO", "No such avatar"))
    told = await until_told(shared, await make_video(shared))
    assert "No such avatar" in told


async def test_a_wrong_key_is_told_as_such(tmp_path: Path) -> None:
    """With credentials that AI Studios refuses, the person is told whom to ask, and never sees the key."""
    async with quickly_staged(tmp_path, settings={"AISTUDIOS_USER_KEY": "wrong-user-key"}) as stage:
        root = await make_video(stage, model=await pasted(stage))
        told = await until_told(stage, root)
        assert "key" in told
        assert "whoever installed" in told
        assert "wrong-user-key" not in str(stage.slack.calls)


async def pasted(stage: Stage) -> str:
    """An id that can be chosen while no list is to be had."""
    assert len(stage.studio.billed) == 0
    return "67da28f034b05ae2e4385a2b"


async def test_an_expired_token_is_renewed(shared: Stage) -> None:
    """A token that AI Studios no longer knows is replaced; the person notices nothing."""
    shared.studio.revoke_tokens()
    before = len(shared.studio.billed)
    await until_video(shared, await make_video(shared))
    assert len(shared.studio.billed) == before + 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_ai_studios_is_asked_again(shared: Stage, status: int) -> None:
    """When AI Studios is busy, the thread says that nothing was spent yet, and the video is made later."""
    shared.studio.faults.add("/simple/custom", status=status, retry_after=1)
    before = len(shared.studio.billed)
    root = await make_video(shared)
    await until_video(shared, root)
    assert any("busy" in words for words in edits_of(replies(shared, root)[0]))
    assert len(shared.studio.billed) == before + 1


async def test_a_failed_render_is_told(tmp_path: Path) -> None:
    """When the render fails at AI Studios, the person is told and gets the project's link."""
    async with quickly_staged(tmp_path, settings=POLLING) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        project_id = await until_submitted(stage)
        stage.studio.fail_render(project_id)
        told = await until_told(stage, root)
        assert "couldn't render" in told
        assert f"/editor/{project_id}" in told
        assert len(mentions(stage, root)) == 1


async def test_a_deleted_project_is_told(tmp_path: Path) -> None:
    """Somebody deletes the project on the dashboard: the person is told so."""
    async with quickly_staged(tmp_path, settings=POLLING) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        await delete(stage, await until_submitted(stage))
        assert "no longer has this project" in await until_told(stage, root)


async def delete(stage: Stage, project_id: str) -> None:
    """Deletes a project as somebody else at the dashboard would."""
    async with httpx.AsyncClient() as http:
        credentials = Credentials(app_id=APP_ID, user_key=SecretStr(USER_KEY))
        tokens = TokenCache(http, base_url=stage.studio.base_url, credentials=credentials)
        client = AIStudiosClient(http, base_url=stage.studio.base_url, tokens=tokens)
        assert await client.delete_projects([project_id]) == 1


async def test_a_project_that_is_not_found_for_a_moment_is_no_failure(tmp_path: Path) -> None:
    """A read that misses the project once, just after it was made, changes nothing."""
    async with quickly_staged(tmp_path, settings=POLLING) as stage:
        stage.studio.faults.add("/editor/progress", times=2, error=(4040, "no such project"))
        await until_video(stage, await make_video(stage))


async def test_a_silent_render_says_so_and_ends_in_time(tmp_path: Path) -> None:
    """A render without news says so in the thread; after the time-out it ends as failed, with the time it had and
    the project's link."""
    settings = {**POLLING, "EXPORT_TIMEOUT_SECONDS": "6"}
    async with quickly_staged(tmp_path, settings=settings) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        project_id = await until_submitted(stage)
        await until_says(stage, await until_reply(stage, root), "No news from AI Studios")
        told = await until_told(stage, root)
        assert f"/editor/{project_id}" in told
        assert "still not ready after 6 s" in told
        assert len(mentions(stage, root)) == 1


async def test_a_silent_render_that_moves_again_arrives(tmp_path: Path) -> None:
    """After a silence the render goes on, and the video arrives as usual."""
    async with quickly_staged(tmp_path, settings=POLLING) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        await until_says(stage, await until_reply(stage, root), "No news from AI Studios")
        stage.studio.release()
        await until_video(stage, root)


async def test_a_dead_ai_studios_during_the_render_is_sat_out(tmp_path: Path) -> None:
    """AI Studios answers nothing for a while in mid-render: the video arrives once it does again."""
    async with quickly_staged(tmp_path, settings=POLLING) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        await until_submitted(stage)
        down = stage.studio.faults.add("/editor", times=6, status=500)
        stage.studio.release()
        await until_video(stage, root)
        assert down.hits == 6


@pytest.mark.parametrize("trouble", [403, 404, 503, "truncated"])
async def test_a_video_that_cannot_be_fetched_at_first_is_fetched_again(shared: Stage, trouble: int | str) -> None:
    """A refused, missing or broken-off download is tried again, and the thread gets the whole video once."""
    status = trouble if isinstance(trouble, int) else None
    disturbed = shared.studio.faults.add("/videos", status=status, truncate=trouble == "truncated")
    root = await make_video(shared)
    (file,) = (await until_video(shared, root)).files
    project = shared.studio.projects[shared.studio.billed[-1].project_id]
    assert disturbed.hits == 1
    assert project.video is not None
    assert file.path.read_bytes() == project.video.read_bytes()
    assert len(videos(shared, root)) == len(mentions(shared, root)) == 1


async def test_a_video_of_unknown_length_is_uploaded(shared: Stage) -> None:
    """A download that does not tell its length comes into the thread like any other."""
    shared.studio.faults.add("/videos", without_length=True)
    (file,) = (await until_video(shared, await make_video(shared))).files
    project = shared.studio.projects[shared.studio.billed[-1].project_id]
    assert project.video is not None
    assert file.path.read_bytes() == project.video.read_bytes()


@pytest.mark.parametrize("without_length", [False, True])
async def test_a_video_that_is_too_large_becomes_a_link(tmp_path: Path, without_length: bool) -> None:
    """Over MAX_UPLOAD_MB the person is mentioned with the link and the reason; nothing is uploaded."""
    async with quickly_staged(tmp_path, settings={"MAX_UPLOAD_MB": "0.001"}) as stage:
        stage.studio.faults.add("/videos", without_length=without_length)
        root = await make_video(stage)
        told = await until_told(stage, root)
        assert "too large" in told
        assert f"{stage.studio.base_url}/videos/{stage.studio.billed[-1].project_id}.mp4" in told
        assert "files.getUploadURLExternal" not in methods(stage)
        assert len(mentions(stage, root)) == 1


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_an_upload_that_slack_refuses_becomes_a_link(shared: Stage, method: str) -> None:
    """When the workspace takes no files, the person is mentioned with the link and Slack's reason."""
    shared.slack.faults.add(method, times=None, error="file_uploads_disabled")
    root = await make_video(shared)
    told = await until_told(shared, root)
    assert "file_uploads_disabled" in told
    assert f"{shared.studio.base_url}/videos/" in told
    assert len(mentions(shared, root)) == 1


async def test_a_video_at_a_private_address_is_not_fetched(tmp_path: Path) -> None:
    """An address inside the bot's own network is never asked, even when AI Studios' own answer names it."""
    asked: list[str] = []

    async def inside(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"a secret of the intranet")

    app = web.Application()
    app.router.add_get("/{path:.*}", inside)
    async with TestServer(app) as intranet, quickly_staged(tmp_path) as stage:
        stage.studio.faults.done_without_url = True
        root = await make_video(stage)
        project = stage.studio.projects[await until_submitted(stage)]
        await stage.studio.until(lambda: project.progress >= 100, what="the end of the render")
        project.download_url = str(intranet.make_url("/video.mp4"))
        await until_says(stage, await until_reply(stage, root), "Bringing the video", seconds=40)
        project.download_url = f"{stage.studio.base_url}/videos/{project.id}.mp4"
        await until_video(stage, root)
        assert asked == []
