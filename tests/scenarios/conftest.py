"""The stages that the scenarios play on: the bot as a process between a local Slack and a local AI Studios."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.stage import Stage
from tests.scenarios.scene import quickly_staged


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """The bot with the settings of an ordinary install: HTTP, webhooks, SQLite."""
    async with quickly_staged(tmp_path) as ready:
        yield ready
