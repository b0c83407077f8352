"""What webhooks tell, from the call to the export: nothing is lost, and of many news the newest is heard."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
from dbos import DBOS
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import closed, opened
from bot.engine import intake as module
from bot.engine.inbox import Inbox, News
from bot.engine.intake import Intake, NotTaken
from bot.engine.runtime import Engine
from bot.engine.serializer import JsonSerializer
from bot.exports.models import Progress
from tests.exports.history.past import Past, files_with
from tests.scenarios.scene import until_true

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = "T0AVATARS:U0ANA0001"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def file(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """The database of an engine that runs and has nothing to do."""
    path = tmp_path_factory.mktemp("intake") / "avatar-bot.db"
    engine = Engine(f"sqlite:///{path}")
    await engine.launch()
    yield path
    await engine.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def database(file: Path) -> AsyncIterator[AsyncEngine]:
    """The bot's own tables in it."""
    engine = opened(f"sqlite:///{file}")
    yield engine
    await closed(engine)


@pytest_asyncio.fixture(loop_scope="module")
async def inbox(database: AsyncEngine) -> Inbox:
    """An inbox that nobody empties."""
    inbox = Inbox(database)
    await inbox.prepare()
    return inbox


@pytest_asyncio.fixture(loop_scope="module")
async def intake(inbox: Inbox) -> AsyncIterator[Intake]:
    """The bot's intake, at work."""
    intake = Intake(inbox)
    await intake.open()
    yield intake
    await intake.close()


@pytest.fixture
def sql(file: Path) -> Iterator[sqlite3.Connection]:
    """The same file, as somebody beside the bot sees it."""
    with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as connection:
        yield connection


@pytest.fixture
def export(sql: sqlite3.Connection, request: pytest.FixtureRequest) -> str:
    """An export that is under way, and takes no messages."""
    return begun(sql, request.node.name)


def begun(sql: sqlite3.Connection, export_id: str) -> str:
    Past(sql, PERSON).export(export_id)
    return export_id


def told(export_id: str, progress: int, *, task_id: str | None = None, credit: int | None = None) -> News:
    return News(export_id, Progress(at=float(progress), progress=progress, task_id=task_id, credit=credit))


def messages(sql: sqlite3.Connection, export_id: str) -> list[Progress]:
    """What the export is going to hear, in that order."""
    found = sql.execute("SELECT message FROM notifications WHERE destination_uuid = ? ORDER BY rowid", [export_id])
    return [JsonSerializer().deserialize(message) for (message,) in found]


def rows(sql: sqlite3.Connection, export_id: str) -> int:
    (count,) = sql.execute("SELECT count(*) FROM avatar_bot_inbox WHERE export_id = ?", [export_id]).fetchone()
    return int(count)


async def until_heard(sql: sqlite3.Connection, export_id: str, progress: int) -> None:
    async def is_heard() -> bool:
        return any(one.progress == progress for one in messages(sql, export_id))

    await until_true(is_heard, what=f"a message of {progress}")


async def test_what_is_taken_arrives(intake: Intake, sql: sqlite3.Connection, export: str) -> None:
    """News of an export become a message to it, with all that they tell, and the inbox is empty again."""
    heard = Progress(at=1.0, progress=100, credit=7, task_id="task")
    assert await intake.take(export, heard) == PERSON
    await until_heard(sql, export, 100)
    assert (messages(sql, export), rows(sql, export)) == ([heard], 0)


async def test_news_of_no_export_are_told_apart(intake: Intake, sql: sqlite3.Connection, export: str) -> None:
    """Of calls that share a commit those for unknown exports leave nothing, and the others arrive."""
    calls = [intake.take(one, Progress(at=1.0, progress=5)) for one in ("unknown", export, "gone")]
    assert await asyncio.gather(*calls) == [None, PERSON, None]
    await until_heard(sql, export, 5)
    assert rows(sql, "unknown") == rows(sql, "gone") == 0


