"""What all tests share."""

from collections.abc import Iterator

import pytest

# The helpers of the scenarios assert too; a failure there shows its values.
pytest.register_assert_rewrite("tests.scenarios.scene", "tests.scenarios.presses")

from bot.demo.process import BotProcess  # noqa: E402 - after the rewriting is asked for
from tests.fork_server import ForkServer  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def fork_server() -> Iterator[ForkServer]:
    """All tests start their bots by forking a process that has the imports."""
    server = ForkServer()
    ordinary, BotProcess.spawn = BotProcess.spawn, staticmethod(server.spawn)
    yield server
    BotProcess.spawn = ordinary
    server.close()
