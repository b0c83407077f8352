"""`avatar-bot exports`, `retry` and `stop`, beside a bot that runs and beside one that does not."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from bot.demo.stage import Stage
from tests.cli.command import Ended, names_in, run
from tests.cli.shell import COMMAND_LOG, OfflineShell, rejected
from tests.fork_server import ForkServer
from tests.scenarios.conftest import script, stage
from tests.scenarios.presses import CLOSED, is_refused
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    MINJI,
    bills,
    make_video,
    newcomer,
    quickly_staged,
    until_reply,
    until_says,
    until_submitted,
    until_video,
)

__all__ = ["script", "stage"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_BOT = "No bot runs on this database now"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that soon gives up looking for what got lost."""
    settings = {"POLL_SECONDS": "0.1"}
    async with quickly_staged(tmp_path_factory.mktemp("exports"), settings=settings, slack={"time_scale": 60}) as ready:
        yield ready


@pytest.fixture
def shell(bot_of_the_module: Stage, fork_server: ForkServer) -> OfflineShell:
    """At a shell beside the module's bot."""
    return OfflineShell(fork_server, bot_of_the_module.folder)


def row_of(ended: Ended, export_id: str) -> str:
    """What the list says of an export."""
    assert ended.code == 0, ended.out
    return next(line for line in ended.out.splitlines() if line.startswith(f"{export_id} "))


async def test_the_list_says_where_each_video_is(stage: Stage, shell: OfflineShell, script: str) -> None:
    """Newest first, with state, thread and person in plain words; by person and by state; nothing of the scripts."""
    person = newcomer(stage, "U0LISTED1")
    made = await make_video(stage, person, f"1 {script}")
    await until_video(stage, made)
    await rejected(stage, f"2 {script}", person)
    stage.studio.hold()
    running = await make_video(stage, person, f"3 {script}")
    await until_submitted(stage, f"3 {script}")
    third, second, first = [export["id"] for export in await shell.listed("--user", person)]
    ended = await shell.run("exports")
    assert "ready, in its thread" in row_of(ended, first)
    assert f"{GENERAL} {made.ts}" in row_of(ended, first)
    assert "failed" in row_of(ended, second)
    assert f"{GENERAL} {running.ts}" in row_of(ended, third)
    assert person in row_of(ended, third)
    assert script not in ended.out
    assert [one["id"] for one in await shell.listed("--user", person, "--state", "running")] == [third]
    assert [one["id"] for one in await shell.listed("--user", person, "--state", "failed")] == [second]


async def test_one_is_shown_whole(stage: Stage, shell: OfflineShell, script: str) -> None:
    """Its steps, its project, how it ended; of its script the first words only. The beginning of its id is enough."""
    long = f"{script} And there is much more to be said."
    root = await make_video(stage, script=long)
    await until_video(stage, root)
    project_id = await until_submitted(stage, long)
    export_id = await shell.newest()
    ended = await shell.run("exports", export_id)
    assert ended.code == 0
    for words in (root.ts, f"/editor/{project_id}", "the video is in its thread", "submitted it: accepted", "100 %"):
        assert words in ended.out
    assert "did not accept" not in ended.out
    assert long[:30] in ended.out
    assert long[:50] not in ended.out
    as_json = json.loads((await shell.run("exports", export_id, "--json")).out)
    assert (as_json["state"], as_json["project_id"], as_json["thread_ts"]) == ("ready", project_id, root.ts)
    assert long[:50] not in str(as_json)


async def test_a_failure_is_shown_with_its_reason(stage: Stage, shell: OfflineShell, script: str) -> None:
    """What AI Studios said is there, too."""
    await rejected(stage, script)
    ended = await shell.run("exports", await shell.newest())
    assert "AI Studios refused the request (No such avatar)" in ended.out


async def test_retry_is_like_try_again(stage: Stage, shell: OfflineShell, script: str) -> None:
    """One video comes into the same thread; the button and another retry are too late then."""
    root, told = await rejected(stage, script)
    export_id = await shell.newest()
    ended = await shell.run("retry", export_id, "--yes")
    assert (ended.code, f"{export_id}.2" in ended.out, NO_BOT in ended.out) == (0, True, False)
    await until_video(stage, root)
    assert CLOSED in await is_refused(stage, told, "Try again")
    again = await shell.run("retry", export_id, "--yes")
    assert (again.code, "its video is ready" in again.out) == (1, True)
    assert bills(stage, script) == 1


