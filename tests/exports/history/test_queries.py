"""What the engine's history tells of a person's videos: seeded as the workflows would write it, and read back."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.engine.runtime import Engine
from bot.exports.history import queries as history
from bot.exports.history.summaries import Summary, Usage
from bot.exports.models import (
    ApprovalPolicy,
    Outcome,
    Progress,
    Reading,
    Submission,
)
from tests.exports.history.past import NOW, POSTED, STEPS_OF_POSTING, Past, asked

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = Submission(result="accepted", at=1.0, project_id="P1")
UNKNOWN = Submission(result="unknown", at=1.0)
LATER = Submission(result="later", at=1.0)
APPROVAL = ApprovalPolicy(channel_id="C0BOSSES1", timeout_seconds=60.0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def file(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """The database of an engine that runs, and that has no workflow of its own to run."""
    file = tmp_path_factory.mktemp("history") / "avatar-bot.db"
    engine = Engine(f"sqlite:///{file}")
    await engine.launch()
    yield file
    await engine.stop()


@pytest.fixture
def past(file: Path, request: pytest.FixtureRequest) -> Iterator[Past]:
    """The history of somebody whom no other test knows."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        yield Past(database, f"T0AVATARS:{request.node.name}")


async def only(past: Past) -> Summary:
    """Their one request."""
    (video,) = await history.videos(past.person, 10)
    return video


async def test_nobody_has_no_videos(past: Past) -> None:
    """A person without a history gets an empty list."""
    assert await history.videos(past.person, 10) == []


AMID: dict[str, tuple[list[tuple[str, Any]], tuple[str, int]]] = {
    "nothing yet": ([], ("sending", 0)),
    "busy": ([("submit", LATER)], ("waiting", 0)),
    "busy, then taken": ([("submit", LATER), ("submit", ACCEPTED)], ("submitted", 0)),
    "unanswered": ([("submit", UNKNOWN)], ("searching", 0)),
    "heard of, but not found": ([("submit", UNKNOWN), ("DBOS.recv", Progress(at=1.0, progress=20))], ("searching", 20)),
    "not found yet": ([("submit", UNKNOWN), ("find", None)], ("searching", 0)),
    "found": ([("submit", UNKNOWN), ("find", "P1")], ("submitted", 0)),
    "taken": ([("submit", ACCEPTED)], ("submitted", 0)),
    "webhook": ([("submit", ACCEPTED), ("DBOS.recv", Progress(at=1.0, progress=40))], ("rendering", 40)),
    "read": ([("submit", ACCEPTED), ("read", Reading(at=1.0, progress=55.5))], ("rendering", 55)),
    "unread": ([("submit", ACCEPTED), ("read", Reading(at=1.0, problem="unreachable"))], ("submitted", 0)),
    "never backwards": (
        [
            ("submit", ACCEPTED),
            ("DBOS.recv", Progress(at=1.0, progress=70)),
            ("read", Reading(at=2.0, progress=30.0)),
        ],
        ("rendering", 70),
    ),
    "told ready": ([("submit", ACCEPTED), ("DBOS.recv", Progress(at=1.0, progress=100))], ("rendering", 99)),
    "rendered": (
        [("submit", ACCEPTED), ("read", Reading(at=1.0, progress=100.0)), ("credits", 3), ("carry", None)],
        ("fetching", 100),
    ),
}


@pytest.mark.parametrize("amid", AMID, ids=lambda name: name.replace(" ", "-"))
async def test_where_a_running_export_stands(past: Past, amid: str) -> None:
    """State and percent come from what its steps have given so far."""
    steps, (state, percent) = AMID[amid]
    past.accept(past.person, status="SUCCESS")
    past.export(past.person)
    past.steps(past.person, *steps)
    video = await only(past)
    assert (video.state, video.percent, video.in_flight) == (state, percent, True)
    assert (video.export_id, video.posted, video.request) == (past.person, POSTED, asked(person=past.person))


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ("video", "ready"),
        ("link", "linked"),
        ("draft", "drafted"),
        ("failed", "failed"),
        ("question", "question"),
        ("stopped", "stopped"),
    ],
)
async def test_where_an_export_stands_that_has_ended(past: Past, result: Any, state: str) -> None:
    """Each outcome is a state of its own, and nothing moves any more."""
    past.export(past.person, output=Outcome(result=result))
    video = await only(past)
    assert (video.state, video.in_flight) == (state, False)


async def test_a_refused_submission_is_over(past: Past) -> None:
    """Also before the person has been told."""
    past.export(past.person)
    past.steps(past.person, ("submit", Submission(result="refused", at=1.0)))
    video = await only(past)
    assert (video.state, video.in_flight) == ("failed", False)


