"""Socket Mode: payloads over a connection that the bot opens, for installs without a public address."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.slack.calls import LOST_ANSWERS

logger = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0


@asynccontextmanager
async def connected(bolt: AsyncApp, app_token: str) -> AsyncIterator[None]:
    """Keeps a connection while the context lasts; the SDK renews it, and the first one is tried until it stands."""
    handler = AsyncSocketModeHandler(bolt, app_token)
    connecting = asyncio.create_task(_connect(handler))
    try:
        yield
    finally:
        connecting.cancel()
        with suppress(asyncio.CancelledError):
            await connecting
        await handler.client.close()


async def _connect(handler: AsyncSocketModeHandler) -> None:
    pause = FIRST_PAUSE
    while True:
        try:
            await handler.client.connect()
        except (SlackApiError, *LOST_ANSWERS) as error:
            logger.warning("Socket Mode is not connected (%s); next try in %.0f s", type(error).__name__, pause)
        else:
            logger.info("Socket Mode is connected")
            return
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
