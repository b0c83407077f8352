"""The upload to Slack, where Slack does not behave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.ports import UploadInterrupted
from bot.slack.thread.uploading import upload_video

PIECE = bytes(1 << 20)


class Zeros:
    """More than the sockets between here and there can hold."""

    length = 64 * len(PIECE)

    async def chunks(self) -> AsyncIterator[bytes]:
        for _ in range(64):
            yield PIECE


async def test_an_upload_that_slack_stops_to_take_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that stays open but takes no more bytes is broken off, to be tried again."""
    monkeypatch.setattr("bot.slack.thread.uploading.UPLOAD_GRACE", 0.2)
    monkeypatch.setattr("bot.slack.thread.uploading.UPLOAD_SPEED", 1e12)
    test_is_over = asyncio.Event()

    async def address(asked: web.Request) -> web.Response:
        url = f"{asked.scheme}://{asked.host}/upload"
        return web.json_response({"ok": True, "upload_url": url, "file_id": "F0000001"})

    async def stall(_: web.Request) -> web.Response:
        await test_is_over.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/api/files.getUploadURLExternal", address)
    app.router.add_post("/upload", stall)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        client = AsyncWebClient("xoxb-test", base_url=str(server.make_url("/api/")))
        with pytest.raises(UploadInterrupted):
            await upload_video(client, http, "Hello.", Zeros())
        test_is_over.set()
