"""Notifies every process on Postgres of inserted messages, by LISTEN and NOTIFY.

See https://www.postgresql.org/docs/current/sql-notify.html. Lost notifications do no harm: the mailbox
also polls.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from psycopg import AsyncConnection, sql
from sqlalchemy import URL

logger = logging.getLogger(__name__)

CHANNEL = "avatar_bot_mailbox"
RECONNECT_SECONDS = 1.0


class Notifications:
    """Calls `look` whenever another process has inserted messages; `sender` marks this process's own notifications."""

    def __init__(self, url: URL, sender: str, look: Callable[[], Awaitable[None]]) -> None:
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._sender = sender
        self._look = look

    async def listen(self) -> None:
        """Listens until it is cancelled, and connects again after errors."""
        told = ""
        while True:
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001 — whatever it was, the next connection may work
                # One line for an error that stays, instead of one a second.
                if told != type(error).__name__:
                    told = type(error).__name__
                    logger.warning("messages of other processes arrive later, notifications are interrupted: %s", told)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with await AsyncConnection.connect(self._url, autocommit=True, connect_timeout=5) as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            # Messages may have been inserted before LISTEN.
            await self._look()
            async for notification in connection.notifies():
                if notification.payload != self._sender:
                    await self._look()
