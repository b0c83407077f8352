"""What is told of a person's videos: seeded as the workflows would write it, and read back."""

from typing import Any

import pytest

from bot.exports.history.history import PossibleOwner
from bot.exports.history.summaries import Summary, Usage
from bot.exports.messages import CONTROL, PROGRESS
from bot.exports.models import ApprovalDecision, ApprovalPolicy, Gathered, Outcome, Progress
from bot.exports.states import Stage
from tests.exports.history.past import NOW, POSTED, QUESTION, Past, Store, asked

pytestmark = pytest.mark.asyncio(loop_scope="module")

APPROVAL = ApprovalPolicy(channel_id="C0BOSSES1", timeout_seconds=60.0)
# What a step tells the table: the stage and the percent. A webhook is heard in between, as it comes.
Move = tuple[Stage, int] | int


async def only(store: Store, past: Past) -> Summary:
    """Their one request."""
    (video,) = await store.history.videos(past.person, 10)
    return video


async def test_nobody_has_no_videos(store: Store, past: Past) -> None:
    """A person without a history gets an empty list."""
    assert await store.history.videos(past.person, 10) == []


AMID: dict[str, tuple[list[Move], tuple[str, int]]] = {
    "nothing yet": ([], ("sending", 0)),
    "busy": ([("waiting", 0)], ("waiting", 0)),
    "busy, then taken": ([("waiting", 0), ("submitted", 0)], ("submitted", 0)),
    "unanswered": ([("searching", 0)], ("searching", 0)),
    "heard of, but not found": ([("searching", 0), 20], ("searching", 20)),
    "found": ([("searching", 0), ("submitted", 0)], ("submitted", 0)),
    "taken": ([("submitted", 0)], ("submitted", 0)),
    "webhook": ([("submitted", 0), 40], ("rendering", 40)),
    "read": ([("submitted", 0), ("rendering", 55)], ("rendering", 55)),
    "silent": ([("submitted", 0), ("rendering", 55), ("silent", 55)], ("rendering", 55)),
    "never backwards": ([("submitted", 0), ("rendering", 70), ("rendering", 30)], ("rendering", 70)),
    "a webhook that says less": ([("submitted", 0), ("rendering", 70), 30], ("rendering", 70)),
    "told ready": ([("submitted", 0), 100], ("rendering", 99)),
    "rendered": ([("submitted", 0), 100, ("fetching", 100)], ("fetching", 100)),
}


@pytest.mark.parametrize("amid", AMID, ids=lambda name: name.replace(" ", "-"))
async def test_where_a_running_export_stands(store: Store, past: Past, amid: str) -> None:
    """State and percent come from what its steps have written so far, and from what lies in its mailbox."""
    moves, (state, percent) = AMID[amid]
    await past.accept(past.person, status="SUCCESS")
    await past.export(past.person)
    for move in moves:
        if isinstance(move, int):
            await store.mailbox.put(past.person, PROGRESS, Progress(at=1.0, progress=move))
        else:
            await store.records.move(past.person, *move)
    video = await only(store, past)
    assert (video.state, video.percent, video.in_flight) == (state, percent, True)
    assert (video.export_id, video.posted, video.request) == (past.person, POSTED, asked(person=past.person))


@pytest.mark.parametrize(
    ("result", "state", "percent"),
    [
        ("video", "ready", 100),
        ("link", "linked", 100),
        ("draft", "drafted", 0),
        ("failed", "failed", 0),
        ("question", "question", 0),
        ("stopped", "stopped", 0),
    ],
)
async def test_where_an_export_stands_that_has_ended(
    store: Store, past: Past, result: Any, state: str, percent: int
) -> None:
    """Each outcome is a state of its own, and nothing moves any more, whatever a late step writes."""
    await past.export(past.person, output=Outcome(result=result))
    await store.records.move(past.person, "rendering", 70)
    video = await only(store, past)
    assert (video.state, video.in_flight, video.percent) == (state, False, percent)


