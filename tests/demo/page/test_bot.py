"""The page with the real bot behind it: a video from the form to the thread, also through a `kill -9`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.demo.page.server import serving
from bot.demo.page.workspace import workspace
from tests.demo.page.visitor import ANA, GENERAL, MINJI, Visitor
from tests.scenarios.scene import OLIVIA, quickly_staged

Json = dict[str, Any]


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    """Ana at the page of the demo's own workspace."""
    async with (
        quickly_staged(tmp_path, slack={"world": workspace()}, studio={"render_seconds": 3.0}) as stage,
        serving(stage, 0) as page,
        aiohttp.ClientSession() as http,
    ):
        yield Visitor(http, page.address)


async def submitted(visitor: Visitor, script: str) -> None:
    """Asks for a video of this script in #general."""
    await visitor.done("command", command="/avatar", channel=GENERAL)
    view = await visitor.modal()
    await visitor.done("suggest", view=view["id"], block_id="model", query="Olivia")
    answer = await visitor.done("submit", view=view["id"], values={"model": OLIVIA, "script": script})
    assert (answer["errors"], answer["closed"]) == ({}, True)


def videos(seen: Json) -> list[Json]:
    """The files in threads that a person sees."""
    return [file for thread in seen["threads"].values() for reply in thread for file in reply["files"]]


async def test_the_workspace_has_a_conversation_of_each_kind(visitor: Visitor) -> None:
    """One public with the bot, one public and one private without; direct messages; nothing unread yet."""
    channels = (await visitor.state())["channels"]
    kinds = [(channel["kind"], channel["has_bot"]) for channel in channels]
    assert kinds == [("public", True), ("public", False), ("private", False), ("im", False), ("im", True)]
    assert [channel["unread"] for channel in channels] == [0] * 5
    assert [channel["id"] for channel in channels if channel["read_only"]] == ["D0APPANA1"]


@pytest.mark.long
async def test_a_video_comes_through_a_killed_bot(visitor: Visitor) -> None:
    """The bot is killed while the video renders and started again; the video arrives, with a badge."""
    await submitted(visitor, "Hello there, this goes on")
    await visitor.until_traffic(lambda entry: "/simple/custom" in entry["title"])
    killed = await visitor.turn("kill_bot")
    assert killed["breakage"]["kill_bot"]
    assert not (await visitor.state())["bot"]["up"]
    assert await visitor.refused("command", command="/avatar", channel=GENERAL)
    assert (await visitor.turn("kill_bot", on=False))["ok"]
    assert (await visitor.state())["bot"]["up"]
    (video,) = videos(await visitor.until(videos, "the video"))
    async with visitor.http.get(f"{visitor.address}/files/{video['id']}", headers={"Range": "bytes=0-9"}) as piece:
        assert (piece.status, piece.content_type) == (206, "video/mp4")
    (general,) = [one for one in (await visitor.state())["channels"] if one["id"] == GENERAL]
    assert general["mentions"] >= 1
    await visitor.done("read", channel=GENERAL)


async def test_the_page_is_there_before_the_bot(tmp_path: Path) -> None:
    """It says that the bot is starting, and that it is up as soon as it is."""
    async with (
        quickly_staged(tmp_path, slack={"world": workspace()}, start=False) as stage,
        serving(stage, 0) as page,
        aiohttp.ClientSession() as http,
    ):
        visitor = Visitor(http, page.address)
        assert (await visitor.state())["bot"] == {"up": False, "is_starting": False}
        start = asyncio.create_task(page.start_bot())
        await visitor.until(lambda seen: seen["bot"] == {"up": False, "is_starting": True}, "the start")
        await visitor.until(lambda seen: seen["bot"] == {"up": True, "is_starting": False}, "the bot")
        await start
        await visitor.done("command", command="/avatar", channel=GENERAL)
        await visitor.modal()


async def test_the_bot_restarts(visitor: Visitor) -> None:
    """After it the command opens the form again, for the Korean person in Korean."""
    answer = await visitor.turn("restart_bot")
    assert answer["ok"]
    assert not answer["breakage"]["kill_bot"]
    minji = visitor.as_(MINJI)
    await minji.done("command", command="/avatar", channel=GENERAL)
    view = await minji.modal()
    assert any("\uac00" <= letter <= "\ud7a3" for letter in view["title"]["text"])
    assert (await visitor.as_(ANA).state())["views"] == []
