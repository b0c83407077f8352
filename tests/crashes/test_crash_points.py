"""Every point at which the bot can die: the request ends as if it had not, and nothing is billed or shown twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from _pytest.mark import ParameterSet

from tests.crashes import scenarios, workflow_source
from tests.crashes.crash_stage import PATIENCE, CrashStage, crash_staged
from tests.crashes.crashing_bot import OPERATIONS
from tests.crashes.points import PROJECT, SUBMIT, UPLOAD, At, During, Point
from tests.crashes.scenarios import Scenario, outcome
from tests.scenarios.scene import until_submitted, until_true

ENQUEUE, START, RESULT = OPERATIONS
POST, EDIT = "chat.postMessage", "chat.update"
STEP_DONE = "functions.completeSuccess"
ADDRESS, COMPLETE = "files.getUploadURLExternal", "files.completeUploadExternal"

# These only ask, or write down something for the bot itself; every other step counts as one that others see.
UNSEEN = frozenset(
    {
        *("accepted", "asked_at", "begin", "claim", "credits", "end", "find", "listen", "pause"),
        *("queue_position", "read"),
    }
)


@dataclass(frozen=True)
class Row:
    """A scenario in which the bot dies at these points, one after the other."""

    scenario: Scenario
    points: Sequence[Point]

    def __str__(self) -> str:
        steps = dict.fromkeys(point.step.removesuffix("_async") for point in self.points)
        return f"{self.scenario.name}: {', '.join(steps)}"


def around(step: str, after: str | None = None) -> tuple[Point, ...]:
    """Before a step that nobody sees, and when it is done but not written down."""
    return At("before", step, after), At("done", step)


def inside(step: str, *calls: str, after: str | None = None) -> tuple[Point, ...]:
    """Before a step, before the effect of each call that it makes, in their order, and after that of the last.

    After one call is before the next: nothing happens in between.
    """
    numbered = [(call, calls[: index + 1].count(call)) for index, call in enumerate(calls)]
    held = [During("before", step, call, nth) for call, nth in numbered]
    return At("before", step, after), *held, During("after", step, *numbered[-1])


ROWS = (
    Row(scenarios.VIDEO, around("enter")),
    Row(scenarios.JOINED, inside("enter", "conversations.join")),
    Row(scenarios.VIDEO, inside("announce", POST)),
    Row(scenarios.VIDEO, inside("reply", POST)),
    Row(scenarios.VIDEO, around("begin")),
    Row(scenarios.VIDEO, (At("before", START), At("recorded", START))),
    Row(scenarios.VIDEO, around("listen")),
    Row(scenarios.VIDEO, around("claim")),
    Row(scenarios.ASKED, (At("before", "submit"),)),
    Row(scenarios.ASKED, (During("before", "submit", SUBMIT),)),
    Row(scenarios.VIDEO, (During("after", "submit", SUBMIT),)),
    Row(scenarios.VIDEO, around("accepted")),
    Row(scenarios.VIDEO, around("listen", after="accepted")),
    Row(scenarios.VIDEO, around("read")),
    Row(scenarios.VIDEO, around("credits")),
    Row(scenarios.VIDEO, inside("show", EDIT, after="credits")),
    Row(scenarios.VIDEO, inside("transfer", ADDRESS, UPLOAD)),
    Row(scenarios.VIDEO, inside("share", COMPLETE)),
    Row(scenarios.VIDEO, (*inside("conclude", EDIT, EDIT), At("recorded", "conclude"))),
    Row(scenarios.VIDEO, around("end", after="conclude")),
    Row(scenarios.LINKED, (At("before", "notify", after="transfer"), At("before", "conclude", after="notify"))),
    Row(
        scenarios.REJECTED,
        (*inside("notify", POST, after="submit"), At("before", "conclude"), At("recorded", "conclude")),
    ),
    Row(scenarios.LOST, (*inside("notify", "conversations.open", POST, after="enter"), At("recorded", "notify"))),
    Row(
        scenarios.AGAIN,
        (*inside("show", EDIT, after="submit"), *around("find"), *inside("notify", POST), At("before", "conclude")),
    ),
    Row(
        scenarios.AGAIN,
        (
            At("before", RESULT),
            *inside("close_question", EDIT, EDIT, EDIT, after=RESULT),
            *around("begin", after="close_question"),
            At("before", START, after="begin"),
            At("recorded", START, after="begin"),
        ),
    ),
    Row(
        scenarios.LEFT,
        (At("recorded", RESULT), During("after", "close_question", EDIT, nth=3), At("recorded", "close_question")),
    ),
    Row(
        scenarios.BUSY,
        (At("before", "show", after="submit"), *around("listen", after="show")),
    ),
    Row(
        scenarios.BROKEN,
        (
            *around("pause", after="transfer"),
            At("before", "read", after="pause"),
            At("before", "transfer", after="read"),
        ),
    ),
    Row(
        scenarios.LOST_LATER,
        (*inside("share_directly", "conversations.open", COMPLETE, after="share"), At("recorded", "share_directly")),
    ),
    Row(
        scenarios.STOPPED,
        (
            At("before", "conclude", after="listen"),
            At("recorded", "conclude", after="listen"),
            *inside("delete_project", PROJECT, after=RESULT),
            At("before", "conclude", after="delete_project"),
        ),
    ),
    Row(scenarios.STEP, (*inside("report", STEP_DONE, after="end"), At("recorded", "report"))),
)
ROWS_QUEUED = (
    Row(scenarios.QUEUED, (At("before", ENQUEUE), At("recorded", ENQUEUE))),
    Row(
        scenarios.QUEUED,
        (
            *around("queue_position", after="listen"),
            At("before", "show", after="queue_position"),
            At("before", "listen", after="show"),
        ),
    ),
    Row(
        scenarios.STOPPED_IN_QUEUE,
        (
            At("recorded", "listen", after="show"),
            At("before", "queue_position", after="listen"),
            At("before", "conclude", after="queue_position"),
            At("before", "end", after="conclude"),
        ),
    ),
)
# Somebody may press as soon as the request is there to approve, so that nothing is sure to come before the decision.
ROWS_APPROVED = (
    Row(
        scenarios.APPROVED,
        (
            *inside("ask_approval", POST, after="reply"),
            *around("asked_at"),
            At("before", "listen", after="asked_at"),
        ),
    ),
    Row(
        scenarios.APPROVED,
        (
            At("recorded", "listen", after="asked_at"),
            *inside("close_approval", EDIT, EDIT, EDIT, after="listen"),
            At("before", "begin", after="close_approval"),
            At("before", START, after="begin"),
        ),
    ),
)
# What could be billed or shown twice; the other rows are played where there is more time.
MONEY_AND_MENTIONS = frozenset({"claim", "submit", "share"})
POINTS = [point for row in (*ROWS, *ROWS_QUEUED, *ROWS_APPROVED) for point in row.points]


def played(row: Row) -> Row | ParameterSet:
    """The row, for every run of the tests or for the long ones."""
    if MONEY_AND_MENTIONS & {point.step for point in row.points}:
        return row
    return pytest.param(row, marks=pytest.mark.long)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CrashStage]:
    """One bot for all rows, over one database: each of its kills is one start."""
    async with crash_staged(tmp_path_factory.mktemp("crashes")) as ready:
        yield ready


@pytest_asyncio.fixture(loop_scope="module")
async def stage(bot_of_the_module: CrashStage) -> AsyncIterator[CrashStage]:
    """The module's bot, alive; after the test everything works again."""
    if bot_of_the_module.bot.is_dead:
        await bot_of_the_module.bot.start()
    yield bot_of_the_module
    bot_of_the_module.slack.faults.clear()
    bot_of_the_module.studio.faults.clear()


