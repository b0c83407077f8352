"""The database by its address: why it cannot be used, and tables of our own beside the engine's."""

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
    """The bot cannot work on its database; the text says why, without the password."""


class DatabaseInUse(DatabaseUnusable):
    """Another process works on the same SQLite file; only Postgres can be shared."""


def with_own_driver(database_url: str) -> URL:
    """The address without a driver that people name, such as sqlite+aiosqlite: DBOS brings its own."""
    url = make_url(database_url)
    return url.set(drivername=url.get_backend_name())


def is_file(url: URL) -> bool:
    """Whether it is an SQLite file, which one bot has for itself, rather than a server's database."""
    return url.get_backend_name() == "sqlite"


def complaint(url: URL, error: Exception) -> str:
    """Why a database cannot be used, in one line without its password."""
    reason = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error).strip().splitlines()[0]
    if is_file(url):
        return f"the database file {url.database} (DATABASE_URL) can't be used: {reason}"
    return f"the database {url.database} at {url.host}:{url.port or 5432} (DATABASE_URL) can't be used: {reason}"


def opened(database_url: str) -> AsyncEngine:
    """The database for our own tables; nothing is connected before it is used."""
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
    """What is deleted is overwritten with zeros (https://www.sqlite.org/pragma.html#pragma_secure_delete)."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


async def closed(database: AsyncEngine) -> None:
    """Ends its connections; one that the server no longer answers on is left as it is."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSING_SECONDS):
            await database.dispose()


async def create_tables(database: AsyncEngine, create_all: Callable[[Connection], None]) -> None:
    """Makes the tables that are missing; `create_all` is that of a MetaData. Raises SQLAlchemyError.

    `CREATE TABLE IF NOT EXISTS` of two replicas that start at once fails in Postgres for one of them.
    """
    async with database.begin() as connection:
        if database.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING_TABLES})
        await connection.run_sync(create_all)
