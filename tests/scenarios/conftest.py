"""The stages that the scenarios play on: the bot as a process between a local Slack and a local AI Studios."""

from collections.abc import AsyncIterator
from zlib import crc32

import pytest
import pytest_asyncio

from bot.demo.stage import Stage
from tests.scenarios.scene import quickly_staged


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One bot for a whole module, with the settings of an ordinary install: HTTP, webhooks, SQLite.

    Slack's minutes pass in a second, so that the tests do not use up each other's rates. A module whose tests need
    other settings has a fixture of the same name.
    """
    async with quickly_staged(tmp_path_factory.mktemp("stage"), slack={"time_scale": 60}) as ready:
        yield ready


@pytest_asyncio.fixture(loop_scope="module")
async def stage(bot_of_the_module: Stage) -> AsyncIterator[Stage]:
    """The module's bot; after the test everything works again and moves on."""
    yield bot_of_the_module
    bot_of_the_module.slack.faults.clear()
    bot_of_the_module.studio.faults.clear()
    bot_of_the_module.studio.release()


@pytest.fixture
def script(request: pytest.FixtureRequest) -> str:
    """A script that is no other test's; not even its beginning is, by which AI Studios names its project."""
    return f"{crc32(request.node.name.encode()):08x}: this is {request.node.name}, and nothing else."
