"""The commands of docs/deploy.md for backup and restore, carried out, and what a restored bot does."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from bot.demo.slack import demo_world
from bot.demo.stage import Stage
from tests.cli.command import environment, run
from tests.deployment.pages.reading import DOCS, marked_block
from tests.scenarios.scene import (
    bills,
    make_video,
    mentions,
    quickly_staged,
    replies,
    until_reply,
    until_says,
    until_taken,
    until_video,
    videos,
)

PAGE = DOCS / "deploy.md"
COPY = "backup.db"


def carry_out(folder: Path, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The page's commands, in the bot's folder."""
    command = ["bash", "-euo", "pipefail", "-c", marked_block(PAGE, f"held: {name}")]
    return subprocess.run(command, cwd=folder, env=environment(variables), capture_output=True, text=True, check=False)


def rows(file: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT word FROM words").fetchall()


def test_a_copy_has_what_only_the_log_has(tmp_path: Path) -> None:
    """It is whole while the file is in use, readable for its owner only, and never written over another."""
    with closing(sqlite3.connect(tmp_path / "avatar-bot.db")) as bot:
        bot.execute("PRAGMA journal_mode = WAL")
        bot.execute("CREATE TABLE words (word TEXT)")
        bot.execute("INSERT INTO words VALUES ('before')")
        bot.commit()
        assert carry_out(tmp_path, "backup").returncode == 0
        bot.execute("INSERT INTO words VALUES ('after')")
        bot.commit()
        assert carry_out(tmp_path, "backup").returncode != 0
    assert rows(tmp_path / COPY) == [("before",)]
    assert carry_out(tmp_path, "restore").returncode == 0
    assert rows(tmp_path / "avatar-bot.db") == [("before",)]
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / COPY, tmp_path / "avatar-bot.db")} == {0}


def test_a_copy_of_nothing_is_no_copy(tmp_path: Path) -> None:
    """In a folder without the file the command fails, and makes none."""
    assert carry_out(tmp_path, "backup").returncode != 0
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot that makes one video at a time."""
    settings = {"MAX_CONCURRENT_EXPORTS": "1"}
    async with quickly_staged(tmp_path, settings=settings, slack={"time_scale": 60}) as ready:
        yield ready


@pytest.mark.long
async def test_what_an_old_backup_does_not_know(stage: Stage) -> None:
    """What was rendering comes a second time and costs nothing. What was in line is stopped before the start, as the
    page says, and is not billed again.
    """
    stage.studio.hold()
    rendering = await make_video(stage, script="The first one renders.")
    await until_taken(stage, rendering)
    waiting = await make_video(stage, script="The second one waits in line.")
    await until_says(stage, await until_reply(stage, waiting), "In line")
    assert carry_out(stage.folder, "backup").returncode == 0
    stage.studio.release()
    for root in (rendering, waiting):
        await until_video(stage, root)
    await stage.bot.stop()

    assert carry_out(stage.folder, "restore").returncode == 0
    listed = await run(stage.folder, "exports", "--state", "running", "--json", settings={})
    [in_line] = [one["id"] for one in json.loads(listed.out) if one["state"] == "queued"]
    assert len(json.loads(listed.out)) == 2
    assert (await run(stage.folder, "stop", in_line, settings={})).code == 0
    await stage.bot.start()
    await stage.slack.until(lambda: len(videos(stage, rendering)) == 2, what="the video once more")
    await until_says(stage, replies(stage, waiting)[0], "stopped")
    assert (len(videos(stage, waiting)), len(mentions(stage, rendering))) == (1, 2)
    assert bills(stage, "The first one renders.") == bills(stage, "The second one waits in line.") == 1


@pytest.mark.long
async def test_what_was_in_line_at_the_backup_is_billed_again(stage: Stage) -> None:
    """Without a stop it is submitted as if for the first time; that is what the page warns of."""
    stage.studio.hold()
    await until_taken(stage, await make_video(stage, script="The first one renders."))
    waiting = await make_video(stage, script="The second one waits in line.")
    await until_says(stage, await until_reply(stage, waiting), "In line")
    assert carry_out(stage.folder, "backup").returncode == 0
    stage.studio.release()
    await until_video(stage, waiting)
    await stage.bot.stop()

    assert carry_out(stage.folder, "restore").returncode == 0
    await stage.bot.start()
    await stage.studio.until(lambda: bills(stage, "The second one waits in line.") == 2, what="the second bill")


@pytest.mark.long
async def test_a_dump_of_postgres_starts_a_bot(tmp_path: Path, database_url: str) -> None:
    """It is taken from a running bot and put into a new database, where a bot has what the first one had."""
    async with quickly_staged(tmp_path / "first", settings={"DATABASE_URL": database_url}) as stage:
        await until_video(stage, await make_video(stage))
        dumped = carry_out(tmp_path, "dump", DATABASE_URL=database_url)
        assert dumped.returncode == 0, dumped.stderr
        known = await run(tmp_path, "exports", "--json", settings={"DATABASE_URL": database_url})
    restored = carry_out(tmp_path, "undump", DATABASE_URL=database_url)
    assert restored.returncode == 0, restored.stderr
    settings = {"DATABASE_URL": f"{database_url.rpartition('/')[0]}/avatar_bot_restored"}
    assert json.loads(known.out) == json.loads((await run(tmp_path, "exports", "--json", settings=settings)).out) != []
    world = demo_world()
    world.serial = count(1_000_000)  # no id that the first one gave out
    async with quickly_staged(tmp_path / "second", settings=settings, slack={"world": world}) as stage:
        await until_video(stage, await make_video(stage, script="And another one."))
