"""What all tests share."""

from collections.abc import Iterator

import pytest

from bot.demo.process import BotProcess
from tests.nursery import Nursery


@pytest.fixture(scope="session", autouse=True)
def nursery() -> Iterator[Nursery]:
    """The bots of all tests are born where the imports were done once."""
    place = Nursery()
    ordinary, BotProcess.spawn = BotProcess.spawn, staticmethod(place.spawn)
    yield place
    BotProcess.spawn = ordinary
    place.close()
