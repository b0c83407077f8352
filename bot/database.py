"""Opens the database at its URL, explains why it can't be used, and creates the bot's own tables."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

# SQLite has one writer at a time, and the engine is another one (seconds).
PATIENCE_FOR_WRITER = 5.0
PATIENCE_FOR_CONNECTION = 5
CLOSING_SECONDS = 1.0
# Any number that nobody else locks: whoever holds it makes the tables.
_MAKING_TABLES = 7_331_905


class DatabaseUnusable(Exception):
    """The bot can't use its database. The text is the reason, without the password."""


class DatabaseInUse(DatabaseUnusable):
    """Another process uses this SQLite file; only Postgres can be shared."""


def with_own_driver(database_url: str) -> URL:
    """The URL without a driver such as sqlite+aiosqlite, because DBOS uses its own."""
    url = make_url(database_url)
    return url.set(drivername=url.get_backend_name())


def is_file(url: URL) -> bool:
    """Whether the URL is an SQLite file, which only one bot can use, and not a database server."""
    return url.get_backend_name() == "sqlite"


def complaint(url: URL, error: Exception) -> str:
    """The reason why the database can't be used, in one line without its password."""
    reason = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error).strip().splitlines()[0]
    if is_file(url):
        return f"the database file {url.database} (DATABASE_URL) can't be used: {reason}"
    return f"the database {url.database} at {url.host}:{url.port or 5432} (DATABASE_URL) can't be used: {reason}"


def opened(database_url: str) -> AsyncEngine:
    """An engine for the bot's own tables. It connects at its first use."""
    url = make_url(database_url)
    if is_file(url):
        database = create_async_engine(
            url.set(drivername="sqlite+aiosqlite"),
            connect_args={"timeout": PATIENCE_FOR_WRITER},
            hide_parameters=True,
        )
        event.listen(database.sync_engine, "connect", _prepare_file)
        return database
    return create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": PATIENCE_FOR_CONNECTION},
        pool_pre_ping=True,
        hide_parameters=True,
    )


def _prepare_file(connection: DBAPIConnection, _: object) -> None:
    """Makes SQLite overwrite deleted data with zeros (https://www.sqlite.org/pragma.html#pragma_secure_delete)."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


async def closed(database: AsyncEngine) -> None:
    """Closes the connections. Gives up after CLOSING_SECONDS when the server does not answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSING_SECONDS):
            await database.dispose()


async def create_tables(database: AsyncEngine, create_all: Callable[[Connection], None]) -> None:
    """Creates missing tables; `create_all` is a MetaData's method. Raises SQLAlchemyError.

    Takes a lock in Postgres, where `CREATE TABLE IF NOT EXISTS` of two replicas that start together fails in one of
    them.
    """
    async with database.begin() as connection:
        if database.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING_TABLES})
        await connection.run_sync(create_all)