async def test_progress_in_the_inbox_never_runs_backwards(inbox: Inbox, sql: sqlite3.Connection, export: str) -> None:
    """Of reports out of order and repeated the highest is heard, once, with whatever any of them told, and the time
    of the first."""
    await inbox.write([told(export, 40), told(export, 60, task_id="task"), told(export, 50)])
    await inbox.write([told(export, 60), told(export, 30, credit=3)])
    assert await inbox.hand_over(10) == [export]
    assert messages(sql, export) == [Progress(at=40.0, progress=60, task_id="task", credit=3)]


async def test_what_was_heard_is_not_heard_again(inbox: Inbox, sql: sqlite3.Connection, export: str) -> None:
    """Progress that is reported once more after it was handed over makes no second message."""
    for _ in range(3):
        await inbox.write([told(export, 100)])
        await inbox.hand_over(10)
    assert [one.progress for one in messages(sql, export)] == [100]


async def test_an_end_comes_first(inbox: Inbox, sql: sqlite3.Connection, export: str) -> None:
    """However many others wait longer, the export that is at 100 hears of it first."""
    others = [begun(sql, f"{export}-{number}") for number in range(5)]
    await inbox.write([told(other, 10) for other in others] + [told(export, 100)])
    assert await inbox.hand_over(1) == [export]
    assert sorted(await inbox.hand_over(10)) == others


async def test_a_flood_becomes_few_messages(intake: Intake, sql: sqlite3.Connection, export: str) -> None:
    """Hundreds of calls make a handful of messages, of which the last has the last word."""
    for progress in range(100):
        calls = [intake.take(export, Progress(at=1.0, progress=progress)) for _ in range(5)]
        assert set(await asyncio.gather(*calls)) == {PERSON}
    await until_heard(sql, export, 99)
    heard = [one.progress for one in messages(sql, export)]
    assert heard == sorted(heard)
    assert len(heard) < 100 / 2


async def test_what_was_left_is_handed_over_at_the_start(inbox: Inbox, sql: sqlite3.Connection, export: str) -> None:
    """News that another process committed, and died, arrive without a further call."""
    await inbox.write([told(export, 33)])
    assert messages(sql, export) == []
    intake = Intake(inbox)
    await intake.open()
    await until_heard(sql, export, 33)
    await intake.close()


async def test_a_deleted_export_leaves_nothing(inbox: Inbox, file: Path, sql: sqlite3.Connection, export: str) -> None:
    """Whoever deletes an export deletes its news, to the last byte once the log is emptied."""
    await inbox.write([told(export, 20, task_id=f"task of {export}")])
    await DBOS.delete_workflows_async([export])
    assert rows(sql, export) == 0
    sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert files_with(file, f"task of {export}") == []


async def test_a_stuck_database_turns_calls_away(
    intake: Intake, sql: sqlite3.Connection, export: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nothing can be written down, whoever calls is told to come later, those beyond the bound at once; when it
    can again, the next call is taken."""
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    monkeypatch.setattr(module, "MOST_WAITING", 10)
    sql.execute("BEGIN EXCLUSIVE")
    calls = [intake.take(export, Progress(at=1.0, progress=one)) for one in range(50)]
    refused = await asyncio.gather(*calls, return_exceptions=True)
    sql.execute("ROLLBACK")
    assert {type(one) for one in refused} == {NotTaken}

    async def is_taken() -> bool:
        try:
            return await intake.take(export, Progress(at=1.0, progress=70)) == PERSON
        except NotTaken:
            return False

    await until_true(is_taken, what="a call that is taken")
    await until_heard(sql, export, 70)


async def test_a_failed_commit_is_no_answer(
    inbox: Inbox, intake: Intake, sql: sqlite3.Connection, export: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the database fails, those who wait are told to come later, and the one who writes goes on."""
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "write", broken)
        with pytest.raises(NotTaken):
            await intake.take(export, Progress(at=1.0, progress=1))
    assert await intake.take(export, Progress(at=1.0, progress=2)) == PERSON
    await until_heard(sql, export, 2)


async def broken(_: object) -> None:
    raise OperationalError("", {}, Exception("the disk is broken"))
