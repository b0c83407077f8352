"""Postgres tells every process that messages were inserted, by LISTEN and NOTIFY.

See https://www.postgresql.org/docs/current/sql-notify.html. A notification that gets lost is made up for by the
mailbox's own look, which comes now and then.
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
    """Calls `look` whenever another process has inserted messages; this one signs its own with `sender`."""

    def __init__(self, url: URL, sender: str, look: Callable[[], Awaitable[None]]) -> None:
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._sender = sender
        self._look = look

    async def listen(self) -> None:
        """Listens until it is cancelled, over as many connections as it takes."""
        while True:
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001 — whatever it was, the next connection may work
                logger.info("notifications are interrupted: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with await AsyncConnection.connect(self._url, autocommit=True, connect_timeout=5) as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            # What came while nobody listened.
            await self._look()
            async for notification in connection.notifies():
                if notification.payload != self._sender:
                    await self._look()
