"""Indexes of ours on the engine's table: what is looked for is found as quickly as on the first day.

The engine finds workflows by time; it would read all of them for the few of one person, and for the few that run. An
index changes nothing for the engine, and without it everything works, only slower.
"""

import logging
import sqlite3
from contextlib import closing

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import URL

logger = logging.getLogger(__name__)

_INDEXES = {
    "avatar_bot_person": "(authenticated_user, created_at)",
    # Those of the engine for what runs are partial ones. SQLite does not see that a query with parameters may use them.
    "avatar_bot_status": "(status, created_at)",
}
# Two that make the same one at once would be in each other's way.
_TURN = "SELECT pg_try_advisory_lock(hashtextextended('avatar-bot index', 0))"


def index_file(url: URL) -> None:
    """The engine's tables must be there. Raises sqlite3.Error."""
    with closing(sqlite3.connect(url.database or "", isolation_level=None)) as connection:
        for name, columns in _INDEXES.items():
            connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON workflow_status {columns}")


async def index_postgres(url: URL) -> None:
    """The same while everything else goes on; left out when it fails, or when another process is at it."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        async with await AsyncConnection.connect(address, autocommit=True, connect_timeout=5) as connection:
            turn = await (await connection.execute(_TURN)).fetchone()
            if turn and turn[0]:
                await _index_concurrently(connection)
    except (psycopg.Error, OSError) as error:
        logger.warning("lists may be slow, the database did not take an index: %s", type(error).__name__)


async def _index_concurrently(connection: AsyncConnection) -> None:
    """Nobody waits for it (https://www.postgresql.org/docs/current/sql-createindex.html)."""
    for name, columns in _INDEXES.items():
        await connection.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON dbos.workflow_status {columns}")
