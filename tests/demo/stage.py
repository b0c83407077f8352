"""What only tests put on the demo's stage: Socket Mode, and a bot that many workspaces install by OAuth."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from bot.demo.process import free_port
from bot.demo.stage import Stage, read_manifest, staged

APP_TOKEN = "xapp-demo-app-token"
CLIENT_ID, CLIENT_SECRET = "1111111111.2222222222", "demo-client-secret"


@asynccontextmanager
async def staged_for_many(
    folder: Path,
    *,
    settings: Mapping[str, str | None] | None = None,
    slack: Mapping[str, Any] | None = None,
    studio: Mapping[str, Any] | None = None,
) -> AsyncIterator[Stage]:
    """As `staged`, with a bot for many workspaces that is installed in none of them yet."""
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    usual = {"bot_token": None, "client": (CLIENT_ID, CLIENT_SECRET), "manifest": read_manifest(), **(slack or {})}
    usual["manifest"]["oauth_config"]["redirect_urls"] = [f"{public_url}/slack/oauth_redirect"]
    oauth = {
        "SLACK_BOT_TOKEN": None,
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "ENCRYPTION_KEY": Fernet.generate_key().decode(),
        "PUBLIC_URL": public_url,
        "PORT": str(port),
    }
    async with staged(folder, settings=oauth | dict(settings or {}), slack=usual, studio=studio) as ready:
        yield ready
