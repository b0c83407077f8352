"""The database is slow to take a request: the form stays open, and what was under way becomes exactly one video."""

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from bot.demo.slack import Message, Submission, View
from bot.demo.stage import Stage
from tests.scenarios import postgres
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    PATIENCE,
    answers,
    bills,
    make_video,
    mentions,
    open_form,
    quickly_staged,
    replies,
    text_of,
    until_announced,
    until_video,
    videos,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long]

TRY_AGAIN = {
    "script": "I couldn't take your request just now. Please press “Make the video” again in a moment; "
    "one form never becomes two videos."
}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('database')}/avatar-bot.db"
    programs, server = request.getfixturevalue("programs"), request.getfixturevalue("server")
    return postgres.new_database(programs, server, f"slow_{secrets.token_hex(4)}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot on each kind of database."""
    folder = tmp_path_factory.mktemp("stage")
    async with quickly_staged(folder, settings={"DATABASE_URL": database}, slack={"time_scale": 60}) as ready:
        yield ready


@contextmanager
def locked(database: str) -> Iterator[None]:
    """Somebody else keeps the bot from writing requests down."""
    scheme, _, file = database.partition(":///")
    with locked_file(Path(file)) if scheme == "sqlite" else locked_table(database):
        yield


@contextmanager
def locked_file(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def locked_table(address: str) -> Iterator[None]:
    with psycopg.connect(address) as connection:
        connection.execute("LOCK TABLE dbos.workflow_status IN ACCESS EXCLUSIVE MODE")
        yield


async def kept_open(stage: Stage, script: str) -> View:
    """A form that cannot be taken just now: it stays as it is, says so beside the script, and nothing is begun."""
    view = await open_form(stage)
    sent = await stage.slack.person(ANA).submit(view, await answers(stage, view, script))
    assert (sent.error, sent.errors, sent.view) == (None, TRY_AGAIN, view)
    assert (announced(stage, script), bills(stage, script)) == ([], 0)
    return view


async def pressed_at_once(stage: Stage, view: View, times: int) -> list[Submission]:
    """Submit is pressed so often at the same moment, in a form that is filled in already."""
    return await asyncio.gather(*(stage.slack.person(ANA).submit(view, again=True) for _ in range(times)))


def announced(stage: Stage, script: str) -> list[Message]:
    """The messages in the channel that quote this script."""
    return [message for message in stage.slack.messages(GENERAL) if script in text_of(message)]


async def until_there_once(stage: Stage, script: str) -> None:
    """One announcement, in its thread one progress reply and one video that mentions, and one bill; also once another
    video is made, which has overtaken what a doubled request would have done by now."""
    await until_video(stage, await until_announced(stage, script))
    await until_video(stage, await make_video(stage, script="The next one."))
    (root,) = announced(stage, script)
    _, *others = replies(stage, root)
    assert others == videos(stage, root) == mentions(stage, root)
    assert bills(stage, script) == len(others) == 1


@pytest.mark.parametrize("presses", [0, 1, 2], ids=["left alone", "pressed again", "pressed twice at once"])
async def test_a_request_that_took_too_long_becomes_one_video(
    stage: Stage, database: str, script: str, presses: int
) -> None:
    """The form stays open while the database is locked; what was under way is carried out after it, once, however
    often Submit is pressed in the same form."""
    with locked(database):
        view = await kept_open(stage, script)
    sent = await pressed_at_once(stage, view, presses)
    assert all(one.closed for one in sent)
    await until_there_once(stage, script)


async def test_presses_while_the_database_is_locked_are_one_video(stage: Stage, database: str, script: str) -> None:
    """An impatient person presses on and on and always reads the same; all of it is one request."""
    with locked(database):
        view = await kept_open(stage, script)
        sent = await pressed_at_once(stage, view, 3)
        assert [one.errors for one in sent] == [TRY_AGAIN] * 3
    await until_there_once(stage, script)


async def test_the_form_names_the_button_that_it_has(stage: Stage, database: str, script: str) -> None:
    """After the question about the language the button reads otherwise, and so do the words about pressing it again."""
    view = await open_form(stage)
    person = stage.slack.person(ANA)
    await person.submit(view, await answers(stage, view, f"안녕하세요 여러분, 반갑습니다. {script[:8]}"))
    with locked(database):
        sent = await person.submit(view)
    assert "“Make it anyway”" in sent.errors["script"]


async def test_a_power_cut_while_the_database_is_locked_leaves_nothing_half(
    stage: Stage, database: str, script: str
) -> None:
    """Killed before the request was written down, the bot knows nothing of it: the same form makes one video."""
    with locked(database):
        view = await kept_open(stage, script)
        await stage.bot.kill()
    await stage.bot.start()
    assert announced(stage, script) == []
    (sent,) = await pressed_at_once(stage, view, 1)
    assert sent.closed
    await until_there_once(stage, script)
