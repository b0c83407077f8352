"""Ends other than a video: who is told what, and what is recorded of it."""

import pytest

from bot.exports.models import Outcome, Status
from bot.exports.workflow.conclude import Concluding
from bot.exports.workflow.endings import ExportFailed, ExportStopped
from tests.exports.fakes.world import PLACE, REQUEST, FakeSteps, World

PROJECT = "https://studio.example.com/P1"


async def test_a_draft_is_handed_over(world: World) -> None:
    """The person gets the project to go on with."""
    outcome = await Concluding(world.tools).hand_over_draft(world.run(), "P1")
    assert outcome == Outcome(result="draft", project_id="P1", download_url=PROJECT)
    status = Status(stage="drafted", export_id="V1", project_url=PROJECT)
    assert world.thread.calls == [("notify", ("V1", REQUEST, PLACE, status)), ("conclude", status)]


async def test_a_failure_is_told(world: World) -> None:
    """With its reason, what was said, and the project as far as there is one."""
    failure = ExportFailed("timed_out", project_id="P1", detail="slow", waited=60.0, user_id="U9")
    outcome = await Concluding(world.tools).fail(world.run(), failure)
    assert outcome == Outcome(result="failed", failure="timed_out", project_id="P1", detail="slow")
    status = Status(
        stage="failed",
        export_id="V1",
        failure="timed_out",
        detail="slow",
        seconds=60.0,
        user_id="U9",
        project_url=PROJECT,
    )
    assert world.thread.calls == [("notify", ("V1", REQUEST, PLACE, status)), ("conclude", status)]
    assert world.steps.names == ["notify", "conclude"]


async def test_without_a_thread_the_person_is_told_directly(world: World) -> None:
    """There is nothing to edit."""
    await Concluding(world.tools).fail(world.run(None), ExportFailed("place_lost", detail="is_archived"))
    ((name, (_, _, posted, _)),) = world.thread.calls
    assert (name, posted) == ("notify", None)


@pytest.mark.parametrize(("sent", "stage"), [(True, "stopped"), (False, "cancelled")])
async def test_a_stop_is_shown_and_mentions_nobody(world: World, sent: bool, stage: str) -> None:
    """Whoever pressed the button knows; the others see who did."""
    stopped = ExportStopped("U2", sent=sent, project_id="P1" if sent else None)
    outcome = await Concluding(world.tools).stop(world.run(), stopped)
    assert outcome == Outcome(result="stopped", project_id="P1" if sent else None)
    ((name, status),) = world.thread.calls
    assert (name, status.stage, status.user_id) == ("conclude", stage, "U2")


async def test_a_question_is_asked(world: World) -> None:
    """Its buttons are about this export."""
    assert await Concluding(world.tools).ask(world.run()) == Outcome(result="question")
    status = Status(stage="question", export_id="V1")
    assert world.thread.calls == [("notify", ("V1", REQUEST, PLACE, status)), ("conclude", status)]


async def test_a_history_that_cannot_be_read_takes_no_step(world: World) -> None:
    """The person is told all the same, and what an earlier process told them is looked for."""
    for posted in (PLACE, None):
        await Concluding(world.tools).tell_unreadable(world.run(posted))
    status = Status(stage="failed", failure="internal")
    assert world.thread.calls == [
        ("notify", ("V1", REQUEST, PLACE, status)),
        ("conclude", status),
        ("notify", ("V1", REQUEST, None, status)),
    ]
    assert (world.steps.taken, world.thread.adopted) == ([], ["notify", "notify"])


async def test_what_an_earlier_process_may_have_told_is_adopted(world: World) -> None:
    """Nobody is mentioned twice."""
    world.steps = FakeSteps(again=True)
    await Concluding(world.tools).ask(world.run())
    assert world.thread.adopted == ["notify"]
