"""Access to the database for the command line, whether the bot runs or not."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa
from dbos import DBOSClient, Serializer
from dbos import error as dbos_error
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import DatabaseUnusable, closed, complaint, is_file, opened, with_own_driver
from bot.engine.inspection import DatabaseState, inspect
from bot.engine.replicas import is_any_alive
from bot.engine.runtime import APPLICATION
from bot.engine.sqlite_files import empty_write_ahead_log, overwrite_deleted

CONNECT_SECONDS = 5
SCRUB_TRIES = 5


@dataclass(frozen=True)
class OfflineClient:
    """DBOS's client and the bot's own tables; `bot_runs`: a running bot starts workflows enqueued here at once."""

    client: DBOSClient
    database: AsyncEngine
    bot_runs: bool

    async def scrub(self) -> bool:
        """Removes deleted text from SQLite's write-ahead log; False if the bot used the log meanwhile."""
        if not is_file(self.database.url):
            return True
        for _ in range(SCRUB_TRIES):
            if await asyncio.to_thread(empty_write_ahead_log, Path(self.database.url.database or "")):
                return True
        return False


@asynccontextmanager
async def offline_client(database_url: str, serializer: Serializer) -> AsyncIterator[OfflineClient]:
    """Opens the database, which a running bot may use at the same time.

    Raises DatabaseUnusable, also for database errors inside the context.
    """
    url = with_own_driver(database_url)
    state = await inspect(database_url)
    _check(url, state)
    engine, database = _engine(url), opened(database_url)
    client = DBOSClient(
        system_database_engine=engine,
        serializer=serializer,
        application_name=APPLICATION,
        lazy=True,
        retry_connection_errors=False,
    )
    try:
        yield OfflineClient(client, database, state.in_use if is_file(url) else await is_any_alive(url))
    except (OSError, sqlite3.Error, psycopg.Error, SQLAlchemyError, dbos_error.DBOSQueryTimeoutError) as error:
        raise DatabaseUnusable(complaint(url, error)) from None
    finally:
        await asyncio.to_thread(client.destroy)
        engine.dispose()
        await closed(database)


def _check(url: sa.URL, state: DatabaseState) -> None:
    """Raises DatabaseUnusable unless this release made the tables."""
    if state.tables == "none":
        name = Path(state.name).absolute() if is_file(url) else state.name
        raise DatabaseUnusable(
            f"no bot has worked on the database {name} (DATABASE_URL) yet; "
            "run this where the bot runs, with the same settings"
        )
    if state.tables != "current":
        raise DatabaseUnusable(
            f"the database {state.name} (DATABASE_URL) is that of another release; "
            "run this with the avatar-bot that works on it"
        )


def _engine(url: sa.URL) -> sa.Engine:
    if is_file(url):
        return sa.create_engine(url, pool_events=[(_prepare, "connect"), (overwrite_deleted, "connect")])
    server = url.set(drivername="postgresql+psycopg")
    return sa.create_engine(server, connect_args={"connect_timeout": CONNECT_SECONDS})


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    """Sets up a connection as DBOS does; with foreign keys, deleting a workflow deletes its steps."""
    connection.isolation_level = "IMMEDIATE"
    connection.execute("PRAGMA busy_timeout = 30000")
    connection.execute("PRAGMA foreign_keys = ON")
