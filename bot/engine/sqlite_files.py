"""What SQLite leaves of deleted text in its files, and how it goes."""

import sqlite3
import time
from pathlib import Path

# Nobody waits long for what the next sweep can do as well (seconds).
PATIENCE = 2.0


def overwrite_deleted(connection: sqlite3.Connection, _: object) -> None:
    """Has a new connection overwrite with zeros what it deletes (https://www.sqlite.org/pragma.html#pragma_secure_delete)."""
    connection.execute("PRAGMA secure_delete = ON")


def use_write_ahead_log(file: Path) -> None:
    """Readers and the writer no longer wait for each other; the mode stays with the file."""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def empty_write_ahead_log(file: Path) -> bool:
    """Moves the log's pages into the database and cuts it to nothing; False when others were at work meanwhile.

    Until then the log has deleted text as it was written once (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint).
    """
    connection = sqlite3.connect(file, timeout=PATIENCE)
    try:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return not busy


class FileChanges:
    """Tells cheaply whether anybody may have written to a database since the last look: every commit grows its log.

    Times of files have a granularity, so that a file which changed a moment ago counts as changed once more.
    """

    SETTLED_SECONDS = 2.0

    def __init__(self, database: Path) -> None:
        self._log = Path(f"{database}-wal")
        self._seen: tuple[int, int] | None = None

    def since_last_look(self) -> bool:
        try:
            found = self._log.stat()
        except OSError:
            # Without a log nothing can be told by it.
            return True
        now = (found.st_mtime_ns, found.st_size)
        changed = now != self._seen or time.time() - found.st_mtime < self.SETTLED_SECONDS
        self._seen = now
        return changed
