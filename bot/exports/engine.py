"""The durable engine: DBOS on SQLite, or on Postgres by its URL alone."""

import asyncio
import sqlite3
from pathlib import Path

from dbos import DBOS, DBOSConfig
from sqlalchemy import URL, make_url

from bot.exports.serializer import JsonSerializer

# Ours, not the engine's hash of the source: an upgrade must go on with the exports in flight. Changes to the
# workflow are told apart with DBOS.patch.
WORKFLOW_VERSION = "1"

# The embedded database is asked for news this often (seconds); Postgres tells by itself.
SQLITE_POLL_SECONDS = 0.25
MAX_THREADS = 32


class Engine:
    """Launches and stops DBOS. `launch` belongs inside the running event loop, after the workflows are made."""

    def __init__(self, database_url: str) -> None:
        self._url = make_url(database_url)
        self._launched = False

    async def launch(self) -> None:
        if self._url.get_backend_name() == "sqlite":
            await asyncio.to_thread(_use_write_ahead_log, self._url)
        DBOS(config=self._config())
        DBOS.launch()
        self._launched = True

    async def stop(self) -> None:
        """Leaves exports in flight for the next start; nothing of them is marked as ended."""
        self._launched = False
        await asyncio.to_thread(DBOS.destroy)

    async def is_ready(self) -> bool:
        """Whether the engine runs and its database answers."""
        if not self._launched:
            return False
        await DBOS.list_workflows_async(limit=1, load_input=False, load_output=False)
        return True

    def _config(self) -> DBOSConfig:
        return {
            "name": "avatar-bot",
            "system_database_url": self._url.render_as_string(hide_password=False),
            "application_version": WORKFLOW_VERSION,
            "serializer": JsonSerializer(),
            "log_level": "WARNING",
            "max_executor_threads": MAX_THREADS,
            "notification_listener_polling_interval_sec": SQLITE_POLL_SECONDS,
        }


def _use_write_ahead_log(url: URL) -> None:
    """Readers and the writer no longer wait for each other; the mode stays with the file."""
    path = Path(url.database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