async def crash_at_each(stage: CrashStage, points: Sequence[Point]) -> None:
    """Lets the bot die at each of the points, and live on from there."""
    for point in points:
        kill = point.arm(stage)
        if stage.bot.is_dead:
            await stage.bot.launch()
        await kill
    await stage.bot.start()


async def survives(stage: CrashStage, row: Row, script: str) -> None:
    """Plays the scenario with its kills; it must come to all of them, and end as it should."""
    async with asyncio.TaskGroup() as group:
        kills = group.create_task(crash_at_each(stage, row.points))
        await row.scenario.play(stage, script)
        await asyncio.wait_for(kills, PATIENCE)
    # A video that Slack has taken may appear a moment after the workflow's end.
    await stage.until_ended()
    with suppress(TimeoutError):
        await stage.slack.until(lambda: outcome(stage, script) == row.scenario.ends, timeout=10)
    assert outcome(stage, script) == row.scenario.ends


@pytest.mark.long
@pytest.mark.parametrize("row", ROWS_QUEUED, ids=str)
async def test_a_waiting_request_survives_a_crash(tmp_path: Path, row: Row) -> None:
    """Killed while a request waits in the queue, the bot goes on showing so; it gets its turn or stays stopped."""
    async with crash_staged(tmp_path, {"MAX_CONCURRENT_EXPORTS": "1"}) as stage:
        first = "This one is made first."
        stage.studio.hold()
        await scenarios.request(stage, first)
        await until_submitted(stage, first)

        async def only_rendering() -> bool:
            return stage.bot.unfinished() == 1

        await until_true(only_rendering, what="the first video alone in the making", seconds=PATIENCE)
        await survives(stage, row, "This one waits.")


@pytest.mark.long
@pytest.mark.parametrize("row", ROWS_APPROVED, ids=str)
async def test_a_request_that_needs_approval_survives_a_crash(tmp_path: Path, row: Row) -> None:
    """Killed before, while and after somebody decides, the bot asks once and follows the one decision."""
    async with crash_staged(tmp_path, {"APPROVAL_CHANNEL": scenarios.APPROVERS}) as stage:
        await survives(stage, row, "This one has to be approved.")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", [played(row) for row in ROWS], ids=str)
async def test_a_request_survives_a_crash(stage: CrashStage, row: Row, request: pytest.FixtureRequest) -> None:
    """Killed at these points, the bot goes on: one thread, one video or question, one mention, at most one bill."""
    await survives(stage, row, f"{request.node.name.partition('[')[2]} is what this script is for.")


def crashed_at(moment: str) -> set[str]:
    """The steps and operations that have a point of this kind."""
    return {point.step for point in POINTS if isinstance(point, At) and point.moment == moment}


def test_no_step_is_without_a_crash_before_it() -> None:
    """Every step of the workflow, and every operation of the engine's that it uses, has a row."""
    assert crashed_at("before") == workflow_source.step_names() | workflow_source.engine_operations()


def test_no_operation_of_the_engine_is_without_a_crash_after_it() -> None:
    """A step is followed by another or by the end; the engine's own operations have a point after them as well."""
    assert workflow_source.engine_operations() <= crashed_at("recorded")


def test_no_step_is_without_a_crash_inside_of_it() -> None:
    """A step that others see is hit before and after its effect, and any other when it is done but not recorded."""
    held = {(point.step, point.moment) for point in POINTS if isinstance(point, During)}
    seen = workflow_source.step_names() - UNSEEN
    assert held == {(step, moment) for step in seen for moment in ("before", "after")}
    assert workflow_source.step_names() >= UNSEEN == crashed_at("done") - seen
