"""SQLite's files: deleted text is removed from them, and changes are detected by them."""

import sqlite3
import time
from pathlib import Path

# A short wait for locks: the next sweep can do the work as well (seconds).
PATIENCE = 2.0


def overwrite_deleted(connection: sqlite3.Connection, _: object) -> None:
    """Overwrites with zeros what a new connection deletes (https://www.sqlite.org/pragma.html#pragma_secure_delete)."""
    connection.execute("PRAGMA secure_delete = ON")


def use_write_ahead_log(file: Path) -> None:
    """Switches the file to a write-ahead log, so that readers and the writer don't wait for each other; persistent."""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def empty_write_ahead_log(file: Path) -> bool:
    """Moves the log's pages into the database and truncates the log; False if other connections were using it.

    Until then the log still contains deleted text (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint).
    """
    connection = sqlite3.connect(file, timeout=PATIENCE)
    try:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return not busy


class FileChanges:
    """Checks cheaply whether a database may have been written to since the last check: every commit changes its log.

    File times are coarse, so a file that changed a moment ago counts as changed in the next check, too.
    """

    SETTLED_SECONDS = 2.0

    def __init__(self, database: Path) -> None:
        self._log = Path(f"{database}-wal")
        self._seen: tuple[int, int] | None = None

    def since_last_look(self) -> bool:
        try:
            found = self._log.stat()
        except OSError:
            # Without a log, changes can't be detected.
            return True
        now = (found.st_mtime_ns, found.st_size)
        changed = now != self._seen or time.time() - found.st_mtime < self.SETTLED_SECONDS
        self._seen = now
        return changed
