"""A local Slack with a tiny app, and somebody at a client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.demo.page.server import serving
from bot.demo.process import BotProcess
from bot.demo.slack import LocalSlack, Person
from bot.demo.stage import Stage
from tests.demo.aistudios.caller import local_studios
from tests.demo.page.visitor import Visitor
from tests.demo.slack.app import BOT_TOKEN, SECRET, TinyApp, form, manifest, option


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[LocalSlack]:
    """A workspace over HTTP whose limits are out of the way."""
    async with LocalSlack(
        manifest=manifest(), signing_secret=SECRET, bot_token=BOT_TOKEN, files=tmp_path, time_scale=1000
    ) as running:
        yield running


@pytest.fixture
async def app(slack: LocalSlack) -> AsyncIterator[TinyApp]:
    """An app that opens the form and offers two models."""
    tiny = TinyApp(slack)
    tiny.opens(form())
    tiny.reply("block_suggestion", {"options": [option("anna"), option("ben")]})
    server = web.Application()
    server.router.add_post("/slack/events", tiny.handle)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield tiny
    await runner.cleanup()


@pytest.fixture
def ana(slack: LocalSlack, app: TinyApp) -> Person:  # noqa: ARG001 - she needs the app to be there
    """Ana at her client."""
    return slack.person("U0ANA0001")


@pytest.fixture
async def small_stage(slack: LocalSlack, app: TinyApp, tmp_path: Path) -> AsyncIterator[Stage]:  # noqa: ARG001 - it is the app
    """A stage on which the tiny app plays the bot."""
    folder = tmp_path / "stage"
    async with local_studios(folder, render_seconds=0.2) as studio:
        yield Stage(slack, studio, BotProcess({}, folder=folder), folder)


@pytest.fixture
async def visitor(small_stage: Stage) -> AsyncIterator[Visitor]:
    """Ana at the page of the small stage."""
    async with serving(small_stage, 0) as page, aiohttp.ClientSession() as http:
        yield Visitor(http, page.address)
