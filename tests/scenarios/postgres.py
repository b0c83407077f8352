"""A private Postgres server for the tests, from the binaries that Debian installs."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bot.demo.process import free_port

SYSTEM_USER = "postgres"


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl of the newest version installed; None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server on loopback with a data folder of its own; gives its address, to which the name of a database fits."""
    home, port = Path(tempfile.mkdtemp(prefix="avatar-bot-postgres-")), free_port()
    data = home / "data"
    if os.geteuid() == 0:  # Postgres refuses to run as root
        shutil.chown(home, SYSTEM_USER, SYSTEM_USER)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    try:
        _run(folder / "initdb", "-D", data, "-U", "bot", "--auth=trust", "--no-sync", "--encoding=UTF8")
        _run(folder / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start")
        yield f"postgresql://bot@127.0.0.1:{port}"
    finally:
        _run(folder / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home)


def new_database(folder: Path, server: str, name: str) -> str:
    """Makes an empty database; gives its address as operators write it."""
    _run(folder / "createdb", "--maintenance-db", f"{server}/postgres", name)
    return f"{server}/{name}"


@contextmanager
def away(folder: Path, server: str) -> Iterator[None]:
    """The server is gone, as after a crash, and comes back."""
    with psycopg.connect(f"{server}/postgres") as connection:
        row = connection.execute("SELECT current_setting('data_directory')").fetchone()
    data = Path(str(row[0] if row else ""))
    _run(folder / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    try:
        yield
    finally:  # it remembers its options (postmaster.opts)
        _run(folder / "pg_ctl", "-D", data, "-w", "-l", data.parent / "log", "restart")


def _run(*command: Path | str) -> None:
    """Runs one of the server's programs, as the system user where this process is root."""
    user = SYSTEM_USER if os.geteuid() == 0 else None
    # Pipes would be held open by the server that pg_ctl leaves behind.
    subprocess.run(command, check=True, user=user, group=user, cwd="/", stdout=subprocess.DEVNULL, timeout=60)
