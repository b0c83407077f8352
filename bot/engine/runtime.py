"""The durable engine: DBOS on SQLite, or on Postgres by its URL alone."""

import asyncio
import fcntl
import logging
import os
import secrets
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg
from dbos import DBOS, DBOSConfig, Serializer
from dbos import error as dbos_error
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from bot.database import DatabaseInUse, DatabaseUnusable, complaint, is_file, with_own_driver
from bot.engine.recovery import resume_all_but_those_of
from bot.engine.release import record_release
from bot.engine.replicas import Replicas
from bot.engine.sqlite_files import empty_write_ahead_log, overwrite_deleted, use_write_ahead_log
from bot.engine.telemetry import with_traces

logger = logging.getLogger(__name__)

FileIdentity = tuple[int, int]

# Whose the workflows in the database are; what looks at them from outside says the same name.
APPLICATION = "avatar-bot"
# Ours, not DBOS's hash of the source: an upgrade must go on with the exports in flight.
WORKFLOW_VERSION = "1"

# SQLite allows one writer. Many who wait for it sleep in pauses that grow, so that some are passed over for seconds; a
# pool of few connections hands them out in the order of asking.
SQLITE_CONNECTIONS, POSTGRES_CONNECTIONS = 2, 20
# More threads than this mostly wait for those connections, and for each other.
SQLITE_THREADS, POSTGRES_THREADS = 8, 32
# Nobody waits for DBOS's own messages, so that its look for them asks nothing; but a stop waits for the thread of that
# look, which sleeps for so long (seconds).
DBOS_MESSAGE_LOOK_SECONDS = 0.25
STOP_SECONDS = 4.0
# Since then SQLite tells fractions of a second (https://sqlite.org/releaselog/3_42_0.html).
SQLITE_WITH_FRACTIONS = (3, 42, 0)
LOCK_PATIENCE = 15.0
_LOCK_RETRY = 0.25


class Engine:
    """Launches and stops DBOS: `lock`, then `launch`, in the running event loop, after the workflows are made."""

    def __init__(self, database_url: str, serializer: Serializer, traces_endpoint: str | None = None) -> None:
        self._url = with_own_driver(database_url)
        self._serializer = serializer
        self._traces_endpoint = traces_endpoint
        self._executor_id = _unique_name()
        self._launched = False
        self._lock: IO[bytes] | None = None
        self._replicas: Replicas | None = None
        self._recovering: asyncio.Task[None] | None = None
        self._file: FileIdentity | None = None

    @property
    def is_shared(self) -> bool:
        """Whether other processes may work on the same database."""
        return not is_file(self._url)

    async def lock(self) -> None:
        """Takes an SQLite file for this process alone, or joins the replicas. Raises DatabaseUnusable."""
        with self._unusable():
            if is_file(self._url):
                path = Path(self._url.database or "")
                await asyncio.to_thread(check_sqlite, path)
                self._lock = await asyncio.to_thread(_lock_file, self._url)
                await asyncio.to_thread(use_write_ahead_log, path)
                self._file = _identity(self._url)
            else:
                self._replicas = Replicas(self._url, self._executor_id)
                await self._replicas.join()

    async def launch(self) -> None:
        """Starts DBOS and takes up what was left unfinished; the lock must be held. Raises DatabaseUnusable."""
        with self._unusable():
            DBOS(config=self._config())
            DBOS.logger.addFilter(_is_no_failed_launch)
            DBOS.launch()
            await asyncio.to_thread(record_release, self._url)
        if self._replicas:
            self._replicas.watch()
        else:
            self._recovering = asyncio.create_task(resume_all_but_those_of(self._executor_id))
        self._launched = True

    @contextmanager
    def _unusable(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error, psycopg.Error, SQLAlchemyError) as error:
            raise DatabaseUnusable(complaint(self._url, error)) from None

    async def stop(self) -> None:
        """Leaves exports in flight for the next start or another replica; nothing of them is marked as ended.

        Takes at most STOP_SECONDS, also when the database is away.
        """
        self._launched = False
        if self._recovering:
            self._recovering.cancel()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.to_thread(DBOS.destroy)
                if self._replicas:
                    await self._replicas.leave()
        except TimeoutError:
            logger.warning("the database does not answer; its connections are left as they are")
        if self._lock:
            self._lock.close()

    async def database_state(self) -> str:
        """`ok` once the database has answered; a file that was deleted or replaced is not the database."""
        if self._file and self._file != _identity(self._url):
            return "the database's file was deleted or replaced"
        try:
            await DBOS.list_workflows_async(limit=1, load_input=False, load_output=False)
        except (SQLAlchemyError, dbos_error.DBOSException) as error:
            # By its name alone: the text may show the address.
            return f"no answer ({type(error).__name__})"
        return "ok"

    async def state(self) -> str:
        """`ok` while the engine runs and, among replicas, holds its lock: without it the others take its exports."""
        if not self._launched:
            return "not running"
        if self._replicas and not self._replicas.is_joined:
            return "without its lock in the database"
        return "ok"

    async def scrub(self) -> None:
        """Removes what SQLite's log still has of deleted text; when others are at work, the next time may do it."""
        if self._file and not await asyncio.to_thread(empty_write_ahead_log, Path(self._url.database or "")):
            logger.info("the write-ahead log is in use; it is emptied next time")

    def _config(self) -> DBOSConfig:
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": self._url.render_as_string(hide_password=False),
            "application_version": WORKFLOW_VERSION,
            "executor_id": self._executor_id,
            "serializer": self._serializer,
            "db_engine_kwargs": self._engine_settings(),
            "log_level": "WARNING",
            "max_executor_threads": SQLITE_THREADS if self._lock else POSTGRES_THREADS,
            "notification_listener_polling_interval_sec": DBOS_MESSAGE_LOOK_SECONDS,
            "sys_db_pool_size": SQLITE_CONNECTIONS if self._lock else POSTGRES_CONNECTIONS,
        }
        return with_traces(config, self._traces_endpoint)

    def _engine_settings(self) -> dict[str, Any]:
        # The parameters that an error would quote hold scripts.
        hidden = {"hide_parameters": True}
        return hidden | {"pool_events": [(overwrite_deleted, "connect")]} if is_file(self._url) else hidden


def _unique_name() -> str:
    """A name that no other process has or had."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(6)}"


def _is_no_failed_launch(record: logging.LogRecord) -> bool:
    """Whoever started the bot is told in one sentence, without the engine's traceback."""
    return not record.getMessage().startswith("DBOS failed to launch")


def check_sqlite(file: Path) -> None:
    """Raises DatabaseUnusable when this Python's SQLite is too old for the engine.

    From Python 3.12 on DBOS asks SQLite for fractions of a second, and so do, under any Python, the tables that it made
    then. An older SQLite answers NULL, which no column takes.
    """
    if sqlite3.sqlite_version_info >= SQLITE_WITH_FRACTIONS:
        return
    if sys.version_info >= (3, 12) or (file.exists() and _asks_for_fractions(file)):
        raise DatabaseUnusable(
            f"the database file {file} (DATABASE_URL) needs SQLite 3.42 or newer, and this Python "
            f"({'.'.join(map(str, sys.version_info[:2]))}) has {sqlite3.sqlite_version}; run the bot with a Python "
            "whose SQLite is newer, or set DATABASE_URL to a Postgres database"
        )


def _asks_for_fractions(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as connection:
        asking = connection.execute("SELECT 1 FROM sqlite_master WHERE sql LIKE '%subsec%'")
        return asking.fetchone() is not None


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
