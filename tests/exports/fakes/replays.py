"""A workflow that is replayed takes the steps that it took, from every point at which its process may have died."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.exports.fakes.world import FakeClock, FakeSteps, RecordingEnded, World

LATER = 5000.0


async def assert_replays(world: World, play: Callable[[World], Awaitable[Any]]) -> Any:
    """Plays once, then replays each beginning of what was recorded, at a later time and with nothing to hear.

    Each must lead to the step that came next, and the whole to the same end, which is given back.
    """
    ended = await _end_of(play, world)
    recorded = world.steps.taken
    for length, (name, _) in enumerate(recorded):
        assert await _end_of(play, _afterwards(world, recorded[:length])) == f"would run {name}"
    assert await _end_of(play, _afterwards(world, recorded)) == ended
    return ended


def _afterwards(world: World, recorded: list[tuple[str, Any]]) -> World:
    world.clock.now += LATER
    clock = FakeClock(world.clock.now)
    return World(FakeSteps(recorded), clock, request=world.request, workflow_id=world.workflow_id)


async def _end_of(play: Callable[[World], Awaitable[Any]], world: World) -> Any:
    """The result, or what kind of end it was."""
    try:
        return await play(world)
    except RecordingEnded as ended:
        return f"would run {ended}"
    except Exception as error:  # noqa: BLE001 — the ends of workflows are exceptions
        return (type(error), vars(error))
