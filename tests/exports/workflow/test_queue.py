"""Waiting for a turn: the thread says how many are ahead, and a stop is heard."""

from types import SimpleNamespace
from unittest.mock import AsyncMock

import pytest
from dbos import DBOS

from bot.exports.models import Stop
from bot.exports.workflow.endings import ExportStopped
from bot.exports.workflow.queue import LOOK_SECONDS, ExportQueue, Queueing
from tests.exports.fakes.replays import assert_replays
from tests.exports.fakes.world import PLACE, World


class Ahead(ExportQueue):
    """A queue whose answers are given."""

    def __init__(self, *answers: int | None) -> None:
        super().__init__()
        object.__setattr__(self, "answers", list(answers))

    async def ahead_of(self, export_id: str) -> int | None:
        assert export_id == "V1"
        answers: list[int | None] = vars(self)["answers"]
        return answers.pop(0)


async def wait(world: World, *answers: int | None) -> None:
    await Queueing(world.tools, Ahead(*answers)).until_turn(world.run())


async def test_without_a_queue_nothing_is_shown(world: World) -> None:
    """It has its turn at once."""
    await wait(world, None)
    assert (world.steps.names, world.thread.calls) == (["queue_position"], [])


async def test_the_place_in_the_queue_is_shown_when_it_changes(world: World) -> None:
    """Between two looks it listens; the same number is not shown twice."""
    await wait(world, 2, 2, 1, 0, None)
    assert [(one.stage, one.ahead) for one in world.thread.of("show")] == [("queued", 2), ("queued", 1), ("queued", 0)]
    assert world.mailbox.waits == [LOOK_SECONDS] * 4
    assert world.records.stages == [("queued", 0)] * 3


async def test_who_is_stopped_in_the_queue_is_stopped(world: World) -> None:
    """At once, and nothing is sent."""
    world.mailbox.comes(1, Stop(user_id="U1"))
    with pytest.raises(ExportStopped) as stopped:
        await wait(world, 2, 2)
    assert (stopped.value.sent, stopped.value.user_id, stopped.value.posted) == (False, "U1", PLACE)
    assert world.mailbox.waits == [1.0]


async def test_a_stop_after_the_turn_is_the_exports(world: World) -> None:
    """Once it runs, it hears of the stop itself, so that its end is told once."""
    world.mailbox.comes(1, Stop(user_id="U1"))
    await wait(world, 2, None, None)
    assert "conclude" not in world.steps.names


async def test_nothing_is_asked_where_there_are_no_limits() -> None:
    """Then nobody waits."""
    assert await ExportQueue().ahead_of("V1") is None


async def test_what_has_begun_is_not_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restart an export under way is in the queue again: a stop is its own, because it may have been sent."""
    waiting = [SimpleNamespace(workflow_id="V0"), SimpleNamespace(workflow_id="V1")]
    monkeypatch.setattr(DBOS, "list_queued_workflows_async", AsyncMock(return_value=waiting))
    for steps, ahead in (([], 1), ([{"function_name": "claim"}], None)):
        monkeypatch.setattr(DBOS, "list_workflow_steps_async", AsyncMock(return_value=steps))
        assert await ExportQueue(most_at_once=1).ahead_of("V1") == ahead


async def test_it_replays(world: World) -> None:
    """By the places that were recorded."""
    world.mailbox.comes(7, Stop(user_id="U1"))
    await assert_replays(world, lambda one: wait(one, 2, 1, 1, 1, 1))
