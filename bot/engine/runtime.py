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

# DBOS's name for the application; the command line must use it, too, to find the workflows.
APPLICATION = "avatar-bot"
# Ours, not DBOS's hash of the source: an upgrade must go on with the exports in flight.
WORKFLOW_VERSION = "1"

# SQLite allows one writer. Waiting connections retry in growing intervals, so that some wait for seconds; a small pool
# serves threads in order instead.
SQLITE_CONNECTIONS, POSTGRES_CONNECTIONS = 2, 20
# More threads than this mostly wait for those connections, and for each other.
SQLITE_THREADS, POSTGRES_THREADS = 8, 32
# DBOS's own messages are unused, so that its poll for them queries nothing; but a stop waits for the polling thread,
# which sleeps for so long (seconds).
DBOS_MESSAGE_LOOK_SECONDS = 0.25
STOP_SECONDS = 4.0
# The first SQLite that returns fractions of a second (https://sqlite.org/releaselog/3_42_0.html).
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
        """Locks an SQLite file against other bots, or joins the replicas on Postgres. Raises DatabaseUnusable."""
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
        """Starts DBOS and resumes unfinished workflows; the lock must be held. Raises DatabaseUnusable."""
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
        """Stops DBOS; running workflows go on at the next start or in another replica.

        Takes at most STOP_SECONDS, also if the database does not answer.
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
        """`ok` if the database answers, otherwise the problem; a deleted or replaced file is a problem."""
        if self._file and self._file != _identity(self._url):
            return "the database's file was deleted or replaced"
        try:
            await DBOS.list_workflows_async(limit=1, load_input=False, load_output=False)
        except (SQLAlchemyError, dbos_error.DBOSException) as error:
            # Only the error's name: its text may contain the address.
            return f"no answer ({type(error).__name__})"
        return "ok"

    async def state(self) -> str:
        """`ok` if the engine runs and, on Postgres, holds its lock: without it other replicas take its exports."""
        if not self._launched:
            return "not running"
        if self._replicas and not self._replicas.is_joined:
            return "without its lock in the database"
        return "ok"

    async def scrub(self) -> None:
        """Removes deleted text from SQLite's write-ahead log; does nothing while other connections use it."""
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
    """A name that no other process has or has had."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(6)}"


def _is_no_failed_launch(record: logging.LogRecord) -> bool:
    """Drops the engine's traceback of a failed launch: the bot reports it in one sentence."""
    return not record.getMessage().startswith("DBOS failed to launch")


def check_sqlite(file: Path) -> None:
    """Raises DatabaseUnusable when this Python's SQLite is too old for the engine.

    With Python 3.12 or newer, DBOS and the tables that it creates ask SQLite for fractions of a second. An older SQLite
    returns NULL, which the columns don't allow. Tables made that way need a new SQLite under any Python.
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
    """The identity of the file at the path; None if there is none."""
    try:
        found = Path(url.database or "").stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _lock_file(url: URL) -> IO[bytes]:
    """Locks the file against a second process; waits up to 15 s for a process that is stopping."""
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
