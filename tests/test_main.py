"""`avatar-bot serve`: starts that cannot work end at once and say what to set right."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import bot
from bot.settings import Settings
from tests.fork_server import ForkServer

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


class Starts:
    """Starts that are refused: each ends with exit code 2, and tells no secrets and no tracebacks."""

    def __init__(self, fork_server: ForkServer, folder: Path) -> None:
        self._fork_server = fork_server
        self._folder = folder

    async def complaint(self, settings: Mapping[str, str]) -> str:
        """What `avatar-bot serve` says with these settings only."""
        log = self._folder / "start.log"
        code = await self._fork_server.run(["serve"], self._folder, environment(settings), log)
        told = log.read_text()
        assert code == 2, told
        assert "Traceback" not in told
        assert "hush" not in told
        return told

    async def refusal(self, **changed: str) -> str:
        """The sentence at the end, where the settings are right but for these."""
        return (await self.complaint({**SETTINGS, **changed})).splitlines()[-1]


@pytest.fixture
def starts(fork_server: ForkServer, tmp_path: Path) -> Starts:
    """Starts in an empty folder."""
    return Starts(fork_server, tmp_path)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """What a bot is started with, and nothing else of its settings."""
    ours = {name.upper() for name in Settings.model_fields}
    # Where coverage is measured, that handles SIGTERM before the bot does.
    others = {name: value for name, value in os.environ.items() if name.upper() not in ours and name[:3] != "COV"}
    return {**others, "PYTHONPATH": str(Path(bot.__file__).parents[1]), **settings}


async def test_without_settings_the_first_steps_are_told(starts: Starts) -> None:
    """The way to a first start."""
    assert "avatar-bot manifest" in await starts.complaint({})


async def test_with_some_settings_the_others_are_listed(starts: Starts) -> None:
    """Who has begun is told what is still to be set right, and what has no meaning any more."""
    told = await starts.complaint({"AISTUDIOS_APP_ID": "one", "WEBHOOK_SECRET": "hush"})
    assert "SLACK_BOT_TOKEN: is needed" in told
    assert "WEBHOOK_SECRET: is no longer used" in told


async def test_a_wrong_token_is_named(starts: Starts) -> None:
    """It is not shown."""
    told = await starts.complaint({**SETTINGS, "SLACK_BOT_TOKEN": "hush-wrong"})
    assert "SLACK_BOT_TOKEN: must start with xoxb-" in told


async def test_a_setting_that_is_gone_is_named_once(starts: Starts, tmp_path: Path) -> None:
    """The start goes on without it, here up to a database that cannot be."""
    (tmp_path / ".env").write_text("AISTUDIOS_TOKEN=hush\n")
    told = await starts.complaint({**SETTINGS, "DATABASE_URL": f"sqlite:///{tmp_path}"})
    assert told.count("AISTUDIOS_TOKEN is no longer used") == 1
    assert "(DATABASE_URL) can't be used" in told.splitlines()[-1]


@pytest.fixture
def used_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


async def test_a_port_in_use(starts: Starts, used_port: int) -> None:
    """The address and the settings it comes from are named."""
    told = await starts.refusal(PORT=str(used_port))
    assert told == (
        f"avatar-bot can't start: it can't listen on 127.0.0.1:{used_port} (HOST and PORT): Address already in use"
    )


async def test_an_address_of_another_machine(starts: Starts) -> None:
    """The address and the settings it comes from are named."""
    assert f"can't listen on {NOT_HERE}:0 (HOST and PORT): " in await starts.refusal(HOST=NOT_HERE)


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+asyncpg"])
async def test_postgres_out_of_reach(starts: Starts, driver: str) -> None:
    """Server and database are named, the password is not; the driver is the bot's own, whatever is named."""
    told = await starts.refusal(DATABASE_URL=f"{driver}://someone:{PASSWORD}@{NOBODY}/videos")
    assert told.startswith(f"avatar-bot can't start: the database videos at {NOBODY} (DATABASE_URL) can't be used: ")
    assert "Connection refused" in told


async def test_a_folder_in_place_of_the_database(starts: Starts, tmp_path: Path) -> None:
    """The file is named, and what SQLite says about it."""
    (tmp_path / "folder.db").mkdir()
    told = await starts.refusal(DATABASE_URL="sqlite:///folder.db")
    assert told.endswith("the database file folder.db (DATABASE_URL) can't be used: unable to open database file")


async def test_another_file_in_place_of_the_database(starts: Starts, tmp_path: Path) -> None:
    """A file that is none of SQLite's is named, and left as it is."""
    (tmp_path / "letter.txt").write_text("Dear reader, " * 100)
    told = await starts.refusal(DATABASE_URL="sqlite:///letter.txt")
    assert told.endswith("the database file letter.txt (DATABASE_URL) can't be used: file is not a database")
    assert (tmp_path / "letter.txt").read_text() == "Dear reader, " * 100


async def test_a_path_that_cannot_be(starts: Starts, tmp_path: Path) -> None:
    """A database below something that is no folder is named."""
    (tmp_path / "letter.txt").touch()
    told = await starts.refusal(DATABASE_URL="sqlite:///letter.txt/bot.db")
    assert "the database file letter.txt/bot.db (DATABASE_URL) can't be used: " in told


def test_a_start_is_broken_off_at_once(tmp_path: Path) -> None:
    """Also as the first process of a container, which only a handler ends: there is one before the long imports."""
    with subprocess.Popen([sys.executable, "-m", "bot", "serve"], cwd=tmp_path, env=environment(SETTINGS)) as starting:
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
