"""What all tests share."""

from collections.abc import Iterator

import pytest

# The moves of the scenarios assert too; a failure there shows its values.
pytest.register_assert_rewrite("tests.scenarios.scene", "tests.scenarios.presses")

from bot.demo.process import BotProcess  # noqa: E402 - after the rewriting is asked for
from tests.fork_server import ForkServer  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def fork_server() -> Iterator[ForkServer]:
    """The bots of all tests are born where the imports were done once."""
    place = ForkServer()
    ordinary, BotProcess.spawn = BotProcess.spawn, staticmethod(place.spawn)
    yield place
    BotProcess.spawn = ordinary
    place.close()
