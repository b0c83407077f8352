"""Socket Mode: receives payloads over a WebSocket that the bot opens, for installs without a public address."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential

from bot.slack.api.calls import LOST_ANSWERS, code_of

logger = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0


class Socket:
    """The state of the connection, for the health check."""

    def __init__(self, handler: AsyncSocketModeHandler) -> None:
        self._handler = handler

    async def state(self) -> str:
        """`ok` while the connection is open and Slack answers its pings, otherwise the problem in words."""
        return "ok" if await self._handler.client.is_connected() else "socket not connected"


@asynccontextmanager
async def connected(bolt: AsyncApp, app_token: str) -> AsyncIterator[Socket]:
    """Keeps a Socket Mode connection open while the context lasts.

    Retries the first connection until it succeeds; the SDK renews it later.
    """
    sdk_logger = logging.getLogger(f"{__name__}.sdk")
    sdk_logger.setLevel(logging.WARNING)
    sdk_logger.addFilter(_without_traceback)
    handler = AsyncSocketModeHandler(bolt, app_token, logger=sdk_logger)
    connecting = asyncio.create_task(_connect(handler))
    try:
        yield Socket(handler)
    finally:
        connecting.cancel()
        with suppress(asyncio.CancelledError):
            await connecting
        await handler.client.close()


def _without_traceback(record: logging.LogRecord) -> bool:
    """A log filter: turns the SDK's error with a traceback for a failed connection into a warning without it."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, (SlackApiError, *LOST_ANSWERS, OSError)):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        # Without its text, which may quote the address with its ticket.
        reason = code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
        record.msg, record.args = "Socket Mode is not connected (%s); it is tried again", (reason,)
        record.exc_info = record.exc_text = None
    return True


async def _connect(handler: AsyncSocketModeHandler) -> None:
    retrying = AsyncRetrying(
        retry=retry_if_exception_type((SlackApiError, *LOST_ANSWERS)),
        wait=wait_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
        before_sleep=_log_pause,
    )
    await retrying(handler.client.connect)
    logger.info("Socket Mode is connected")


def _log_pause(attempt: RetryCallState) -> None:
    error = attempt.outcome.exception() if attempt.outcome else None
    pause = attempt.upcoming_sleep
    logger.warning("Socket Mode is not connected (%s); next try in %.0f s", type(error).__name__, pause)
