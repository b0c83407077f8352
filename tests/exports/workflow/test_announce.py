"""Announcing: both messages are posted once, and a place that cannot be written to ends the export."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from bot.exports.models import Posted, Status
from bot.exports.ports import PlaceLost
from bot.exports.workflow.announce import Announcing
from bot.exports.workflow.context import Run
from bot.exports.workflow.endings import ExportFailed
from tests.exports.fakes.records import Change
from tests.exports.fakes.replays import assert_replays
from tests.exports.fakes.world import PLACE, REQUEST, FakeSteps, World


async def announced(world: World) -> Run:
    return await Announcing(world.tools).announce(world.run(None), "sending")


async def test_root_and_reply_are_posted(world: World) -> None:
    """The reply says where it stands, and its buttons are about this export; lists know it and its place."""
    world.workflow_id = "V1.accept"
    assert (await announced(world)).posted == PLACE
    assert world.steps.names == ["enter", "announce", "reply"]
    status = Status(stage="sending", export_id="V1")
    assert world.thread.calls == [
        ("enter", REQUEST),
        ("announce", ("V1.accept", REQUEST, "C1")),
        ("reply", ("V1.accept", REQUEST, "C1", "1.1", status)),
    ]
    assert world.records.changes == [Change("begin", "V1", "sending"), Change("place", "V1", posted=PLACE)]


@pytest.mark.parametrize("lost", ["enter", "announce", "reply"])
async def test_a_lost_place_is_the_end(world: World, lost: str) -> None:
    """Before anything was spent, with Slack's own word for it; what was posted until then is not shown as a place."""
    world.thread.errors[lost] = [PlaceLost("is_archived")]
    with pytest.raises(ExportFailed) as failed:
        await announced(world)
    assert (failed.value.reason, failed.value.detail, failed.value.posted) == ("place_lost", "is_archived", None)
    assert world.steps.names[-1] == lost
    assert "place" not in [change.what for change in world.records.changes]


async def test_what_an_earlier_process_may_have_posted_is_adopted(world: World) -> None:
    """Both messages are looked for before they are posted a second time."""
    world.steps = FakeSteps(again=True)
    await announced(world)
    assert world.thread.adopted == ["announce", "reply"]


async def test_a_database_that_is_away_is_waited_for(world: World) -> None:
    """An outage is no end of an export, and nothing is posted twice for it."""
    world.records.errors = [OperationalError("", {}, Exception())] * 3
    assert (await announced(world)).posted == PLACE
    assert [name for name, _ in world.thread.calls] == ["enter", "announce", "reply"]


async def test_it_replays(world: World) -> None:
    """By what was recorded, whatever time it is."""

    async def place(one: World) -> Posted | None:
        return (await announced(one)).posted

    assert await assert_replays(world, place) == PLACE


def test_a_run_without_a_place_has_none(world: World) -> None:
    """Who asks for it before it was announced is mistaken."""
    with pytest.raises(RuntimeError, match="V1 has not been announced"):
        _ = world.run(None).place
    assert replace(world.run(None), posted=PLACE).place == PLACE
