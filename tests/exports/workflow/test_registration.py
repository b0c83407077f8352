"""However a workflow ends: the person is told, lists and metrics know, and it is counted once."""

import asyncio
from typing import Any, cast

import pytest
from dbos import error as dbos_error

from bot.engine.mailbox import Mailbox
from bot.exports.history.history import History
from bot.exports.models import Caller, Outcome
from bot.exports.render.video_transfer import VideoTransfer
from bot.exports.workflow.context import Run
from bot.exports.workflow.endings import ExportFailed, ExportStopped, SubmissionOutcomeUnknown
from bot.exports.workflow.queue import ExportQueue
from bot.exports.workflow.registration import ExportWorkflow
from tests.exports.fakes.records import Change
from tests.exports.fakes.running import QUICK, WORKFLOW
from tests.exports.fakes.world import PLACE, REQUEST, World

CALLED = REQUEST.model_copy(update={"caller": Caller(execution_id="Fx1", token="xwfp-1"), "asked_at": 5.0})
VIDEO = Outcome(result="video", project_id="P1", credits=3)


def workflow_of(world: World) -> ExportWorkflow:
    """The workflows, registered and with no engine."""
    tools = world.tools
    transfer = VideoTransfer(tools.vendor, tools.thread, max_bytes=100)
    mailbox, history = cast(Mailbox, world.mailbox), cast(History, None)
    ExportWorkflow.__init__(WORKFLOW, tools, mailbox, history, ExportQueue(), transfer, QUICK)
    return WORKFLOW


async def ended(
    world: World, end: Outcome | BaseException | None, *, enqueued: bool = False, run: Run | None = None
) -> Any:
    """What a workflow gives whose stages end like this."""
    workflow, run = workflow_of(world), run or world.run()
    if enqueued:
        workflow._enqueued_by.add(run.workflow_id)

    async def stages() -> Outcome | None:
        if isinstance(end, BaseException):
            raise end
        return end

    try:
        return await workflow._to_end(run, stages())
    finally:
        assert run.workflow_id not in workflow._enqueued_by


def change(result: Any, stage: Any, **fields: Any) -> Change:
    return Change("end", "V1", stage, outcome=Outcome(result=result, **fields))


async def test_a_video_is_counted(world: World) -> None:
    """With its credits, and how long the person waited for it; a step of Workflow Builder is completed."""
    world.request = CALLED
    assert await ended(world, VIDEO) == VIDEO
    assert world.records.changes == [Change("end", "V1", "ready", outcome=VIDEO)]
    assert world.steps.names == ["end", "report"]
    assert world.thread.calls == [("report", (CALLED, VIDEO))]
    assert (world.metrics.ended, world.metrics.ready) == ([("video", None, 3)], [5.0])


ENDS: list[tuple[Exception, Change, list[str]]] = [
    (
        ExportFailed("rejected", detail="no"),
        change("failed", "failed", failure="rejected", detail="no"),
        ["notify", "conclude", "end", "report"],
    ),
    (
        ExportFailed("declined", detail="too long"),
        change("failed", "declined", failure="declined", detail="too long"),
        ["notify", "conclude", "end", "report"],
    ),
    (
        ExportStopped("U2", sent=True, project_id="P1"),
        change("stopped", "stopped", project_id="P1"),
        ["conclude", "end", "report"],
    ),
    (SubmissionOutcomeUnknown(), change("question", "question"), ["notify", "conclude", "end"]),
    (ValueError("a fault"), change("failed", "failed", failure="internal"), ["notify", "conclude", "end", "report"]),
]


@pytest.mark.parametrize(("error", "expected", "steps"), ENDS)
async def test_every_end_is_told_and_written_down(
    world: World, error: Exception, expected: Change, steps: list[str]
) -> None:
    """A fault of the bot's own as well; a step of Workflow Builder hears of all but a question, which goes on."""
    world.request = CALLED
    assert await ended(world, error) == expected.outcome
    assert world.records.changes == [expected]
    assert world.steps.names == steps
    assert expected.outcome is not None
    assert world.metrics.ended == [(expected.outcome.result, expected.outcome.failure, None)]
    assert world.metrics.ready == []


async def test_a_stage_knows_the_place_that_the_run_did_not(world: World) -> None:
    """Who fails after the announcement is told in the thread."""
    await ended(world, ExportFailed("declined", posted=PLACE), run=world.run(None))
    assert [name for name, _ in world.thread.calls] == ["notify", "conclude"]
    assert world.thread.of("notify")[0][2] == PLACE


async def test_what_has_no_end_yet_is_not_settled(world: World) -> None:
    """A request that is in the queue, or whose decision led to another attempt, ends there."""
    assert await ended(world, None) is None
    assert (world.steps.taken, world.records.changes, world.metrics.ended) == ([], [], [])


async def test_after_the_queue_the_export_is_what_ends(world: World) -> None:
    """Only a stop in the queue is an end here; it is counted there, where it is heard once more."""
    await ended(world, ExportStopped("U2", sent=False), enqueued=True)
    await ended(world, ValueError("a fault"), enqueued=True)
    stopped = change("stopped", "stopped")
    stopped.keep_messages = True
    assert world.records.changes == [stopped]
    assert world.metrics.ended == []


async def test_what_was_left_was_counted_as_a_question(world: World) -> None:
    """Its place in lists changes, and a step of Workflow Builder is completed at last."""
    world.request = CALLED
    await ended(world, Outcome(result="left"))
    assert world.records.changes == [Change("restage", "V1", "left", outcome=Outcome(result="left"))]
    assert (world.metrics.ended, world.steps.names) == ([], ["end", "report"])


@pytest.mark.parametrize(
    "error",
    [
        dbos_error.DBOSUnexpectedStepError("V1", 3, "submit", "claim"),
        dbos_error.DBOSStepNondeterminismError("V1", 3),
    ],
)
async def test_a_history_that_cannot_be_read_ends_without_a_step(world: World, error: Exception) -> None:
    """DBOS must see the error; the person is told, and lists know."""
    with pytest.raises(type(error)):
        await ended(world, error)
    assert world.steps.taken == []
    assert world.thread.of("notify")[0][3].failure == "internal"
    assert world.records.changes == [change("failed", "failed", failure="internal")]
    assert world.metrics.ended == [("failed", "internal", None)]


async def test_what_dbos_ends_is_dbos_own(world: World) -> None:
    """A workflow that another process has taken over says nothing here."""
    with pytest.raises(dbos_error.DBOSWorkflowCancelledError):
        await ended(world, dbos_error.DBOSWorkflowCancelledError("V1"))
    assert (world.steps.taken, world.thread.calls, world.records.changes) == ([], [], [])


async def test_what_fails_while_the_bot_stops_is_left_for_the_next_start(world: World) -> None:
    """Its faults come from the stop, so that nobody is told of them."""
    workflow = workflow_of(world)
    workflow.stop()

    async def fails() -> Outcome:
        raise RuntimeError("cannot schedule new futures after shutdown")

    running = asyncio.create_task(workflow._to_end(world.run(), fails()))
    done, _ = await asyncio.wait([running], timeout=0.02)
    assert done == set()
    assert (world.steps.taken, world.thread.calls) == ([], [])
    running.cancel()


async def test_a_workflow_that_has_ended_is_forgotten(world: World) -> None:
    """Also when it failed; memory does not grow with every export."""
    await ended(world, VIDEO)
    with pytest.raises(dbos_error.DBOSWorkflowCancelledError):
        await ended(world, dbos_error.DBOSWorkflowCancelledError("V1"))
    assert world.steps.forgotten == ["V1", "V1"]
