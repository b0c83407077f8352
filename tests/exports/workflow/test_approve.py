"""Waiting for an approval: who decides first decides, and after its time nobody does any more."""

from typing import Any

import pytest

from bot.exports.models import ApprovalDecision, ApprovalPolicy, MessageReference, Stop
from bot.exports.ports import PlaceLost
from bot.exports.workflow.approve import Approving
from bot.exports.workflow.endings import ExportFailed, ExportStopped
from tests.exports.fakes.replays import assert_replays
from tests.exports.fakes.world import PLACE, REQUEST, FakeSteps, World

POLICY = ApprovalPolicy(channel_id="C9", timeout_seconds=600.0)
MESSAGE = MessageReference(channel_id="C9", ts="9.9")
YES = ApprovalDecision(approved=True, user_id="U9")
NO = ApprovalDecision(approved=False, user_id="U9", reason="too long")


async def approved_by(world: World) -> str | None:
    return (await Approving(world.tools).approved(world.run(), POLICY)).request.approved_by


async def test_an_approved_request_goes_on(world: World) -> None:
    """It bears who approved it; the buttons are gone, and lists no longer say that it waits."""
    world.mailbox.comes(20, YES)
    assert await approved_by(world) == "U9"
    assert world.steps.names == ["ask_approval", "asked_at", "listen", "close_approval"]
    assert world.thread.of("ask_approval") == [("V1", REQUEST, "C9")]
    assert world.thread.of("close_approval") == [(REQUEST, PLACE, MESSAGE, YES)]
    assert world.records.stages == [("sending", 0)]
    assert world.mailbox.waits == [20.0]


@pytest.mark.parametrize("again", [False, True])
async def test_a_declined_request_has_failed(world: World, again: bool) -> None:
    """With the reason that was given, and who gave it; who asked an earlier process is asked no second time."""
    world.steps = FakeSteps(again=again)
    world.mailbox.comes(20, NO)
    with pytest.raises(ExportFailed) as failed:
        await approved_by(world)
    ended = failed.value
    assert (ended.reason, ended.detail, ended.user_id, ended.posted) == ("declined", "too long", "U9", PLACE)
    assert world.thread.of("close_approval")[0][-1] == NO
    assert world.thread.adopted == (["ask_approval"] if again else [])


async def test_a_withdrawn_request_is_stopped(world: World) -> None:
    """Nothing was sent. What came first counts, also when both came together."""
    world.mailbox.comes(20, Stop(user_id="U1"))
    world.mailbox.comes(20, YES)
    with pytest.raises(ExportStopped) as stopped:
        await approved_by(world)
    assert (stopped.value.user_id, stopped.value.sent, stopped.value.posted) == ("U1", False, PLACE)
    assert world.thread.of("close_approval")[0][-1] == Stop(user_id="U1")


async def test_a_request_that_nobody_decides_about_lapses(world: World) -> None:
    """After its time; a decision that comes later does not count."""
    world.mailbox.comes(601, YES)
    with pytest.raises(ExportFailed) as failed:
        await approved_by(world)
    assert (failed.value.reason, failed.value.waited, failed.value.posted) == ("lapsed", 600.0, PLACE)
    assert world.mailbox.waits == [600.0]
    assert world.thread.of("close_approval")[0][-1] is None


@pytest.mark.parametrize(("passed", "left"), [(0, 600.0), (400, 200.0), (600, 0.0), (5000, 0.0)])
async def test_the_time_counts_from_when_it_was_asked(world: World, passed: float, left: float) -> None:
    """Also when the process was killed meanwhile, and however long no bot ran; then what has come is still heard."""
    asked_at = world.clock.now
    world.clock.now += passed
    world.mailbox.comes(0, YES)

    class Restarted(FakeSteps):
        """Replays until the wait, which runs again."""

        async def run(self, name: str, act: Any, *args: Any, **kwargs: Any) -> Any:
            if name == "asked_at":
                return asked_at
            return await super().run(name, act, *args, **kwargs)

    world.steps = Restarted()
    assert await approved_by(world) == "U9"
    assert world.mailbox.longest == [left]


async def test_without_a_channel_for_it_nothing_can_be_approved(world: World) -> None:
    """The person is told so in their thread."""
    world.thread.errors["ask_approval"] = [PlaceLost("not_in_channel")]
    with pytest.raises(ExportFailed) as failed:
        await approved_by(world)
    assert (failed.value.reason, failed.value.detail) == ("no_approvers", "not_in_channel")
    assert failed.value.posted == PLACE


@pytest.mark.parametrize("answer", [YES, NO, Stop(user_id="U1"), None])
async def test_it_replays(world: World, answer: ApprovalDecision | Stop | None) -> None:
    """To the same end, also long after the deadline."""
    if answer:
        world.mailbox.comes(20, answer)
    await assert_replays(world, approved_by)
