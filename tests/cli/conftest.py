"""The services that the commands ask: a local Slack and a local AI Studios, without a bot."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.demo.aistudios import LocalAIStudios
from bot.demo.slack import LocalSlack
from bot.demo.stage import (
    APP_ID,
    BOT_TOKEN,
    SIGNING_SECRET,
    USER_KEY,
    bot_settings,
    read_manifest,
)
from bot.demo.video import short_video
from tests.demo.stage import APP_TOKEN, CLIENT_ID, CLIENT_SECRET


@dataclass(frozen=True)
class Services:
    """Both servers, and the settings that are right for them."""

    slack: LocalSlack
    studio: LocalAIStudios
    settings: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def services_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Services]:
    """Slack takes the app by HTTP and by Socket Mode."""
    folder = tmp_path_factory.mktemp("services")
    slack = LocalSlack(
        manifest=read_manifest(),
        signing_secret=SIGNING_SECRET,
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        client=(CLIENT_ID, CLIENT_SECRET),
        files=folder,
        time_scale=60,
    )
    studio = LocalAIStudios(app_id=APP_ID, user_key=USER_KEY, videos=folder, render=short_video)
    async with slack, studio:
        yield Services(slack, studio, {**bot_settings(slack, studio), "HOST": "127.0.0.1"})


@pytest_asyncio.fixture(loop_scope="module")
async def services(services_of_the_module: Services) -> AsyncIterator[Services]:
    """The module's servers; after the test everything works again."""
    yield services_of_the_module
    services_of_the_module.slack.faults.clear()
    services_of_the_module.studio.faults.clear()
