"""The durable engine: DBOS on SQLite, or on Postgres by its URL alone."""

import asyncio
import fcntl
import os
import secrets
import socket
import sqlite3
import time
from pathlib import Path
from typing import IO

from dbos import DBOS, DBOSConfig
from sqlalchemy import URL, make_url

from bot.exports.replicas import Replicas
from bot.exports.serializer import JsonSerializer

# Ours, not the engine's hash of the source: an upgrade must go on with the exports in flight. Changes to the
# workflow are told apart with DBOS.patch.
WORKFLOW_VERSION = "1"

# The embedded database is asked for news this often (seconds); Postgres tells by itself.
SQLITE_POLL_SECONDS = 0.25
MAX_THREADS = 32
LOCK_PATIENCE = 15.0
_LOCK_RETRY = 0.25


class DatabaseInUse(Exception):
    """Another process works on the same SQLite file; only Postgres can be shared."""


class Engine:
    """Launches and stops DBOS. `launch` belongs inside the running event loop, after the workflows are made."""

    def __init__(self, database_url: str) -> None:
        self._url = make_url(database_url)
        self._launched = False
        self._lock: IO[bytes] | None = None
        self._replicas: Replicas | None = None

    async def launch(self) -> None:
        """Starts the engine and takes up what was left unfinished. Raises DatabaseInUse."""
        if self._url.get_backend_name() == "sqlite":
            executor_id = "local"
            self._lock = await asyncio.to_thread(_lock_file, self._url)
            await asyncio.to_thread(_use_write_ahead_log, self._url)
        else:
            executor_id = _unique_name()
        DBOS(config=self._config(executor_id))
        DBOS.launch()
        if self._url.get_backend_name() == "postgresql":
            self._replicas = Replicas(self._url, executor_id)
            await self._replicas.join()
        self._launched = True

    async def stop(self) -> None:
        """Leaves exports in flight for the next start or another replica; nothing of them is marked as ended."""
        self._launched = False
        await asyncio.to_thread(DBOS.destroy)
        if self._replicas:
            await self._replicas.leave()
        if self._lock:
            self._lock.close()

    async def is_ready(self) -> bool:
        """Whether the engine runs and its database answers."""
        if not self._launched:
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
            "notification_listener_polling_interval_sec": SQLITE_POLL_SECONDS,
        }


def _unique_name() -> str:
    """A name that no other process has or had."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(6)}"


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
