"""Launching and stopping the engine: one process on a file, and a stop that takes no longer than it may."""

import asyncio
import logging
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from dbos import DBOS

from bot.database import DatabaseInUse, DatabaseUnusable, with_own_driver
from bot.engine import runtime, sqlite_files
from bot.engine.inspection import inspect
from bot.engine.replicas import is_any_alive
from bot.engine.runtime import Engine
from bot.engine.serializer import JsonSerializer
from tests.engine.workflows import running_engine, stopped
from tests.scenarios.scene import until_true


def engine_on(url: str) -> Engine:
    return Engine(url, JsonSerializer(()))


def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'data' / 'avatar-bot.db'}"


async def test_a_file_is_locked_before_anything_is_launched(tmp_path: Path) -> None:
    """Whoever holds it may make its tables; the file's folder and its write-ahead log are there by then."""
    engine = engine_on(address(tmp_path))
    await engine.lock()
    assert (await inspect(address(tmp_path))).in_use
    with closing(sqlite3.connect(tmp_path / "data" / "avatar-bot.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert (await engine.state(), engine.is_shared) == ("not running", False)
    await engine.launch()
    assert (await engine.state(), await engine.database_state()) == ("ok", "ok")
    await stopped(engine)
    assert await engine.state() == "not running"
    assert not (await inspect(address(tmp_path))).in_use


async def test_a_second_process_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told what to do, and leaves the first one alone."""
    monkeypatch.setattr(runtime, "LOCK_PATIENCE", 0.0)
    monkeypatch.setattr(runtime, "_LOCK_RETRY", 0.01)
    first, second = engine_on(address(tmp_path)), engine_on(address(tmp_path))
    await first.lock()
    with pytest.raises(DatabaseInUse, match=r"another avatar-bot is using .* set DATABASE_URL to a Postgres"):
        await second.lock()
    await first.stop()
    await second.lock()
    await second.stop()


async def test_one_that_is_about_to_stop_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restart does not fail because the old process takes a moment."""
    monkeypatch.setattr(runtime, "_LOCK_RETRY", 0.01)
    first, second = engine_on(address(tmp_path)), engine_on(address(tmp_path))
    await first.lock()
    waiting = asyncio.create_task(second.lock())
    await first.stop()
    await waiting
    await second.stop()


async def test_what_cannot_be_used_is_said_in_one_sentence(tmp_path: Path) -> None:
    """A file that is no database, and a server that is not there; without a password."""
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader, " * 100)
    for url, why in (
        (f"sqlite:///{letter}", "file is not a database"),
        ("postgresql://someone:hush@127.0.0.1:1/videos", "Connection refused"),
    ):
        engine = engine_on(url)
        with pytest.raises(DatabaseUnusable, match=why) as unusable:
            await engine.lock()
        assert "hush" not in str(unusable.value)
        await engine.stop()


async def test_a_file_that_was_replaced_is_not_the_database(tmp_path: Path) -> None:
    """Health says so, though the old file still answers."""
    async with running_engine(address(tmp_path)) as engine:
        file = tmp_path / "data" / "avatar-bot.db"
        file.rename(file.with_suffix(".old"))
        assert await engine.database_state() == "the database's file was deleted or replaced"
        file.touch()
        assert await engine.database_state() == "the database's file was deleted or replaced"


async def test_a_replica_is_seen_while_it_runs(
    database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By its lock alone, which it holds from before the launch until it stops, and takes again when it was lost."""
    monkeypatch.setattr("bot.engine.replicas.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("bot.engine.replicas.RECONNECT_SECONDS", 0.02)
    url = with_own_driver(database_url)
    engine = engine_on(database_url)
    await engine.lock()
    assert await is_any_alive(url)
    await engine.launch()
    assert (await engine.state(), engine.is_shared) == ("ok", True)

    async def is_joined() -> bool:
        return await engine.state() == "ok" and "can't be seen" in caplog.text

    assert engine._replicas is not None
    assert engine._replicas._connection is not None
    await engine._replicas._connection.close()
    assert await engine.state() == "without its lock in the database"
    await until_true(is_joined, what="the lock, taken again")
    assert await is_any_alive(url)
    await stopped(engine)
    assert not await is_any_alive(url)


async def test_a_stop_is_quick(either_database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """It does not wait for what DBOS's threads sleep, and has the time to let go of its lock."""
    async with running_engine(either_database_url):
        pass
    assert "does not answer" not in caplog.text


async def test_a_stop_does_not_wait_for_a_database_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After its time the connections are left as they are, and the file is free for the next start."""
    monkeypatch.setattr(runtime, "STOP_SECONDS", 0.05)
    engine, answered = engine_on(address(tmp_path)), threading.Event()
    await engine.lock()
    await engine.launch()
    with monkeypatch.context() as patch:
        patch.setattr(DBOS, "destroy", answered.wait)
        await stopped(engine)
    answered.set()
    assert "the database does not answer" in caplog.text
    assert not (await inspect(address(tmp_path))).in_use
    await asyncio.to_thread(DBOS.destroy)


async def test_deleted_text_leaves_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """At once when nobody else is at work, and otherwise the next time, which the log says."""
    monkeypatch.setattr(sqlite_files, "PATIENCE", 0.01)
    caplog.set_level(logging.INFO)
    async with running_engine(address(tmp_path)) as engine:
        file = tmp_path / "data" / "avatar-bot.db"
        await engine.scrub()
        assert file.with_name("avatar-bot.db-wal").stat().st_size == 0
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM workflow_status").fetchone()
            with closing(sqlite3.connect(file, isolation_level=None)) as writer:
                writer.execute("UPDATE avatar_bot_release SET version = '0'")
            await engine.scrub()
        assert "emptied next time" in caplog.text