async def test_retry_of_a_question_asks_first(stage: Stage, shell: OfflineShell, script: str) -> None:
    """It may be billed twice: without a terminal nothing is done, and at one the answer counts."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage, script=script)
    await until_says(stage, root, "❔")
    export_id = await shell.newest()
    unasked = await shell.run("retry", export_id)
    assert (unasked.code, "spend credits a second time" in unasked.out, "--yes" in unasked.out) == (2, True, True)
    assert bills(stage, script) == 0
    assert (await at_a_terminal(shell, "y\n", "retry", export_id)).code == 0
    await until_video(stage, root)
    assert bills(stage, script) == 1


async def at_a_terminal(shell: OfflineShell, answer: str, *arguments: str) -> Ended:
    """A command whose questions somebody answers."""
    keyboard, terminal = os.openpty()
    try:
        os.write(keyboard, answer.encode())
        return await run(shell.folder, *arguments, settings={}, stdin=terminal)
    finally:
        os.close(keyboard)
        os.close(terminal)


async def test_stop_is_like_the_button(stage: Stage, shell: OfflineShell, script: str) -> None:
    """The thread says who stopped it. Nothing is retried while it runs, and nothing stopped once it has ended."""
    stage.studio.hold()
    root = await make_video(stage, MINJI, script)
    await until_submitted(stage, script)
    export_id = await shell.newest(MINJI)
    running = await shell.run("retry", export_id, "--yes")
    assert (running.code, "still under way" in running.out) == (1, True)
    assert (await shell.run("stop", export_id)).code == 0
    await until_says(stage, await until_reply(stage, root), "봇을 운영하는 분이 제작을 중단했어요")
    await until_says(stage, root, "⏹️")
    again = await shell.run("stop", export_id)
    assert (again.code, "ended already" in again.out) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("exports", "X0NOBODY"), 1, "no export whose id begins with X0NOBODY"),
        (("exports", "--state", "lost"), 2, "no state “lost”. These are: running, unreadable, approval"),
        (("exports", "--user", "ana"), 2, "“ana” is not a user id"),
        (("exports", "--user", "U0NOBODY"), 0, "There are none."),
    ],
)
async def test_what_cannot_be_found_is_said(
    shell: OfflineShell, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """In a plain sentence, with an exit code that tells a typing error from an export that is not there."""
    ended = await shell.run(*arguments)
    assert (ended.code, words in ended.out) == (code, True)


async def test_a_beginning_that_several_share_stops_nothing(stage: Stage, shell: OfflineShell, script: str) -> None:
    """They are named instead."""
    for number in "12":
        await make_video(stage, script=f"{number} {script}")
    ended = await shell.run("stop", "T0")
    assert (ended.code, "Several exports begin with T0: T0" in ended.out) == (1, True)


@pytest.mark.long
async def test_beside_a_bot_that_does_not_run(tmp_path: Path, fork_server: ForkServer, script: str) -> None:
    """The list is there, and the next start carries out what is written down; a broken history is called that."""
    async with quickly_staged(tmp_path, slack={"time_scale": 60}) as stage:
        shell = OfflineShell(fork_server, tmp_path)
        broken = await beside_broken(stage, shell, f"1 {script}")
        root, _ = await rejected(stage, script)
        stage.studio.hold()
        stopped = await make_video(stage, MINJI, f"2 {script}")
        await until_submitted(stage, f"2 {script}")
        await stage.bot.stop()
        make_unreadable(tmp_path, broken)
        for command in (("retry", await shell.newest(), "--yes"), ("stop", await shell.newest(MINJI))):
            ended = await shell.run(*command)
            assert (ended.code, NO_BOT in ended.out) == (0, True)
        assert "unreadable history" in row_of(await shell.run("exports", "--state", "unreadable"), broken)
        assert "its history ended with ERROR" in (await shell.run("retry", broken)).out
        await stage.bot.start()
        await until_says(stage, stopped, "⏹️")
        stage.studio.release()
        await until_video(stage, root)
        assert bills(stage, script) == 1


async def beside_broken(stage: Stage, shell: OfflineShell, script: str) -> str:
    """The id of an export that is made."""
    await until_video(stage, await make_video(stage, script=script))
    return await shell.newest()


def make_unreadable(folder: Path, export_id: str) -> None:
    """As the engine leaves an export whose history does not fit the workflow."""
    with closing(sqlite3.connect(folder / "avatar-bot.db")) as database, database:
        database.execute("UPDATE workflow_status SET status = 'ERROR' WHERE workflow_uuid = ?", [export_id])
        database.execute("UPDATE workflow_output SET output = NULL WHERE workflow_uuid = ?", [export_id])


@pytest.mark.long
async def test_on_postgres(tmp_path: Path, database_url: str, fork_server: ForkServer, script: str) -> None:
    """OfflineShell a bot on a server: it is seen to run, carries out a retry and a stop, and a person is forgotten."""
    settings = {"DATABASE_URL": database_url}
    async with quickly_staged(tmp_path, settings=settings, slack={"time_scale": 60}) as stage:
        shell = OfflineShell(fork_server, tmp_path, database_url)
        root, _ = await rejected(stage, script)
        retried = await shell.run("retry", await shell.newest(), "--yes")
        assert (retried.code, NO_BOT in retried.out) == (0, False)
        await until_video(stage, root)
        stage.studio.hold()
        running = await make_video(stage, MINJI, f"2 {script}")
        await until_submitted(stage, f"2 {script}")
        assert (await shell.run("stop", await shell.newest(MINJI))).code == 0
        await until_says(stage, running, "⏹️")
        assert "Deleted: 1 export" in (await shell.run("forget", "--user", ANA, "--yes")).out
        assert [export["user_id"] for export in await shell.listed()] == [MINJI]
        await stage.bot.stop()
        assert NO_BOT not in (await shell.run("exports")).out


async def test_where_no_bot_ever_worked(tmp_path: Path, fork_server: ForkServer) -> None:
    """Nothing is made there, and it is said what to do."""
    ended = await OfflineShell(fork_server, tmp_path).run("exports")
    assert (ended.code, "no bot has worked on the database" in ended.out) == (2, True)
    assert names_in(tmp_path) == [COMMAND_LOG]
