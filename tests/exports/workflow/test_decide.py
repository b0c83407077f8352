"""What a person decided about an export that has ended."""

from typing import get_args

import pytest

from bot.exports.models import Deletion, MessageReference, Outcome
from bot.exports.states import RESULTS, Decision
from bot.exports.workflow.decide import DELETE_TRIES, LONGEST_PAUSE, Deciding, fits
from tests.exports.fakes.replays import assert_replays
from tests.exports.fakes.world import PLACE, REQUEST, World

QUESTION = MessageReference(channel_id="C1", ts="1.3")
STOPPED = Outcome(result="stopped", project_id="P1")


async def discarded(world: World, ended: Outcome | None = STOPPED) -> None:
    await Deciding(world.tools).discard(world.run(), ended, "U1")


async def test_the_question_is_closed(world: World) -> None:
    """Its buttons go, where it is known, and it says what was decided."""
    for question in (QUESTION, None):
        await Deciding(world.tools).close_question(world.run(), question, "submit_again")
        assert world.thread.of("close_question")[-1] == (REQUEST, PLACE, question, "submit_again")


DELETIONS: dict[Deletion, tuple[str, str | None]] = {
    "deleted": ("discarded", None),
    "refused": ("kept", "https://studio.example.com/P1"),
    "later": ("kept", "https://studio.example.com/P1"),
}


@pytest.mark.parametrize("deletion", get_args(Deletion))
async def test_a_project_is_deleted(world: World, deletion: Deletion) -> None:
    """The thread says whether it is gone, with a link where it is not."""
    world.vendor.deletions = [deletion]
    await discarded(world)
    (status,) = world.thread.of("conclude")
    assert (status.stage, status.project_url) == DELETIONS[deletion]
    assert status.user_id == "U1"
    assert len(world.vendor.deleted) == (DELETE_TRIES if deletion == "later" else 1)


async def test_it_is_tried_until_ai_studios_has_time(world: World) -> None:
    """In pauses that double, up to a minute."""
    busy: Deletion = "later"
    world.vendor.deletions = [*[busy] * 7, "deleted"]
    await discarded(world)
    assert world.steps.pauses == [2.0, 4.0, 8.0, 16.0, 32.0, LONGEST_PAUSE, LONGEST_PAUSE]
    assert world.thread.of("conclude")[0].stage == "discarded"


async def test_only_what_was_stopped_and_has_a_project_is_deleted(world: World) -> None:
    """A press that came before the end finds another one, or none."""
    for ended in (None, Outcome(result="stopped"), Outcome(result="video", project_id="P1")):
        await discarded(world, ended)
    assert (world.vendor.deleted, world.thread.calls, world.steps.taken) == ([], [], [])


async def test_it_replays(world: World) -> None:
    """With its tries."""
    world.vendor.deletions = ["later", "later", "deleted"]
    await assert_replays(world, discarded)


def test_which_decisions_fit() -> None:
    """Those that the table of states names, and none about what has not ended."""
    for result, record in RESULTS.items():
        for decision in get_args(Decision):
            assert fits(decision, Outcome(result=result)) == (decision in record.decisions)
    assert not fits("try_again", None)
