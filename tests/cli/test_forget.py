"""`avatar-bot forget`: what is stored of a person goes, beside a bot that runs and beside one that does not."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from bot.database import closed, opened
from bot.demo.stage import Stage
from bot.exports.history.records import Records
from tests.cli.shell import OfflineShell, rejected
from tests.exports.fakes.world import FakeClock
from tests.exports.history.past import Past, files_with
from tests.fork_server import ForkServer
from tests.scenarios.conftest import script, stage
from tests.scenarios.presses import CLOSED, is_refused
from tests.scenarios.scene import (
    ANA,
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


FILE = "avatar-bot.db"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """An ordinary bot."""
    async with quickly_staged(tmp_path_factory.mktemp("forget"), slack={"time_scale": 60}) as ready:
        yield ready


@pytest.fixture
def shell(bot_of_the_module: Stage, fork_server: ForkServer) -> OfflineShell:
    """At a shell beside the module's bot."""
    return OfflineShell(fork_server, bot_of_the_module.folder)


def database(folder: Path) -> str:
    """Everything that the tables hold."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return "\n".join(connection.iterdump())


async def test_a_person_is_forgotten(stage: Stage, shell: OfflineShell, script: str) -> None:
    """What runs is stopped, and says so; everything of theirs goes, to the last byte, and nobody else's does."""
    person = newcomer(stage, "U0FORGET1")
    await until_video(stage, await make_video(stage, script=f"Another: {script}"))
    failed, told = await rejected(stage, f"1 {script}", person)
    stage.studio.hold()
    running = await make_video(stage, person, f"2 {script}")
    project_id = await until_submitted(stage, f"2 {script}")
    ended = await shell.run("forget", "--user", person, "--yes")
    assert (ended.code, "Deleted: 2 exports" in ended.out) == (0, True)
    assert failed.ts in ended.out
    assert f"{running.ts}, project {project_id}" in ended.out
    await until_says(stage, await until_reply(stage, running), "Whoever runs this bot stopped it")
    assert person not in database(shell.folder)
    assert f"Another: {script}" in database(shell.folder)
    for number in "12":
        assert files_with(shell.folder / FILE, f"{number} {script}") == []
    assert CLOSED in await is_refused(stage, told, "Try again", person)


async def test_it_asks_first(stage: Stage, shell: OfflineShell, script: str) -> None:
    """Without a terminal it says how much would go, and deletes nothing."""
    person = newcomer(stage, "U0FORGET2")
    await rejected(stage, script, person)
    ended = await shell.run("forget", "--user", person)
    assert (ended.code, "1 export with scripts" in ended.out, "--yes" in ended.out) == (2, True, True)
    assert len(await shell.listed("--user", person)) == 1


async def test_somebody_of_whom_nothing_is_stored(shell: OfflineShell) -> None:
    """That is said."""
    ended = await shell.run("forget", "--user", "U0NOBODY", "--yes")
    assert (ended.code, "Nothing is stored about U0NOBODY" in ended.out) == (1, True)


async def test_one_user_id_in_several_workspaces(shell: OfflineShell) -> None:
    """The workspace has to be said then, and the other one's exports stay."""
    table = opened(f"sqlite:///{shell.folder / FILE}")
    with closing(sqlite3.connect(shell.folder / FILE, isolation_level=None)) as connection:
        for team_id in ("T0FIRST", "T0SECOND"):
            past = Past(connection, Records(table), FakeClock(), f"{team_id}:U0TWICE")
            await past.accept(f"V{team_id}", status="ERROR")
    await closed(table)
    listed = (await shell.run("exports", "--user", "U0TWICE")).out.splitlines()
    assert [line.split()[-1] for line in listed] == ["workspace", "T0SECOND", "T0FIRST"]
    assert [one["id"] for one in await shell.listed("--team", "t0first", "--user", "U0TWICE")] == ["VT0FIRST"]
    assert [one["id"] for one in await shell.listed("--team", "T0SECOND")] == ["VT0SECOND"]
    assert (await shell.run("exports", "--team", "Red")).code == 2
    unclear = await shell.run("forget", "--user", "U0TWICE", "--yes")
    assert (unclear.code, "T0FIRST, T0SECOND" in unclear.out) == (1, True)
    ended = await shell.run("forget", "--user", "U0TWICE", "--team", "T0SECOND", "--yes")
    assert (ended.code, "Deleted: 1 export" in ended.out) == (0, True)
    assert "T0FIRST:U0TWICE" in database(shell.folder)
    assert "T0SECOND:U0TWICE" not in database(shell.folder)


async def test_beside_a_bot_that_does_not_run(tmp_path: Path, fork_server: ForkServer, script: str) -> None:
    """What has ended goes at once; what runs is stopped by the next start, and then it goes, too."""
    async with quickly_staged(tmp_path, slack={"time_scale": 60}) as stage:
        shell = OfflineShell(fork_server, tmp_path)
        await rejected(stage, f"1 {script}")
        stage.studio.hold()
        running = await make_video(stage, script=f"2 {script}")
        await until_submitted(stage, f"2 {script}")
        await stage.bot.stop()
        ended = await shell.run("forget", "--user", ANA, "--yes")
        assert (ended.code, "Deleted: 1 export" in ended.out, "start the bot" in ended.out) == (1, True, True)
        assert files_with(tmp_path / FILE, f"1 {script}") == []
        await stage.bot.start()
        await until_says(stage, running, "⏹️")
        assert (await shell.run("forget", "--user", ANA, "--yes")).code == 0
        assert script not in database(tmp_path)