async def test_an_export_that_broke_has_failed(past: Past) -> None:
    """A workflow that the engine gave up on is not shown as moving for ever."""
    past.export(past.person, status="ERROR")
    assert (await only(past)).state == "failed"


async def test_a_request_waits_for_approval_until_it_is_ruled(past: Past) -> None:
    """Before it is an export, it shows itself where its first steps have put it."""
    past.accept(past.person, approval=APPROVAL)
    assert (await only(past)).posted is None
    past.steps(f"{past.person}.accept", *STEPS_OF_POSTING, ("ask_approval", ("1.000009", "")))
    video = await only(past)
    assert (video.export_id, video.state, video.posted) == (past.person, "approval", POSTED)


async def test_an_approved_request_is_on_its_way(past: Past) -> None:
    """Once somebody ruled, nothing waits for approval."""
    past.accept(past.person, approval=APPROVAL)
    past.steps(f"{past.person}.accept", *STEPS_OF_POSTING, ("ruled", None))
    assert (await only(past)).state == "sending"


async def test_a_request_whose_place_is_lost_has_failed(past: Past) -> None:
    """It never became an export, and has no thread."""
    past.accept(past.person, output=Outcome(result="failed", failure="place_lost"))
    past.steps(f"{past.person}.accept", ("enter", ("", "is_archived")))
    video = await only(past)
    assert (video.state, video.posted) == ("failed", None)


async def test_an_export_in_line_says_so(past: Past) -> None:
    """It waits for its turn."""
    past.accept(past.person)
    past.export(past.person, status="ENQUEUED")
    assert (await only(past)).state == "queued"


async def test_an_export_that_was_stopped_in_line_is_stopped(past: Past) -> None:
    """Although the engine starts it once more, to hear of it, nobody is told that it waits."""
    past.accept(past.person, output=Outcome(result="stopped"))
    past.export(past.person, status="ENQUEUED")
    assert (await only(past)).state == "stopped"


@pytest.mark.parametrize(("decision", "state"), [("leave_it", "left"), ("submit_again", "sending")])
async def test_a_decision_counts_at_once(past: Past, decision: str, state: str) -> None:
    """What was decided shows before it is carried out."""
    past.export(past.person, output=Outcome(result="question"))
    past.decide(past.person, decision)
    video = await only(past)
    assert (video.state, video.export_id) == (state, past.person)


async def test_the_latest_attempt_counts(past: Past) -> None:
    """Attempts are one request, which stands where the last of them stands."""
    past.accept(past.person, status="SUCCESS")
    past.export(past.person, output=Outcome(result="failed", failure="render_failed"))
    past.decide(past.person, "try_again", status="SUCCESS")
    past.export(f"{past.person}.2")
    video = await only(past)
    assert (video.export_id, video.state) == (f"{past.person}.2", "sending")


async def test_of_a_long_history_only_the_newest_are_read(past: Past) -> None:
    """However many there are, the newest come first, and no more than asked for."""
    for number in range(300):
        past.accept(f"{past.person}-{number}", status="SUCCESS")
        past.export(f"{past.person}-{number}", script=f"number {number}", output=Outcome(result="video"))
    videos = await history.videos(past.person, 11)
    assert [video.request.options.script for video in videos] == [f"number {number}" for number in range(299, 288, -1)]


async def test_other_peoples_videos_are_theirs(past: Past) -> None:
    """Everybody sees their own."""
    past.export(past.person)
    assert await history.videos(f"{past.person}-not", 10) == []


async def test_a_request_that_was_tried_again_comes_first(past: Past) -> None:
    """What moved last is on top."""
    for name in ("one", "two"):
        past.export(f"{past.person}-{name}", script=name, output=Outcome(result="failed"))
    past.decide(f"{past.person}-one", "try_again", status="SUCCESS")
    past.export(f"{past.person}-one.2", script="one")
    assert [video.request.options.script for video in await history.videos(past.person, 10)] == ["one", "two"]


async def test_what_was_made_is_told_by_workspace(past: Past) -> None:
    """Videos and links count as videos; credits count whatever became of them; other times do not."""
    since, until = NOW - 2000, NOW - 1000
    for team_id in ("T0OTHERS", "T0MORE"):
        past.person = f"{team_id}:U1"
        past.export(f"{team_id}-1", output=Outcome(result="video", credits=3), completed_at=since)
        past.export(f"{team_id}-2", output=Outcome(result="link", credits=2), completed_at=until - 1)
        past.export(f"{team_id}-3", output=Outcome(result="failed", credits=1), completed_at=since)
        past.export(f"{team_id}-4", output=Outcome(result="video", credits=9), completed_at=since - 1)
        past.export(f"{team_id}-5", output=Outcome(result="video", credits=9), completed_at=until)
    used = Usage(videos=2, credits=6)
    assert await history.made(since / 1000, until / 1000) == {"T0OTHERS": used, "T0MORE": used}