async def test_an_export_that_broke_has_failed(store: Store, past: Past) -> None:
    """A workflow that the engine gave up on is not shown as moving for ever, though no step wrote its end."""
    await past.accept(past.person, status="CANCELLED")
    assert (await only(store, past)).state == "failed"


async def test_a_request_waits_for_approval_until_somebody_decides(store: Store, past: Past) -> None:
    """Before it is an export, it shows itself where its first steps have put it; approved, it is on its way."""
    await past.accept(past.person, approval=APPROVAL)
    assert (await only(store, past)).posted is None
    assert await store.history.is_waiting_for_approval(past.person)
    await store.records.place(past.person, POSTED)
    video = await only(store, past)
    assert (video.export_id, video.state, video.posted) == (past.person, "approval", POSTED)
    await store.records.move(past.person, "sending")
    assert (await only(store, past)).state == "sending"
    assert not await store.history.is_waiting_for_approval(past.person)
    assert await store.history.is_running(past.person)


async def test_the_decision_that_counted_is_known(store: Store, past: Past) -> None:
    """Also when the mailbox was emptied; before, there is none."""
    yes = ApprovalDecision(approved=True, user_id="U9")
    await past.accept(past.person, approval=APPROVAL)
    assert await store.history.approval_decision(past.person) is None
    past.steps(
        f"{past.person}.accept", ("asked_at", 1.0), ("listen", Gathered(number=1, at=1.0, waited=1.0, decision=yes))
    )
    assert await store.history.approval_decision(past.person) == yes


async def test_a_request_whose_place_is_lost_has_failed(store: Store, past: Past) -> None:
    """It never became an export, and has no thread."""
    await past.accept(past.person, output=Outcome(result="failed", failure="place_lost"))
    video = await only(store, past)
    assert (video.state, video.posted) == ("failed", None)


async def test_an_export_in_the_queue_says_so(store: Store, past: Past) -> None:
    """It waits for its turn; when that has come it no longer does, also before anything else is known."""
    await past.accept(past.person)
    await past.export(past.person, status="ENQUEUED")
    assert (await only(store, past)).state == "queued"
    await store.records.start_sending(past.person)
    assert (await only(store, past)).state == "sending"


async def test_an_export_that_was_stopped_in_the_queue_is_stopped(store: Store, past: Past) -> None:
    """Although the engine starts it once more, to hear of it, nobody is told that it waits."""
    await past.accept(past.person, output=Outcome(result="stopped"))
    await past.export(past.person, status="ENQUEUED")
    assert (await only(store, past)).state == "stopped"


async def test_a_question_that_was_left_is_left(store: Store, past: Past) -> None:
    """What was decided shows before it is carried out; what was decided is known by its message."""
    await past.export(past.person, output=Outcome(result="question"))
    assert await store.history.decision_on(past.person) is None
    await past.decide(past.person, "leave_it")
    video = await only(store, past)
    assert (video.state, video.export_id) == ("left", past.person)
    assert await store.history.decision_on(past.person) == (QUESTION, "leave_it")


async def test_the_latest_attempt_counts(store: Store, past: Past) -> None:
    """Attempts are one request, which stands where the last of them stands."""
    await past.accept(past.person, status="SUCCESS")
    await past.export(past.person, output=Outcome(result="failed", failure="render_failed"))
    await past.decide(past.person, "try_again", status="SUCCESS")
    await past.export(f"{past.person}.2")
    video = await only(store, past)
    assert (video.export_id, video.state) == (f"{past.person}.2", "sending")


async def test_of_a_long_history_only_the_newest_are_read(store: Store, past: Past) -> None:
    """However many there are, the newest come first, and no more than asked for."""
    for number in range(100):
        await past.export(f"{past.person}-{number}", script=f"number {number}", output=Outcome(result="video"))
    videos = await store.history.videos(past.person, 11)
    assert [video.request.options.script for video in videos] == [f"number {number}" for number in range(99, 88, -1)]
    last = await store.history.last_request(past.person)
    assert last is not None
    assert last.options.script == "number 99"


