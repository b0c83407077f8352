"""The database as the command line works on it, beside a bot or without one."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from dbos import DBOS, SetWorkflowID

from bot.database import DatabaseUnusable, with_own_driver
from bot.engine import inspection, sqlite_files
from bot.engine.offline_client import OfflineClient, offline_client
from bot.engine.release import record_release
from bot.engine.serializer import JsonSerializer
from tests.engine.mailboxes import Note
from tests.engine.workflows import its_own_id, running_engine

SERIALIZER = JsonSerializer((Note,))


def files_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def workflows(offline: OfflineClient) -> list[tuple[str, object]]:
    """What DBOS has, with the results."""
    return [(one.workflow_id, one.output) for one in await offline.client.list_workflows_async()]


async def test_beside_a_bot(either_database_url: str) -> None:
    """It reads what the bot has written, our own tables are within reach, and it knows that the bot runs."""
    async with running_engine(either_database_url):
        with SetWorkflowID("V1"):
            handle = await DBOS.start_workflow_async(its_own_id)
        await handle.get_result()
        async with offline_client(either_database_url, SERIALIZER) as offline:
            assert offline.bot_runs
            assert await workflows(offline) == [("V1", Note(text="V1"))]
            assert await offline.scrub()
    async with offline_client(either_database_url, SERIALIZER) as offline:
        assert not offline.bot_runs
        assert await workflows(offline) == [("V1", Note(text="V1"))]
        assert await offline.scrub()


async def test_a_database_that_no_bot_has_worked_on(either_database_url: str, tmp_path: Path) -> None:
    """Who types a command in the wrong folder is told, and no file is made."""
    with pytest.raises(DatabaseUnusable, match=r"no bot has worked on the database .* yet; run this where"):
        async with offline_client(either_database_url, SERIALIZER):
            pass
    assert files_in(tmp_path) == []


async def test_a_database_of_another_release(either_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is guessed about tables that this release does not know, be they older or newer."""
    record_release(with_own_driver(either_database_url))
    for version in ("0.0.1", "99.0"):
        monkeypatch.setattr(inspection, "current_release", lambda version=version: version)
        with pytest.raises(DatabaseUnusable, match="another release"):
            async with offline_client(either_database_url, SERIALIZER):
                pass


async def test_a_database_that_breaks_meanwhile(tmp_path: Path) -> None:
    """One sentence, as at the start."""
    file = tmp_path / "avatar-bot.db"
    async with running_engine(f"sqlite:///{file}"):
        pass
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE operation_outputs")
        connection.execute("DROP TABLE workflow_status")
    with pytest.raises(DatabaseUnusable, match="no such table"):
        await seen_by_an_operator(f"sqlite:///{file}")


async def seen_by_an_operator(url: str) -> list[tuple[str, object]]:
    async with offline_client(url, SERIALIZER) as offline:
        return await workflows(offline)


async def test_a_log_that_a_bot_keeps_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said that deleted text is still in the file."""
    monkeypatch.setattr("bot.engine.offline_client.empty_write_ahead_log", lambda _: False)
    file = tmp_path / "avatar-bot.db"
    async with running_engine(f"sqlite:///{file}"):
        pass
    async with offline_client(f"sqlite:///{file}", SERIALIZER) as offline:
        assert not await offline.scrub()


def test_a_connection_is_told_to_overwrite() -> None:
    """Also where SQLite was built to leave deleted text as it is."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        sqlite_files.overwrite_deleted(connection, None)
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
