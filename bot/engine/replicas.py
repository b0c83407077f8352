"""Several processes on one Postgres: running processes take over the workflows of ended ones.

Each process holds an advisory lock under its own name while it is connected. The lock of an ended process is free, so
neither clocks nor heartbeats are needed
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
"""

import asyncio
import logging
from collections.abc import Sequence

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import URL

from bot.engine.recovery import resume_workflows_of

logger = logging.getLogger(__name__)

LOOK_SECONDS = 4.0
RECONNECT_SECONDS = 1.0
# Twice in a row: a process whose connection broke, say in a restart of the database, reconnects in between.
LOOKS_UNTIL_DEAD = 2

_CREATE = "CREATE TABLE IF NOT EXISTS avatar_bot_replicas (name text PRIMARY KEY)"
_ENTER = "INSERT INTO avatar_bot_replicas VALUES (%s) ON CONFLICT DO NOTHING"
_REMOVE = "DELETE FROM avatar_bot_replicas WHERE name = %s"
_NAMES = "SELECT name FROM avatar_bot_replicas WHERE name <> %s"
_KEY = "hashtextextended('avatar-bot replica ' || %s, 0)"
_HOLD = f"SELECT pg_advisory_lock({_KEY})"
_TRY = f"SELECT pg_try_advisory_lock({_KEY})"
_FREE = f"SELECT pg_advisory_unlock({_KEY})"
# As above, but without trying, which would hold the lock for a moment: a key's halves are classid and objid
# (https://www.postgresql.org/docs/current/view-pg-locks.html).
_ANY_HELD = """
    SELECT EXISTS (
        SELECT FROM avatar_bot_replicas, pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 1
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND (classid::bigint << 32 | objid::bigint) = hashtextextended('avatar-bot replica ' || name, 0)
    )"""
# A machine that loses power closes no connection; with this the server notices within about 15 s.
_KEEPALIVE = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2"


class Replicas:
    """This process as one of several replicas: holds its lock and takes over from replicas without one."""

    def __init__(self, url: URL, name: str) -> None:
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._name = name
        self._connection: AsyncConnection | None = None
        self._watching: asyncio.Task[None] | None = None
        self._missing: dict[str, int] = {}

    async def join(self) -> None:
        """Takes this process's lock and keeps it.

        Call it before the engine starts workflows: those of a process without a lock would never be taken over.
        """
        await self._connect()

    @property
    def is_joined(self) -> bool:
        """Whether the connection that holds the lock is open."""
        return self._connection is not None and not self._connection.closed

    def watch(self) -> None:
        """Starts polling the other replicas' locks; the engine must be launched."""
        self._watching = asyncio.create_task(self._watch())

    async def leave(self) -> None:
        """Releases the lock, so that other replicas take over at once."""
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self._connection:
            await self._connection.close()

    async def _watch(self) -> None:
        while True:
            try:
                await self._look_around()
                pause = LOOK_SECONDS
            except (psycopg.Error, OSError) as error:
                logger.warning("the other replicas can't be seen (%s); connecting again", type(error).__name__)
                await self._reconnect()
                pause = RECONNECT_SECONDS
            await asyncio.sleep(pause)

    async def _look_around(self) -> None:
        """Takes over from every process whose lock was free often enough in a row."""
        names = await self._names()
        self._missing = {name: times for name, times in self._missing.items() if name in names}
        for name in names:
            if await self._ask(_TRY, name):
                try:
                    await self._found_missing(name)
                finally:
                    await self._ask(_FREE, name)
            else:
                self._missing.pop(name, None)

    async def _found_missing(self, name: str) -> None:
        self._missing[name] = self._missing.get(name, 0) + 1
        if self._missing[name] < LOOKS_UNTIL_DEAD:
            return
        if await resume_workflows_of(name) == 0:
            await self._run(_REMOVE, name)
            del self._missing[name]

    async def _connect(self) -> None:
        self._connection = await AsyncConnection.connect(self._url, autocommit=True, connect_timeout=5)
        await self._connection.execute(_KEEPALIVE)
        await self._connection.execute(_CREATE)
        await self._run(_ENTER, self._name)
        await self._run(_HOLD, self._name)

    async def _reconnect(self) -> None:
        if self._connection:
            await self._connection.close()
        try:
            await self._connect()
        except (psycopg.Error, OSError) as error:
            logger.warning("Postgres can't be reached: %s", type(error).__name__)

    async def _names(self) -> Sequence[str]:
        cursor = await self._open().execute(_NAMES, (self._name,))
        return [row[0] for row in await cursor.fetchall()]

    async def _ask(self, query: str, name: str) -> bool:
        cursor = await self._open().execute(query, (name,))
        row = await cursor.fetchone()
        return bool(row and row[0])

    async def _run(self, query: str, name: str) -> None:
        await self._open().execute(query, (name,))

    def _open(self) -> AsyncConnection:
        if self._connection is None:
            raise psycopg.OperationalError("not connected")
        return self._connection


async def is_any_alive(url: URL) -> bool:
    """Whether a bot is running on this Postgres. Raises psycopg.Error."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await AsyncConnection.connect(address, autocommit=True, connect_timeout=5) as connection:
        cursor = await connection.execute(_ANY_HELD)
        row = await cursor.fetchone()
    return bool(row and row[0])
