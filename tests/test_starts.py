"""Starts that cannot work end at once, with one sentence that says what to set right."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.settings import Settings

PASSWORD = "hush-database-password"
# Nothing listens on port 1, and the address is one for documentation (RFC 5737), which no machine has.
NOBODY, NOT_HERE = "127.0.0.1:1", "203.0.113.5"
SETTINGS = {
    "SLACK_BOT_TOKEN": "xoxb-hush-bot",
    "SLACK_SIGNING_SECRET": "hush-signing",
    "AISTUDIOS_APP_ID": "an-app",
    "AISTUDIOS_USER_KEY": "hush-user-key",
    "AISTUDIOS_BASE_URL": f"http://{NOBODY}",
    "HOST": "127.0.0.1",
    "PORT": "0",
}


def refusal(folder: Path, **changed: str) -> str:
    """How `python -m bot serve` excuses itself; it ends with exit code 2 and tells no secrets and no tracebacks."""
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        cwd=folder,
        env=environment(**changed),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hush" not in ended.stderr + ended.stdout
    return ended.stderr.splitlines()[-1]


def environment(**changed: str) -> dict[str, str]:
    """What a bot is started with, and nothing else of its settings."""
    ours = {name.upper() for name in Settings.model_fields}
    # Where coverage is measured, that handles SIGTERM before the bot does.
    others = {name: value for name, value in os.environ.items() if name.upper() not in ours and name[:3] != "COV"}
    return {**others, "PYTHONPATH": str(Path(bot.__file__).parents[1]), **SETTINGS, **changed}


@pytest.fixture
def used_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.long
def test_a_port_in_use(tmp_path: Path, used_port: int) -> None:
    """The address and the settings it comes from are named."""
    told = refusal(tmp_path, PORT=str(used_port))
    assert told == (
        f"avatar-bot can't start: it can't listen on 127.0.0.1:{used_port} (HOST and PORT): Address already in use"
    )


@pytest.mark.long
def test_an_address_of_another_machine(tmp_path: Path) -> None:
    """The address and the settings it comes from are named."""
    assert f"can't listen on {NOT_HERE}:0 (HOST and PORT): " in refusal(tmp_path, HOST=NOT_HERE)


@pytest.mark.long
@pytest.mark.parametrize("driver", ["postgresql", "postgresql+asyncpg"])
def test_postgres_out_of_reach(tmp_path: Path, driver: str) -> None:
    """Server and database are named, the password is not; the driver is the bot's own, whatever is named."""
    told = refusal(tmp_path, DATABASE_URL=f"{driver}://someone:{PASSWORD}@{NOBODY}/videos")
    assert told.startswith(f"avatar-bot can't start: the database videos at {NOBODY} (DATABASE_URL) can't be used: ")
    assert "Connection refused" in told


@pytest.mark.long
def test_a_folder_in_place_of_the_database(tmp_path: Path) -> None:
    """The file is named, and what SQLite says about it."""
    (tmp_path / "folder.db").mkdir()
    told = refusal(tmp_path, DATABASE_URL="sqlite:///folder.db")
    assert told.endswith("the database file folder.db (DATABASE_URL) can't be used: unable to open database file")


@pytest.mark.long
def test_another_file_in_place_of_the_database(tmp_path: Path) -> None:
    """A file that is none of SQLite's is named, and left as it is."""
    (tmp_path / "letter.txt").write_text("Dear reader, " * 100)
    told = refusal(tmp_path, DATABASE_URL="sqlite:///letter.txt")
    assert told.endswith("the database file letter.txt (DATABASE_URL) can't be used: file is not a database")
    assert (tmp_path / "letter.txt").read_text() == "Dear reader, " * 100


@pytest.mark.long
def test_a_path_that_cannot_be(tmp_path: Path) -> None:
    """A database below something that is no folder is named."""
    (tmp_path / "letter.txt").touch()
    told = refusal(tmp_path, DATABASE_URL="sqlite:///letter.txt/bot.db")
    assert "the database file letter.txt/bot.db (DATABASE_URL) can't be used: " in told


def test_a_start_is_broken_off_at_once(tmp_path: Path) -> None:
    """Also as the first process of a container, which only a handler ends: there is one before the long imports."""
    with subprocess.Popen([sys.executable, "-m", "bot", "serve"], cwd=tmp_path, env=environment()) as starting:
        while not is_handled(starting.pid, signal.SIGTERM):
            assert starting.poll() is None
        starting.terminate()
        assert starting.wait(60) == 0
    assert list(tmp_path.iterdir()) == []


def is_handled(pid: int, number: signal.Signals) -> bool:
    """Whether the process has a handler of its own for a signal (proc_pid_status(5))."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)
