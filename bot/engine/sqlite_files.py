"""What SQLite leaves of deleted text in its files, and how it goes."""

import sqlite3
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
