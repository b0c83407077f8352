"""What the bot asks its history again and again: SQLite finds the answers by an index, however long the history is."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from dbos import DBOS

from bot.engine.runtime import Engine
from bot.exports.history import queries as history
from bot.exports.history.retention import sweep
from tests.scenarios.scene import until_true

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOMEBODY = "T0AVATARS:U0ANA0001"
NOON = 1_700_000_000.0

Statement = tuple[str, Any]

PERSON, STATUS = "authenticated_user=?", "status=?"
ENDED, BEGUN = "completed_at>? AND completed_at<?", "created_at<?"

# What is asked, and by what each part of the answer is found.
ASKED: dict[str, tuple[Callable[[], Awaitable[Any]], list[str]]] = {
    "a person's videos": (lambda: history.videos(SOMEBODY, 10), [PERSON]),
    "a person's last request": (lambda: history.last_request(SOMEBODY), [PERSON]),
    "a person's videos of the day": (lambda: history.videos_since(SOMEBODY, NOON), [PERSON]),
    "what waits and what is being made": (history.standing, [STATUS]),
    "what was made in a day": (lambda: history.made(NOON, NOON + 86_400), [ENDED]),
    "whose project it may be": (
        lambda: history.may_belong_to_another("P1", "V1", None, lambda _: True),
        [STATUS, ENDED],
    ),
    "what is too old": (lambda: sweep(DBOS, NOON), [BEGUN]),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def file(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """The database of an engine that runs."""
    file = tmp_path_factory.mktemp("indexes") / "avatar-bot.db"
    engine = Engine(f"sqlite:///{file}")
    with listened() as statements:
        await engine.launch()

        async def has_looked() -> bool:
            return bool(statements)

        await until_true(has_looked, what="the look for what was left unfinished, which is no question of a test's")
    yield file
    await engine.stop()


@contextmanager
def listened() -> Iterator[list[Statement]]:
    """What is asked of any database meanwhile about all workflows, not about some that are named."""
    heard: list[Statement] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if "ORDER BY main.workflow_status.created_at" in statement:
            heard.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", hear)


def plan(database: Path, statement: Statement) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return " / ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement[0]}", statement[1]))


@pytest.mark.parametrize("asked", ASKED)
async def test_no_question_reads_the_whole_history(file: Path, asked: str) -> None:
    """The table of workflows is searched, not read from one end to the other."""
    ask, found_by = ASKED[asked]
    with listened() as statements:
        await ask()
    for statement, words in zip(statements, found_by, strict=True):
        assert "SCAN" not in (found := plan(file, statement))
        assert words in found
