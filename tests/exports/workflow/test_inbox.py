"""What a workflow makes of its messages: one step, with the newest progress and the first control message."""

import pytest
from sqlalchemy.exc import OperationalError

from bot.engine.mailbox import Message
from bot.exports.messages import CONTROL, PROGRESS, newest_progress
from bot.exports.models import ApprovalDecision, Gathered, Progress, Stop
from bot.exports.workflow.endings import ExportStopped
from bot.exports.workflow.inbox import gathered, until_database_answers
from tests.exports.fakes.world import FakeClock, World

YES = ApprovalDecision(approved=True, user_id="U9")
NO = ApprovalDecision(approved=False, user_id="U8")


def messages(*bodies: Progress | Stop | ApprovalDecision) -> list[Message]:
    return [
        Message("V1", PROGRESS if isinstance(body, Progress) else CONTROL, body, number)
        for number, body in enumerate(bodies, start=1)
    ]


def test_progress_never_runs_backwards() -> None:
    """The highest percent, the first time, and what any of them told last."""
    reports = [
        Progress(at=40.0, progress=40),
        Progress(at=60.0, progress=60, task_id="task", credit=2),
        Progress(at=50.0, progress=50, credit=3),
    ]
    assert newest_progress(reports) == Progress(at=40.0, progress=60, credit=3, task_id="task")
    assert newest_progress([]) is None


def test_the_first_control_message_counts(clock: FakeClock) -> None:
    """Of decisions and stops that came together; where no decision is awaited it is none."""
    control: dict[tuple[object, ...], tuple[object, object]] = {
        (YES, NO, Stop()): (YES, None),
        (Stop(user_id="U1"), YES): (None, Stop(user_id="U1")),
    }
    for bodies, (decision, stop) in control.items():
        found = gathered(messages(*bodies), waited=1.0, decisions=True)  # type: ignore[arg-type]  # of the kinds above
        assert (found.decision, found.stop, found.number) == (decision, stop, len(bodies))
    assert gathered(messages(YES), waited=1.0) == Gathered(number=1, at=clock.now, waited=1.0)


def test_how_long_it_has_been_quiet(clock: FakeClock) -> None:
    """Since the last progress came, and no longer than was listened; a clock that was set back is no future."""
    for at, quiet in {-3.0: 3.0, -100.0: 5.0, 50.0: 0.0}.items():
        assert gathered(messages(Progress(at=clock.now + at, progress=5)), waited=5.0).quiet == quiet
    assert gathered([], waited=5.0) == Gathered(number=0, at=clock.now, waited=5.0)


async def test_what_was_heard_is_not_heard_again(world: World) -> None:
    """Each listening begins after the last message that was handed over."""
    inbox = world.run().inbox
    for percent in (1, 2, 3):
        world.mailbox.progress(percent, percent)
    found = [await inbox.wait(1.5), await inbox.wait(0.0), await inbox.wait(10.0)]
    assert [one.progress and one.progress.progress for one in found] == [1, None, 3]
    assert [one.number for one in found] == [1, 0, 3]
    assert world.steps.names == ["listen"] * 3


async def test_a_stop_ends_a_wait_and_a_decision_only_where_one_is_awaited(world: World) -> None:
    """Progress does not."""
    world.mailbox.progress(1, 5)
    world.mailbox.comes(2, YES)
    world.mailbox.comes(3, Stop())
    inbox = world.run().inbox
    found = await inbox.wait(10.0)
    assert (found.waited, found.stop, found.decision) == (3.0, Stop(), None)
    awaiting = World(clock=world.clock)
    awaiting.mailbox.comes(2, YES)
    assert (await awaiting.run().inbox.wait(10.0, decisions=True)).waited == 2.0


async def test_cancellation_is_heard_between_two_tries(world: World) -> None:
    """A pause is cut short by it, and a look for it takes no time."""
    world.mailbox.comes(5, Stop(user_id="U1"))
    inbox = world.run().inbox
    await inbox.check_for_cancellation()
    with pytest.raises(ExportStopped):
        await inbox.pause(60.0)
    assert world.mailbox.waits == [0.0, 5.0]


async def test_a_database_that_is_away_is_said_once(caplog: pytest.LogCaptureFixture, clock: FakeClock) -> None:
    """It is tried until it works, whichever way it fails; any other fault is the caller's."""
    faults: list[Exception] = [OperationalError("", {}, Exception()), OSError(), TimeoutError()]

    async def act() -> float:
        if faults:
            raise faults.pop(0)
        return clock.now

    assert await until_database_answers(act) == clock.now
    assert caplog.text.count("waiting for the database") == 1
    faults.append(KeyError())
    with pytest.raises(KeyError):
        await until_database_answers(act)
