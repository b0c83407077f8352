"""The database as somebody beside the bot sees it, whether the bot runs or not."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa
from dbos import DBOSClient
from dbos import error as engine_error
from sqlalchemy.exc import SQLAlchemyError

from bot.engine.inspection import Look, look_at
from bot.engine.replicas import is_any_alive
from bot.engine.runtime import APPLICATION, DatabaseUnusable, complaint, is_file, with_own_driver
from bot.engine.serializer import JsonSerializer
from bot.engine.sqlite_files import empty_write_ahead_log, overwrite_deleted

CONNECT_SECONDS = 5
SCRUB_TRIES = 5


@dataclass(frozen=True)
class OfflineClient:
    """What others than the running bot work with; `bot_runs` says whether one carries out at once what is begun."""

    client: DBOSClient
    bot_runs: bool
    engine: sa.Engine

    async def people(self, user_id: str | None, team_id: str | None = None) -> list[str]:
        """The persons in the history, as `T…:U…`, who have this user id, and of this workspace, where one is given."""
        return await asyncio.to_thread(self._people, user_id, team_id)

    async def ended_with(self, result: str, people: Sequence[str] | None) -> list[str]:
        """The workflows that have ended like this, newest first; of these people, if given.

        Asked of the database itself: the engine's own lists would bring every export here to be looked at.
        """
        return await asyncio.to_thread(self._ended_with, result, people)

    async def scrub(self) -> bool:
        """Removes what SQLite's log still has of deleted text; False when the bot kept the log busy meanwhile."""
        if not is_file(self.engine.url):
            return True
        for _ in range(SCRUB_TRIES):
            if await asyncio.to_thread(empty_write_ahead_log, Path(self.engine.url.database or "")):
                return True
        return False

    def _people(self, user_id: str | None, team_id: str | None) -> list[str]:
        user = self._table("workflow_status", "authenticated_user").c.authenticated_user
        theirs = sa.select(user).distinct()
        if user_id is not None:
            theirs = theirs.where(user.endswith(f":{user_id}"))
        if team_id is not None:
            theirs = theirs.where(user.startswith(f"{team_id}:"))
        with self.engine.connect() as connection:
            return sorted(connection.scalars(theirs))

    def _ended_with(self, result: str, people: Sequence[str] | None) -> list[str]:
        told = self._table("workflow_output", "workflow_uuid", "output")
        workflow = self._table("workflow_status", "workflow_uuid", "authenticated_user", "created_at").c
        asked = (
            sa.select(workflow.workflow_uuid)
            .join(told, told.c.workflow_uuid == workflow.workflow_uuid)
            .where(told.c.output.contains(f'"result":"{result}"'))
            .order_by(workflow.created_at.desc())
        )
        if people is not None:
            asked = asked.where(workflow.authenticated_user.in_(people))
        with self.engine.connect() as connection:
            return list(connection.scalars(asked))

    def _table(self, name: str, *columns: str) -> sa.TableClause:
        """One of the engine's tables (https://docs.dbos.dev/explanations/system-tables)."""
        schema = None if is_file(self.engine.url) else "dbos"
        return sa.table(name, *(sa.column(column, sa.Text) for column in columns), schema=schema)


@asynccontextmanager
async def offline_client(database_url: str) -> AsyncIterator[OfflineClient]:
    """Beside the bot while the context lasts. Raises DatabaseUnusable, also when the database breaks meanwhile."""
    url = with_own_driver(database_url)
    look = await look_at(database_url)
    _check(url, look)
    engine = _engine(url)
    client = DBOSClient(
        system_database_engine=engine,
        serializer=JsonSerializer(),
        application_name=APPLICATION,
        lazy=True,
        retry_connection_errors=False,
    )
    try:
        yield OfflineClient(client, look.in_use if is_file(url) else await is_any_alive(url), engine)
    except (OSError, sqlite3.Error, psycopg.Error, SQLAlchemyError, engine_error.DBOSQueryTimeoutError) as error:
        raise DatabaseUnusable(complaint(url, error)) from None
    finally:
        await asyncio.to_thread(client.destroy)
        engine.dispose()


def _check(url: sa.URL, look: Look) -> None:
    """Raises DatabaseUnusable."""
    if look.version == 0:
        name = Path(look.name).absolute() if is_file(url) else look.name
        raise DatabaseUnusable(
            f"no bot has worked on the database {name} (DATABASE_URL) yet; "
            "run this where the bot runs, with the same settings"
        )
    if look.version != look.newest:
        raise DatabaseUnusable(
            f"the database {look.name} (DATABASE_URL) is that of another release; "
            "run this with the avatar-bot that works on it"
        )


def _engine(url: sa.URL) -> sa.Engine:
    if is_file(url):
        return sa.create_engine(url, pool_events=[(_prepare, "connect"), (overwrite_deleted, "connect")])
    server = url.set(drivername="postgresql+psycopg")
    return sa.create_engine(server, connect_args={"connect_timeout": CONNECT_SECONDS})


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    """As the engine prepares its own connections (dbos/_sys_db_sqlite.py); what is deleted takes its messages along."""
    connection.isolation_level = "IMMEDIATE"
    connection.execute("PRAGMA busy_timeout = 30000")
    connection.execute("PRAGMA foreign_keys = ON")
