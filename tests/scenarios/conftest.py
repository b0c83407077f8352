"""The stages that the scenarios play on: the bot as a process between a local Slack and a local AI Studios."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.demo.stage import Stage
from tests.scenarios.scene import quickly_staged


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot of its own, with the settings of an ordinary install: HTTP, webhooks, SQLite."""
    async with quickly_staged(tmp_path) as ready:
        yield ready


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One bot for a whole module; Slack's minutes pass in a second, so that the tests do not limit each other."""
    async with quickly_staged(tmp_path_factory.mktemp("shared"), slack={"time_scale": 60}) as ready:
        yield ready


@pytest_asyncio.fixture(loop_scope="module")
async def shared(bot_of_the_module: Stage) -> AsyncIterator[Stage]:
    """The module's bot, with everything in order again after each test."""
    yield bot_of_the_module
    bot_of_the_module.slack.faults.clear()
    bot_of_the_module.studio.faults.clear()
    bot_of_the_module.studio.release()
