"""Submitting: the one call that costs credits is made again only when it is certain that it was not accepted."""

from typing import Any, cast

import pytest

from bot.exports.models import PollSettings, Progress, Stop, Submission
from bot.exports.render.project_search import ProjectSearch
from bot.exports.render.search import SEARCH_LOOKS, Search
from bot.exports.states import AFTER_SUBMISSION
from bot.exports.workflow.endings import ExportFailed, ExportStopped, SubmissionOutcomeUnknown
from bot.exports.workflow.submit import LONGEST_PAUSE, SUBMIT_TRIES, Submitting
from tests.exports.fakes.replays import assert_replays
from tests.exports.fakes.world import ACCEPTED, UNKNOWN, FakeSteps, World

SETTINGS = PollSettings(poll_seconds=10.0, timeout_seconds=3600.0)
LATER = Submission(result="later", at=0.0)


class FakeSearch:
    """A search that finds what it is told to, at one of its looks."""

    def __init__(self, *found: str | None) -> None:
        self.found = list(found)
        self.searches: list[Search] = []

    async def find(self, export_id: str, request: Any, search: Search) -> str | None:
        assert (export_id, request.requester.user_id) == ("V1", "U1")
        self.searches.append(search)
        return self.found.pop(0) if self.found else None


async def submitted(world: World, search: FakeSearch | None = None) -> str:
    return await submitting(world, search or FakeSearch()).submit(world.run(), SETTINGS)


def submitting(world: World, search: FakeSearch) -> Submitting:
    return Submitting(world.tools, cast(ProjectSearch, search))


async def test_what_is_accepted_is_submitted_once(world: World) -> None:
    """After a look for a stop, and after its claim was written down."""
    assert await submitted(world) == "P1"
    assert world.steps.names == ["listen", "claim", "submit"]
    assert (world.vendor.submitted, world.mailbox.waits) == (1, [0.0])
    assert [change.what for change in world.records.changes] == ["start_sending"]
    assert world.thread.calls == []


async def test_pauses_double_and_respect_what_ai_studios_says(world: World) -> None:
    """Up to a minute; a wish to be left alone for longer is heeded, and does not slow the tries after it."""
    busy = [LATER] * 3 + [LATER.model_copy(update={"retry_after": 100.0})] + [LATER] * 4
    world.vendor.submissions = [*busy, ACCEPTED]
    assert await submitted(world) == "P1"
    assert [wait for wait in world.mailbox.waits if wait] == [
        2.0,
        4.0,
        8.0,
        100.0,
        32.0,
        LONGEST_PAUSE,
        LONGEST_PAUSE,
        LONGEST_PAUSE,
    ]
    assert {status.stage for status in world.thread.of("show")} == {"waiting"}
    assert world.records.stages == [("waiting", 0)] * len(busy)
    assert AFTER_SUBMISSION["later"] == "waiting"


async def test_tries_come_to_an_end(world: World) -> None:
    """AI Studios was out of reach for too long; nothing was spent."""
    world.vendor.submissions = [LATER]
    with pytest.raises(ExportFailed) as failed:
        await submitted(world)
    assert (failed.value.reason, world.vendor.submitted) == ("unreachable", SUBMIT_TRIES)


@pytest.mark.parametrize(("reason", "shown"), [("credentials", "credentials"), (None, "rejected")])
async def test_what_is_refused_has_failed(world: World, reason: Any, shown: str) -> None:
    """With the reason, and what AI Studios said."""
    world.vendor.submissions = [Submission(result="refused", at=0.0, reason=reason, detail="no such model")]
    with pytest.raises(ExportFailed) as failed:
        await submitted(world)
    assert (failed.value.reason, failed.value.detail) == (shown, "no such model")


