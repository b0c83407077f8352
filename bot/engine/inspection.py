"""Looks at the database without working on it: whether the bot can use it, and how far its tables are."""

import asyncio
import errno
import fcntl
import os
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import sqlalchemy as sa
from dbos._migration import get_migration_versions, get_sqlite_migration_versions
from sqlalchemy.exc import SQLAlchemyError

from bot.engine.runtime import DatabaseUnusable, check_sqlite, complaint, with_own_driver

CONNECT_SECONDS = 5
_SCHEMA = "dbos"
_MAY_WRITE = "SELECT current_setting('transaction_read_only') = 'off'"
_MAY_CREATE = """
    SELECT has_database_privilege(current_database(), 'CREATE')
       AND coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"""


@dataclass(frozen=True)
class Look:
    """What a database is like. `version` counts the engine's migrations that it has, of `newest` known to this release.

    0 stands for a database in which no bot was started yet. `in_use` is only known of a file.
    """

    name: str
    in_use: bool
    version: int
    newest: int


async def look_at(database_url: str) -> Look:
    """Looks at it, and leaves it as it is. Raises DatabaseUnusable, whose text says why, without the password."""
    url = with_own_driver(database_url)
    look = _look_at_file if url.get_backend_name() == "sqlite" else _look_at_server
    try:
        return await asyncio.to_thread(look, url)
    except (OSError, sqlite3.Error, psycopg.Error, SQLAlchemyError) as error:
        raise DatabaseUnusable(complaint(url, error)) from None


def _look_at_file(url: sa.URL) -> Look:
    path = Path(url.database or "")
    _try_write_ahead_log(url, path.absolute().parent)
    check_sqlite(path)
    if not path.exists():
        return Look(str(path), in_use=False, version=0, newest=_versions_in_file(":memory:")[1])
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    version, newest = _versions_in_file(f"file:{quote(str(path))}?mode=rw")
    return Look(str(path), in_use=_is_locked(Path(f"{path}.lock")), version=version, newest=newest)


def _versions_in_file(uri: str) -> tuple[int, int]:
    engine = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=sa.NullPool)
    return get_sqlite_migration_versions(engine)


def _try_write_ahead_log(url: sa.URL, folder: Path) -> None:
    """Tries on a file of its own whether SQLite works there as the bot needs it; network shares may not do."""
    while not folder.exists():
        folder = folder.parent
    with tempfile.TemporaryDirectory(prefix=".avatar-bot-check-", dir=folder) as trial:
        connection = sqlite3.connect(Path(trial) / "trial.db")
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
            connection.execute("CREATE TABLE trial (written INTEGER)")
        finally:
            connection.close()
    if mode != "wal":
        raise DatabaseUnusable(complaint(url, OSError(0, "SQLite's write-ahead log does not work in its folder")))


def _is_locked(lock: Path) -> bool:
    """Whether a running bot holds the file; the engine waits while this look takes."""
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _look_at_server(url: sa.URL) -> Look:
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": CONNECT_SECONDS},
        poolclass=sa.NullPool,
    )
    with engine.connect() as connection:
        if not connection.scalar(sa.text(_MAY_WRITE)):
            raise DatabaseUnusable(complaint(url, OSError(0, "it takes no writes")))
        may_create = connection.scalar(sa.text(_MAY_CREATE))
    version, newest = get_migration_versions(engine, _SCHEMA, use_listen_notify=True)
    if version < newest and not may_create:
        raise DatabaseUnusable(complaint(url, OSError(0, "its user may not create tables and schemas")))
    return Look(f"{url.database} at {url.host}:{url.port or 5432}", in_use=False, version=version, newest=newest)
