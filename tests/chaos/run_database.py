"""The databases of a run: a file, or a private Postgres server that is restarted under load."""

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.chaos.plan import Plan
from tests.scenarios import postgres


class PostgresMissing(Exception):
    """The server's programs are not installed."""


@dataclass(frozen=True)
class RunDatabase:
    """Its address as operators write it, and how to restart it where it is a server."""

    url: str
    restart: Callable[[], Awaitable[None]] | None = None


@contextmanager
def database_for(plan: Plan, folder: Path) -> Iterator[RunDatabase]:
    """An empty database. Raises PostgresMissing."""
    if plan.database == "sqlite":
        yield RunDatabase(f"sqlite:///{folder / 'avatar-bot.db'}")
        return
    programs = postgres.binaries()
    if programs is None:
        raise PostgresMissing("/usr/lib/postgresql/*/bin is missing")
    with postgres.serving(programs) as server:
        data = _data_folder(server)
        url = postgres.new_database(programs, server, "avatar_bot")
        yield RunDatabase(url, lambda: asyncio.to_thread(_restart, programs, data))


def _data_folder(server: str) -> Path:
    with psycopg.connect(f"{server}/postgres") as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    if row is None:
        raise PostgresMissing("the server does not say where its data lies")
    return Path(row[0])


def _restart(programs: Path, data: Path) -> None:
    """As after a crash: no transaction may end, no connection is closed in an orderly way."""
    command: list[str | Path] = [
        programs / "pg_ctl",
        "-D",
        data,
        "-w",
        "-l",
        data.parent / "log",
        "-m",
        "immediate",
        "restart",
    ]
    user = postgres.SYSTEM_USER if os.geteuid() == 0 else None
    subprocess.run(command, check=True, user=user, group=user, cwd="/", stdout=subprocess.DEVNULL, timeout=60)