async def test_other_peoples_videos_are_theirs(store: Store, past: Past) -> None:
    """Everybody sees their own."""
    await past.export(past.person)
    assert await store.history.videos(f"{past.person}-not", 10) == []
    assert await store.history.last_request(f"{past.person}-not") is None


async def test_a_request_that_was_tried_again_comes_first(store: Store, past: Past) -> None:
    """What was begun last is on top."""
    for name in ("one", "two"):
        await past.export(f"{past.person}-{name}", script=name, output=Outcome(result="failed"))
    await past.decide(f"{past.person}-one", "try_again", status="SUCCESS")
    await past.export(f"{past.person}-one.2", script="one")
    videos = await store.history.videos(past.person, 10)
    assert [video.request.options.script for video in videos] == ["one", "two"]


async def test_what_was_made_is_told_by_workspace(store: Store, past: Past) -> None:
    """Videos and links count as videos; credits count whatever became of them; other months do not."""
    last_month = NOW - 40 * 86_400_000
    for team_id in ("T0OTHERS", "T0MORE"):
        past.person = f"{team_id}:U1"
        await past.export(f"{team_id}-1", output=Outcome(result="video", credits=3))
        await past.export(f"{team_id}-2", output=Outcome(result="link", credits=2))
        await past.export(f"{team_id}-3", output=Outcome(result="failed", credits=1))
        await past.export(f"{team_id}-4", output=Outcome(result="video", credits=9), completed_at=last_month)
        await past.export(f"{team_id}-5")
    await past.export(f"{past.person}-now", output=Outcome(result="draft"))
    for team_id in ("T0OTHERS", "T0MORE"):
        assert await store.history.usage(team_id) == Usage(videos=2, credits=6)
    assert await store.history.usage("T0NOBODY") == Usage()


async def test_what_was_asked_for_is_found_by_any_attempt(store: Store, past: Past) -> None:
    """By the export, or before there is one by what gets it into the queue; of what nobody knows there is none."""
    await past.accept(past.person, script="first", status="SUCCESS")
    found = await store.history.requested(past.person)
    assert found == asked("first", past.person)
    assert await store.history.recorded(past.person) is None
    await past.export(past.person, script="first", output=Outcome(result="failed"))
    recorded = await store.history.recorded(past.person)
    assert recorded is not None
    assert (recorded.request, recorded.posted, recorded.outcome) == (found, POSTED, Outcome(result="failed"))
    await past.decide(past.person, "try_again")
    assert await store.history.requested(f"{past.person}.2") is not None
    assert await store.history.requested("unknown") is None
    assert await store.history.is_begun(f"{past.person}.accept")
    assert not await store.history.is_begun(f"{past.person}.discard")


async def test_whose_a_project_may_be(store: Store, past: Past) -> None:
    """The other exports of the account that run, or ended since; with their projects, as far as those are known."""
    await past.export(f"{past.person}-old", output=Outcome(result="video", project_id="P-old"), completed_at=NOW - 9000)
    await past.export(f"{past.person}-late", script="late", output=Outcome(result="failed"), completed_at=NOW + 9000)
    await past.export(f"{past.person}-runs", script="runs")
    await past.export(f"{past.person}-mine", script="mine")
    await store.records.move(f"{past.person}-runs", "submitted", project_id="P-runs")
    owners = await store.history.possible_owners(f"{past.person}-mine", None, NOW / 1000)
    theirs = [owner for owner in owners if owner.request.requester.user_id == past.person.partition(":")[2]]
    assert theirs == [
        PossibleOwner("P-runs", asked("runs", past.person)),
        PossibleOwner(None, asked("late", past.person)),
    ]
    assert await store.history.possible_owners(f"{past.person}-mine", "another account", NOW / 1000) == []


async def test_what_lies_in_the_mailbox_is_no_progress_of_those_who_ended(store: Store, past: Past) -> None:
    """Nor is a control message."""
    await past.export(past.person)
    await store.mailbox.put(past.person, CONTROL, ApprovalDecision(approved=True, user_id="U9"))
    assert (await only(store, past)).percent == 0