@pytest.mark.parametrize("after", [0, 5])
async def test_nothing_is_submitted_for_who_stopped_it(world: World, after: float) -> None:
    """Before the first try, and in a pause between two."""
    world.vendor.submissions = [LATER] if after else [ACCEPTED]
    world.mailbox.comes(after, Stop(user_id="U2"))
    with pytest.raises(ExportStopped) as stopped:
        await submitted(world)
    assert (stopped.value.user_id, stopped.value.sent) == ("U2", False)
    assert world.vendor.submitted == (2 if after else 0)


async def test_a_claim_of_another_process_never_submits(world: World) -> None:
    """Who claimed may have submitted before it died: it is looked for instead."""
    await submitted(world)
    claim = world.steps.of("claim")[0]

    class Restarted(FakeSteps):
        """Replays as far as the claim, and runs what comes after it."""

        async def run(self, name: str, act: Any, *args: Any, **kwargs: Any) -> Any:
            return claim if name == "claim" else await super().run(name, act, *args, **kwargs)

    restarted = World(Restarted(), world.clock)
    assert await submitted(restarted, FakeSearch("P1")) == "P1"
    assert restarted.vendor.submitted == 0
    assert restarted.steps.of("submit")[0].result == "unknown"


async def test_a_claim_is_good_for_one_submission(world: World) -> None:
    """Also within its own process: a step that runs a second time does not submit again."""
    stage = submitting(world, FakeSearch())
    claim = await stage._claim(world.run())
    assert [(await stage._submit(claim, world.run())).result for _ in range(2)] == ["accepted", "unknown"]
    assert world.vendor.submitted == 1


async def test_an_unknown_outcome_is_searched_for(world: World) -> None:
    """From when it was claimed, and with what webhooks say of it; what is found is the project."""
    world.vendor.submissions = [UNKNOWN]
    claimed_at = world.clock.now
    world.mailbox.progress(15, 20, task_id="task-1")
    search = FakeSearch(None, None, "P1")
    assert await submitted(world, search) == "P1"
    assert [(one.claimed_at, one.looks, one.task_id) for one in search.searches] == [
        (claimed_at, 0, None),
        (claimed_at, 1, None),
        (claimed_at, 2, "task-1"),
    ]
    assert world.mailbox.waits == [0.0, 10.0, 10.0]
    assert [status.stage for status in world.thread.of("show")] == ["searching"]
    assert world.records.stages == [("searching", 0)]


async def test_what_is_not_found_is_asked_about(world: World) -> None:
    """Without any sign of it nobody knows, and only a person may spend again."""
    world.vendor.submissions = [UNKNOWN]
    search = FakeSearch()
    with pytest.raises(SubmissionOutcomeUnknown):
        await submitted(world, search)
    assert (len(search.searches), world.vendor.submitted) == (SEARCH_LOOKS, 1)


async def test_what_was_heard_of_and_not_found_has_timed_out(world: World) -> None:
    """A webhook proves that it was accepted, so that nobody is asked whether to submit it again."""
    world.vendor.submissions = [UNKNOWN]
    world.mailbox.comes(5, Progress(at=world.clock.now, progress=20))
    search = FakeSearch()
    with pytest.raises(ExportFailed) as failed:
        await submitted(world, search)
    assert (failed.value.reason, failed.value.waited, len(search.searches)) == ("timed_out", 3600.0, 360)


async def test_a_search_can_be_stopped(world: World) -> None:
    """AI Studios may have the script."""
    world.vendor.submissions = [UNKNOWN]
    world.mailbox.comes(25, Stop(user_id="U2"))
    with pytest.raises(ExportStopped) as stopped:
        await submitted(world)
    assert (stopped.value.sent, stopped.value.project_id) == (True, None)


@pytest.mark.parametrize("submissions", [[ACCEPTED], [LATER, LATER, ACCEPTED], [LATER, UNKNOWN]])
async def test_it_replays(world: World, submissions: list[Submission]) -> None:
    """To the same end, with no second submission."""
    world.vendor.submissions = submissions
    await assert_replays(world, lambda one: submitted(one, FakeSearch(None, "P1")))
