"""What all tests share."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

# The helpers of the scenarios assert too; a failure there shows its values.
pytest.register_assert_rewrite("tests.scenarios.scene", "tests.scenarios.presses")

from bot.demo.process import BotProcess  # noqa: E402 - after the rewriting is asked for
from tests.fork_server import ForkServer  # noqa: E402
from tests.scenarios import postgres  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def fork_server() -> Iterator[ForkServer]:
    """All tests start their bots by forking a process that has the imports."""
    server = ForkServer()
    ordinary, BotProcess.spawn = BotProcess.spawn, staticmethod(server.spawn)
    yield server
    BotProcess.spawn = ordinary
    server.close()


@pytest.fixture(scope="session")
def programs() -> Path:
    """Debian's binaries of Postgres; without them a failure in CI, elsewhere a skip."""
    folder = postgres.binaries()
    if folder is None and os.environ.get("CI"):
        pytest.fail("CI must have Postgres: /usr/lib/postgresql/*/bin is missing")
    if folder is None:
        pytest.skip("Postgres is not installed: /usr/lib/postgresql/*/bin is missing")
    return folder


@pytest.fixture(scope="session")
def server(programs: Path) -> Iterator[str]:
    """A private Postgres server."""
    with postgres.serving(programs) as address:
        yield address


@pytest.fixture
def database_url(programs: Path, server: str) -> str:
    """An empty database on it."""
    return postgres.new_database(programs, server, f"bot_{secrets.token_hex(4)}")


@pytest.fixture(params=["sqlite", "postgres"])
def either_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database on each of the stores."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'avatar-bot.db'}"
    return str(request.getfixturevalue("database_url"))
