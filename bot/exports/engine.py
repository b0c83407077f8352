"""The durable engine: DBOS on SQLite, or on Postgres by its URL alone."""

import asyncio
import fcntl
import logging
import os
import secrets
import socket
import sqlite3
import time
from pathlib import Path
from typing import IO

import psycopg
from dbos import DBOS, DBOSConfig
from sqlalchemy import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.exports.indexes import index_file, index_postgres
from bot.exports.replicas import Replicas
from bot.exports.serializer import JsonSerializer
from bot.exports.waiters import SHORTEST_PAUSE, waiters

logger = logging.getLogger(__name__)

FileIdentity = tuple[int, int]

# Ours, not the engine's hash of the source: an upgrade must go on with the exports in flight. Changes to the
# workflow are told apart with DBOS.patch.
WORKFLOW_VERSION = "1"

# SQLite has one writer. Many who wait for it sleep in pauses that grow, so that some are passed over for seconds;
# the few connections are handed out in the order of asking.
SQLITE_CONNECTIONS, POSTGRES_CONNECTIONS = 2, 20
MAX_THREADS = 32
STOP_SECONDS = 4.0
LOCK_PATIENCE = 15.0
_LOCK_RETRY = 0.25


class DatabaseUnusable(Exception):
    """The bot cannot work on its database; the text says why, without the password."""


class DatabaseInUse(DatabaseUnusable):
    """Another process works on the same SQLite file; only Postgres can be shared."""


class Engine:
    """Launches and stops DBOS. `launch` belongs inside the running event loop, after the workflows are made."""

    def __init__(self, database_url: str) -> None:
        url = make_url(database_url)
        # Other drivers that people name, such as sqlite+aiosqlite, are not there; the engine has its own.
        self._url = url.set(drivername=url.get_backend_name())
        self._launched = False
        self._lock: IO[bytes] | None = None
        self._replicas: Replicas | None = None
        self._indexing: asyncio.Task[None] | None = None
        self._file: FileIdentity | None = None

    async def launch(self) -> None:
        """Starts the engine and takes up what was left unfinished. Raises DatabaseUnusable."""
        try:
            await self._launch()
        except (OSError, sqlite3.Error, psycopg.Error, SQLAlchemyError) as error:
            raise DatabaseUnusable(_complaint(self._url, error)) from None
        self._launched = True

    async def _launch(self) -> None:
        is_file = self._url.get_backend_name() == "sqlite"
        executor_id = "local" if is_file else _unique_name()
        if is_file:
            self._lock = await asyncio.to_thread(_lock_file, self._url)
            await asyncio.to_thread(_use_write_ahead_log, self._url)
            self._file = _identity(self._url)
        else:
            self._replicas = Replicas(self._url, executor_id)
            await self._replicas.join()
        engine = DBOS(config=self._config(executor_id))
        DBOS.logger.addFilter(_is_no_failed_launch)
        DBOS.launch()
        if self._replicas:
            self._replicas.watch()
            self._indexing = asyncio.create_task(index_postgres(self._url))
        else:
            waiters.watch(engine)
            await asyncio.to_thread(index_file, self._url)

    async def stop(self) -> None:
        """Leaves exports in flight for the next start or another replica; nothing of them is marked as ended.

        Takes at most STOP_SECONDS, also when the database is away.
        """
        self._launched = False
        waiters.leave()
        if self._indexing:
            self._indexing.cancel()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.to_thread(DBOS.destroy)
                if self._replicas:
                    await self._replicas.leave()
        except TimeoutError:
            logger.warning("the database does not answer; its connections are left as they are")
        if self._lock:
            self._lock.close()

    async def is_ready(self) -> bool:
        """Whether the engine runs and its database answers; a file that was deleted or replaced is not the database."""
        if not self._launched or (self._file and self._file != _identity(self._url)):
            return False
        await DBOS.list_workflows_async(limit=1, load_input=False, load_output=False)
        return True

    def _config(self, executor_id: str) -> DBOSConfig:
        return {
            "name": "avatar-bot",
            "system_database_url": self._url.render_as_string(hide_password=False),
            "application_version": WORKFLOW_VERSION,
            "executor_id": executor_id,
            "serializer": JsonSerializer(),
            "log_level": "WARNING",
            "max_executor_threads": MAX_THREADS,
            "notification_listener_polling_interval_sec": SHORTEST_PAUSE,
            "sys_db_pool_size": SQLITE_CONNECTIONS if self._lock else POSTGRES_CONNECTIONS,
        }


def _unique_name() -> str:
    """A name that no other process has or had."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(6)}"


def _is_no_failed_launch(record: logging.LogRecord) -> bool:
    """Whoever started the bot is told in one sentence, without the engine's traceback."""
    return not record.getMessage().startswith("DBOS failed to launch")


def _complaint(url: URL, error: Exception) -> str:
    reason = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error).strip().splitlines()[0]
    if url.get_backend_name() == "sqlite":
        return f"the database file {url.database} (DATABASE_URL) can't be used: {reason}"
    return f"the database {url.database} at {url.host}:{url.port or 5432} (DATABASE_URL) can't be used: {reason}"


def _identity(url: URL) -> FileIdentity | None:
    """Which file lies at the path at this moment."""
    try:
        found = Path(url.database or "").stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _lock_file(url: URL) -> IO[bytes]:
    """Holds the file against a second process; waits (15 s) for one that is just about to stop."""
    path = Path(f"{url.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("ab")
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                raise DatabaseInUse(
                    f"another avatar-bot is using {url.database}; stop it, or set DATABASE_URL to a Postgres "
                    "database, which several can share"
                ) from None
            time.sleep(_LOCK_RETRY)
        else:
            return lock


def _use_write_ahead_log(url: URL) -> None:
    """Readers and the writer no longer wait for each other; the mode stays with the file."""
    with sqlite3.connect(url.database or "") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
