"""An index of ours on the engine's table: lists of a person's videos stay as quick as on the first day.

The engine finds workflows by time; it would read all of them for the few of one person. An index changes nothing for
the engine, and without it everything works, only slower.
"""

import logging
import sqlite3
from contextlib import closing

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import URL

logger = logging.getLogger(__name__)

_COLUMNS = "(authenticated_user, created_at)"
_ON_FILE = f"CREATE INDEX IF NOT EXISTS avatar_bot_person ON workflow_status {_COLUMNS}"
# Concurrently: nobody waits for it (https://www.postgresql.org/docs/current/sql-createindex.html).
_ON_POSTGRES = f"CREATE INDEX CONCURRENTLY IF NOT EXISTS avatar_bot_person ON dbos.workflow_status {_COLUMNS}"
# Two that make the same one at once would be in each other's way.
_TURN = "SELECT pg_try_advisory_lock(hashtextextended('avatar-bot index', 0))"


def index_file(url: URL) -> None:
    """The engine's tables must be there. Raises sqlite3.Error."""
    with closing(sqlite3.connect(url.database or "", isolation_level=None)) as connection:
        connection.execute(_ON_FILE)


async def index_postgres(url: URL) -> None:
    """The same while everything else goes on; left out when it fails, or when another process is at it."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        async with await AsyncConnection.connect(address, autocommit=True, connect_timeout=5) as connection:
            turn = await (await connection.execute(_TURN)).fetchone()
            if turn and turn[0]:
                await connection.execute(_ON_POSTGRES)
    except (psycopg.Error, OSError) as error:
        logger.warning("lists may be slow, the database did not take an index: %s", type(error).__name__)
