"""The whole scene: the bot between a local Slack and a local AI Studios."""

import copy
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.cli.manifest import manifest_source
from bot.demo.aistudios import LocalAIStudios
from bot.demo.process import BotProcess, free_port
from bot.demo.slack import LocalSlack

SIGNING_SECRET = "demo-signing-secret"
BOT_TOKEN = "xoxb-demo-bot-token"
APP_ID = "demo-app"
USER_KEY = "demo-user-key"


@dataclass(frozen=True)
class Stage:
    """What a demo or a test plays with. `folder` holds the log, the database, and the videos that Slack was given."""

    slack: LocalSlack
    studio: LocalAIStudios
    bot: BotProcess
    folder: Path


def read_manifest() -> dict[str, Any]:
    """The app's manifest, as Slack reads it."""
    return copy.deepcopy(_manifest())


@cache
def _manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = yaml.safe_load(manifest_source())
    return manifest


def bot_settings(slack: LocalSlack, studio: LocalAIStudios) -> dict[str, str]:
    """What the bot needs to know to take the local servers for the real ones."""
    port = free_port()
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": slack.api_url,
        "AISTUDIOS_APP_ID": APP_ID,
        "AISTUDIOS_USER_KEY": USER_KEY,
        "AISTUDIOS_BASE_URL": studio.base_url,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
    }


@asynccontextmanager
async def staged(
    folder: Path,
    *,
    settings: Mapping[str, str | None] | None = None,
    slack: Mapping[str, Any] | None = None,
    studio: Mapping[str, Any] | None = None,
    start: bool = True,
) -> AsyncIterator[Stage]:
    """Servers and bot, up and ready. A setting of None is left out; the other mappings go to the servers."""
    local_slack = LocalSlack(
        **{
            "manifest": read_manifest(),
            "signing_secret": SIGNING_SECRET,
            "bot_token": BOT_TOKEN,
            "files": folder / "slack-files",
            **(slack or {}),
        }
    )
    local_studio = LocalAIStudios(
        **{"app_id": APP_ID, "user_key": USER_KEY, "videos": folder / "videos", **(studio or {})}
    )
    async with local_slack, local_studio:
        chosen = bot_settings(local_slack, local_studio) | dict(settings or {})
        bot = BotProcess({name: value for name, value in chosen.items() if value is not None}, folder=folder)
        local_slack.request_url = f"{bot.url}/slack/events"
        try:
            if start:
                await bot.start()
            yield Stage(local_slack, local_studio, bot, folder)
        finally:
            await bot.stop()
