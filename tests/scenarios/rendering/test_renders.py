"""Renders that fail, vanish, stall or fall silent, seen by a bot that has to ask for progress."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.aistudios.auth import Credentials, TokenCache
from bot.aistudios.client import AIStudiosClient
from bot.demo.stage import APP_ID, USER_KEY, Stage
from tests.scenarios.scene import (
    make_video,
    mentions,
    quickly_staged,
    text_of,
    until_notified,
    until_reply,
    until_says,
    until_submitted,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

POLLING = {"PUBLIC_URL": None, "POLL_SECONDS": "0.2"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot without webhooks."""
    folder = tmp_path_factory.mktemp("polling")
    async with quickly_staged(folder, settings=POLLING, slack={"time_scale": 60}) as ready:
        yield ready


async def test_a_video_arrives_without_webhooks(stage: Stage, script: str) -> None:
    """An install without PUBLIC_URL names no webhook and brings the video home by asking."""
    await until_video(stage, await make_video(stage, script=script))
    project = stage.studio.projects[await until_submitted(stage, script)]
    assert project.request.webhook_url is None
    assert len(stage.studio.webhooks_sent) == 0


async def test_a_failed_render_is_told(stage: Stage, script: str) -> None:
    """When the render fails at AI Studios, the person is told and gets the project's link."""
    stage.studio.hold()
    root = await make_video(stage, script=script)
    project_id = await until_submitted(stage, script)
    stage.studio.fail_render(project_id)
    told = await until_notified(stage, root)
    assert "couldn't render" in told
    assert f"/editor/{project_id}" in told
    assert len(mentions(stage, root)) == 1


async def test_a_deleted_project_is_told(stage: Stage, script: str) -> None:
    """Somebody deletes the project on the dashboard: the person is told so."""
    stage.studio.hold()
    root = await make_video(stage, script=script)
    await delete(stage, await until_submitted(stage, script))
    assert "no longer has this project" in await until_notified(stage, root)


async def delete(stage: Stage, project_id: str) -> None:
    """Deletes a project as somebody else at the dashboard would."""
    async with httpx.AsyncClient() as http:
        credentials = Credentials(app_id=APP_ID, user_key=SecretStr(USER_KEY))
        tokens = TokenCache(http, base_url=stage.studio.base_url, credentials=credentials)
        client = AIStudiosClient(http, base_url=stage.studio.base_url, tokens=tokens)
        assert await client.delete_projects([project_id]) == 1


async def test_a_project_that_is_not_found_for_a_moment_is_no_failure(stage: Stage) -> None:
    """A read that misses the project just after it was made changes nothing."""
    missed = stage.studio.faults.add("/editor/progress", times=2, error=(4040, "no such project"))
    await until_video(stage, await make_video(stage))
    assert missed.hits == 2


async def test_a_silent_render_says_so_and_arrives_when_it_moves_again(stage: Stage) -> None:
    """A render without progress says so in the thread; when it goes on, the video arrives as usual."""
    stage.studio.hold()
    root = await make_video(stage)
    await until_says(stage, await until_reply(stage, root), "No news from AI Studios")
    stage.studio.release()
    await until_video(stage, root)


async def test_a_silent_render_ends_in_time(tmp_path: Path) -> None:
    """After EXPORT_TIMEOUT_SECONDS a render ends as failed, with the time that it had and the project's link."""
    async with quickly_staged(tmp_path, settings={**POLLING, "EXPORT_TIMEOUT_SECONDS": "3"}) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        told = await until_notified(stage, root)
        assert f"/editor/{await until_submitted(stage)}" in told
        assert "still not ready after 3 s" in told
        assert len(mentions(stage, root)) == 1


async def test_a_dead_ai_studios_during_the_render_is_sat_out(stage: Stage, script: str) -> None:
    """AI Studios answers nothing for a while in mid-render: the video arrives once it does again."""
    stage.studio.hold()
    root = await make_video(stage, script=script)
    await until_submitted(stage, script)
    down = stage.studio.faults.add("/editor", times=6, status=500)
    stage.studio.release()
    await until_video(stage, root)
    assert down.hits == 6


async def test_an_end_without_an_address_is_waited_out(stage: Stage, script: str) -> None:
    """AI Studios says 100 before it can say where the video is: the bot asks on, and the video arrives."""
    stage.studio.faults.done_without_url = True
    root = await make_video(stage, script=script)
    project = stage.studio.projects[await until_submitted(stage, script)]
    await stage.studio.until(lambda: project.progress >= 100, what="the end of the render")
    project.download_url = f"{stage.studio.base_url}/videos/{project.id}.mp4"
    await until_video(stage, root)


@pytest.mark.long
async def test_an_end_that_never_gets_an_address_is_told(stage: Stage, script: str) -> None:
    """AI Studios says 100 and never where the video is: the person is told, with the project's link."""
    stage.studio.faults.done_without_url = True
    root = await make_video(stage, script=script)
    told = await until_notified(stage, root)
    assert "no link" in told
    assert f"/editor/{await until_submitted(stage, script)}" in told


async def test_a_video_at_a_private_address_is_not_fetched(stage: Stage, script: str) -> None:
    """An address inside the bot's own network is never asked, even when AI Studios' own answer names it.

    Nor is anybody sent there: the thread has the project's link only.
    """
    asked: list[str] = []

    async def inside(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"a secret of the intranet")

    app = web.Application()
    app.router.add_get("/{path:.*}", inside)
    async with TestServer(app) as intranet:
        stage.studio.faults.done_without_url = True
        root = await make_video(stage, script=script)
        project = stage.studio.projects[await until_submitted(stage, script)]
        await stage.studio.until(lambda: project.progress >= 100, what="the end of the render")
        project.download_url = str(intranet.make_url("/video.mp4"))
        told = await until_notified(stage, root)
        assert f"/editor/{project.id}" in told
        assert "Download" not in told + text_of(await until_reply(stage, root))
        assert asked == []


@pytest.mark.parametrize("body", ["<html>Please log in</html>", b""], ids=["a page", "nothing"])
async def test_what_is_no_video_is_not_shown_as_one(stage: Stage, script: str, body: str | bytes) -> None:
    """AI Studios serves a page, or nothing, where the video should be: the bot fetches it once more."""
    served = stage.studio.faults.add("/videos", body=body)
    root = await make_video(stage, script=script)
    shown = await until_video(stage, root)
    assert served.hits == 1
    assert shown.files[0].path.read_bytes()[4:8] == b"ftyp"
