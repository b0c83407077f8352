"""The same path from a webhook to the thread with nothing but memory: the clients of the bot, and no engine."""

import asyncio
import sys
from typing import Any

import aiohttp
import httpx
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.aistudios.auth import Credentials, TokenCache
from bot.aistudios.client import AIStudiosClient
from bot.aistudios.download import VideoDownloads
from bot.aistudios.models import CustomExport


class Toy:
    """Knows its projects by the path of their webhooks, until it ends."""

    def __init__(self, studio: AIStudiosClient, downloads: VideoDownloads, slack: AsyncWebClient, home: str) -> None:
        self._studio = studio
        self._downloads = downloads
        self._slack = slack
        self._home = home
        self._projects: dict[str, dict[str, Any]] = {}
        self._working: set[asyncio.Task[None]] = set()

    async def begin(self, request: web.Request) -> web.Response:
        """Orders a video; its facts say where it will be shown."""
        facts = await request.json()
        url = f"{self._home}/webhook/{len(self._projects)}"
        export = CustomExport(language="en", text=facts["script"], model=facts["model"], webhook_url=url)
        accepted = await self._studio.create_export(export)
        self._projects[url.rpartition("/")[2]] = facts | {"project_id": accepted.project_id}
        return web.json_response({"project_id": accepted.project_id})

    async def hear(self, request: web.Request) -> web.Response:
        work = asyncio.create_task(self._deliver(self._projects[request.match_info["number"]]))
        self._working.add(work)
        work.add_done_callback(self._working.discard)
        return web.json_response({"ok": True})

    async def _deliver(self, facts: dict[str, Any]) -> None:
        progress = await self._studio.progress(facts["project_id"])
        await self._studio.project(facts["project_id"])
        await self._slack.chat_update(channel=facts["channel"], ts=facts["ts"], text="100 %")
        async with self._downloads.open(progress.download_url or "") as download:
            await self._slack.files_getUploadURLExternal(filename="video.mp4", length=download.length or 0)


async def serve(port: int, api_url: str, token: str, studio_url: str, app_id: str, user_key: str) -> None:
    async with (
        aiohttp.ClientSession() as slack_http,
        httpx.AsyncClient() as http,
        VideoDownloads(base_url=studio_url) as downloads,
    ):
        credentials = Credentials(app_id=app_id, user_key=user_key)  # type: ignore[arg-type]  # its models wrap it
        tokens = TokenCache(http, base_url=studio_url, credentials=credentials)
        studio = AIStudiosClient(http, base_url=studio_url, tokens=tokens)
        slack = AsyncWebClient(token=token, base_url=api_url, session=slack_http)
        toy = Toy(studio, downloads, slack, f"http://127.0.0.1:{port}")
        app = web.Application()
        app.router.add_post("/begin", toy.begin)
        app.router.add_post("/webhook/{number}", toy.hear)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:]))
