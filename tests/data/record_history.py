"""Records what release 1.0 leaves behind when it dies with an export in each state in which exports can wait.

`python -m tests.data.record_history` writes `tests/data/history-1.0/`, which
`tests/scenarios/operations/test_upgrade.py` goes on with. Once 1.0 is out this is never recorded again: it is what the
databases of that release hold. Names of states as arguments record these alone, while they are worked on.
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

from bot.demo.process import BotProcess
from bot.demo.slack import World, demo_world
from tests.data.history import DATABASE, FOLDER, TABLES, History, write_tables
from tests.data.waiting import STATES, Waiting
from tests.fork_server import ForkServer
from tests.scenarios.scene import quickly_staged

# Histories are read into one database: so far apart are the numbers that Slack and the mailbox begin with in each.
APART = 1000
AT_ONCE = 2


def world_from(number: int) -> World:
    """A workspace that gives out no id that one with another number gives out."""
    world = demo_world()
    world.serial = count(number * APART + 1)
    return world


def number_messages(folder: Path, number: int) -> None:
    """Has the mailbox give its numbers from there on."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        connection.execute("INSERT INTO sqlite_sequence VALUES ('avatar_bot_mailbox', ?)", [number * APART])


async def record_tables() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with quickly_staged(Path(folder)) as stage:
            await stage.bot.kill()
            write_tables(stage)
    if "subsec" in (FOLDER / f"{TABLES}.sql").read_text():
        sys.exit("These tables need SQLite 3.42: please record with Python 3.11, whose tables work everywhere.")


async def record(state: Waiting, number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        slack = {"world": world_from(number), "time_scale": 60}
        async with quickly_staged(Path(folder), settings=state.settings, slack=slack) as stage:
            number_messages(stage.folder, number)
            await state.play(stage, *state.scripts)
            await stage.bot.kill()
            if state.command:
                await state.command(stage, *state.scripts)
            History.of(stage).write(state.name)


async def record_all(states: Sequence[Waiting]) -> None:
    await record_tables()
    free = asyncio.Semaphore(AT_ONCE)

    async def record_in_turn(state: Waiting) -> None:
        async with free:
            began_at = time.monotonic()
            await record(state, STATES.index(state) + 1)
            print(f"{state.name}: {time.monotonic() - began_at:.1f} s")

    async with asyncio.TaskGroup() as group:
        for state in states:
            group.create_task(record_in_turn(state))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("state", nargs="*", choices=[[], *(state.name for state in STATES)])
    names = parser.parse_args().state
    if not names:
        for old in FOLDER.glob("*"):
            old.unlink()
    server = ForkServer()
    BotProcess.spawn = staticmethod(server.spawn)
    try:
        asyncio.run(record_all([state for state in STATES if state.name in names or not names]))
    finally:
        server.close()
    size = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"{FOLDER.name}: {size} bytes")


if __name__ == "__main__":
    main()
