"""Tables of our own, beside the engine's and in the same database."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

# SQLite has one writer at a time, and the engine is another one (seconds).
PATIENCE_FOR_WRITER = 5.0
PATIENCE_FOR_CONNECTION = 5
CLOSING_SECONDS = 1.0
# Any number that nobody else locks: whoever holds it makes the tables.
_MAKING_TABLES = 7_331_905


def opened(database_url: str) -> AsyncEngine:
    """The database for our own tables; nothing is connected before it is used."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
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
    """What refers to a row that is not there is refused, and what is deleted is overwritten."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
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
