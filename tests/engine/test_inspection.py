"""Looking at a database: what is said of it, and that it stays as it is."""

import fcntl
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bot.database import DatabaseUnusable, with_own_driver
from bot.engine import inspection
from bot.engine.inspection import DatabaseState, inspect
from bot.engine.release import current_release, record_release


async def refusal(database_url: str) -> str:
    """Why a database cannot be used."""
    with pytest.raises(DatabaseUnusable) as unusable:
        await inspect(database_url)
    return str(unusable.value)


def address(path: Path) -> str:
    return f"sqlite:///{path}"


async def test_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    """It has no tables, and looking makes neither the file nor its folder."""
    file = tmp_path / "data" / "bot.db"
    assert await inspect(address(file)) == DatabaseState(str(file), in_use=False, tables="none")
    assert not (tmp_path / "data").exists()


async def test_which_release_a_file_is_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This one's, an older or a newer one's, or none's: by our own table alone."""
    url = address(tmp_path / "bot.db")
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
        connection.execute("CREATE TABLE dbos_migrations (version INTEGER)")
    assert (await inspect(url)).tables == "none"
    record_release(with_own_driver(url))
    seen = {}
    for release in (current_release(), "99.0.0", "3.0.9"):
        monkeypatch.setattr(inspection, "current_release", lambda release=release: release)
        seen[release] = (await inspect(url)).tables
    assert seen == {current_release(): "current", "99.0.0": "older", "3.0.9": "newer"}


async def test_a_file_on_which_a_bot_runs(tmp_path: Path) -> None:
    """The bot's lock is seen, and left to it."""
    (tmp_path / "bot.db").touch()
    with (tmp_path / "bot.db.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert (await inspect(address(tmp_path / "bot.db"))).in_use
    assert not (await inspect(address(tmp_path / "bot.db"))).in_use


async def test_files_that_can_be_no_database(tmp_path: Path) -> None:
    """A letter, a place below it, a folder, and a folder where nothing can be written are each refused."""
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader, " * 100)
    assert (await refusal(address(letter))).endswith("file is not a database")
    assert "can't be used: " in await refusal(address(letter / "bot.db"))
    assert (await refusal(address(tmp_path))).endswith("unable to open database file")
    assert "can't be used: " in await refusal("sqlite:////proc/avatar-bot/bot.db")
    assert letter.read_text() == "Dear reader, " * 100


@pytest.mark.parametrize(("sqlite", "is_refused"), [((3, 41, 2), True), ((3, 42, 0), False)])
async def test_a_file_that_wants_a_newer_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite: tuple[int, ...], is_refused: bool
) -> None:
    """Tables that the engine made under Python 3.12 ask for fractions of a second; the answer says what has them."""
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
        connection.execute("CREATE TABLE workflow_status (created_at INTEGER DEFAULT (unixepoch('subsec') * 1000))")
    monkeypatch.setattr(sqlite3, "sqlite_version_info", sqlite)
    if is_refused:
        assert "needs SQLite 3.42 or newer, and this Python" in await refusal(address(tmp_path / "bot.db"))
    else:
        assert (await inspect(address(tmp_path / "bot.db"))).tables == "none"


async def test_postgres(database_url: str) -> None:
    """An empty database can be used; one that takes no writes, and one whose user may create nothing, can't."""
    found = await inspect(database_url)
    assert (found.tables, found.in_use) == ("none", False)
    assert found.name.endswith(database_url.rpartition("@")[2].partition("/")[0])
    with psycopg.connect(database_url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"CREATE ROLE guest_{name} LOGIN")
        assert (await refusal(database_url.replace("bot@", f"guest_{name}@"))).endswith(
            "its user may not create tables and schemas"
        )
        record_release(with_own_driver(database_url))
        connection.execute(f"GRANT SELECT ON avatar_bot_release TO guest_{name}")
        assert (await inspect(database_url.replace("bot@", f"guest_{name}@"))).tables == "current"
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert (await refusal(database_url)).endswith("it is read-only")


async def test_postgres_out_of_reach() -> None:
    """The reason is told, the password is not."""
    told = await refusal("postgresql://someone:hush@127.0.0.1:1/videos")
    assert "Connection refused" in told
    assert "hush" not in told
