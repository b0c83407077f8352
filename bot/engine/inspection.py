"""Inspects the database without changing it: whether the bot can use it, and which release has used it."""

import asyncio
import errno
import fcntl
import os
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.database import DatabaseUnusable, complaint, is_file, with_own_driver
from bot.engine.release import current_release, is_newer, recorded_release
from bot.engine.runtime import check_sqlite

CONNECT_SECONDS = 5
_MAY_WRITE = "SELECT current_setting('transaction_read_only') = 'off'"
_MAY_CREATE = """
    SELECT has_database_privilege(current_database(), 'CREATE')
       AND coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"""

Tables = Literal["none", "older", "current", "newer"]


@dataclass(frozen=True)
class DatabaseState:
    """The state of a database.

    `tables`: `none` before the first start, otherwise whether an older, this, or a newer release made them.
    `in_use`: a running bot has locked the file; always false for Postgres.
    """

    name: str
    in_use: bool
    tables: Tables


async def inspect(database_url: str) -> DatabaseState:
    """Returns the state of the database. Raises DatabaseUnusable, whose text says why, without the password."""
    url = with_own_driver(database_url)
    look = _inspect_file if is_file(url) else _inspect_server
    try:
        return await asyncio.to_thread(look, url)
    except (OSError, sqlite3.Error, psycopg.Error, SQLAlchemyError) as error:
        raise DatabaseUnusable(complaint(url, error)) from None


def _inspect_file(url: sa.URL) -> DatabaseState:
    path = Path(url.database or "")
    _try_write_ahead_log(url, path.absolute().parent)
    check_sqlite(path)
    if not path.exists():
        return DatabaseState(str(path), in_use=False, tables="none")
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return DatabaseState(str(path), in_use=_is_locked(Path(f"{path}.lock")), tables=_tables_of_file(path))


def _tables_of_file(path: Path) -> Tables:
    uri = f"file:{quote(str(path))}?mode=rw"
    engine = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return _tables(recorded_release(connection))


def _tables(release: str | None) -> Tables:
    if release is None:
        return "none"
    if release == current_release():
        return "current"
    return "newer" if is_newer(release, current_release()) else "older"


def _try_write_ahead_log(url: sa.URL, folder: Path) -> None:
    """Checks with a temporary file that SQLite's write-ahead log works there; on network shares it may not."""
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
    """Whether a running bot has locked the file; an engine that starts meanwhile waits for this check."""
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _inspect_server(url: sa.URL) -> DatabaseState:
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": CONNECT_SECONDS},
        poolclass=sa.NullPool,
    )
    with engine.connect() as connection:
        if not connection.scalar(sa.text(_MAY_WRITE)):
            raise DatabaseUnusable(complaint(url, OSError(0, "it is read-only")))
        may_create = connection.scalar(sa.text(_MAY_CREATE))
        tables = _tables(recorded_release(connection))
    if tables in ("none", "older") and not may_create:
        raise DatabaseUnusable(complaint(url, OSError(0, "its user may not create tables and schemas")))
    return DatabaseState(f"{url.database} at {url.host}:{url.port or 5432}", in_use=False, tables=tables)
