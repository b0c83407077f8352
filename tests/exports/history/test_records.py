"""The table of exports on both stores: every write may happen twice, and every question is answered by an index."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.app import WORKFLOW_CONNECTIONS
from bot.database import DatabaseUnusable, closed, opened
from bot.engine.mailbox import Mailbox, Recipient
from bot.exports.history import records as module
from bot.exports.history.records import EXPORTS, Record, Records, person
from bot.exports.messages import PROGRESS
from bot.exports.models import Outcome, Posted, Progress
from bot.exports.states import RESULTS, Stage
from bot.exports.usage import Usage
from bot.metrics import Standing
from tests.exports.fakes.running import SERIALIZER, asked
from tests.exports.fakes.world import FakeClock

PLACE = Posted(channel_id="C1", root_ts="1.1", reply_ts="1.2")
MADE = Outcome(result="video", project_id="P9", credits=4, seconds=12.5)
ODD = ["T1-V1", "T1-V1.2", "T1-V10", "T1-v1", "T1-V%", "T1-V_", "T1-Ü", "T1-가", "T1-\U0010fffd", "T1-V1-", "T10-V1"]
SECONDS = 10.0
MONTH = 31 * 86_400.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The table's time, which stands still."""
    clock = FakeClock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest_asyncio.fixture
async def records(either_database_url: str, clock: FakeClock) -> AsyncIterator[Records]:  # noqa: ARG001 — set before use
    database = opened(either_database_url)
    records = Records(database)
    await records.prepare()
    await mailbox_of(records).prepare()
    yield records
    await closed(database)


def mailbox_of(records: Records) -> Mailbox:
    return Mailbox(records._database, SERIALIZER, records)


async def row(records: Records, export_id: str = "T1-V1") -> Record:
    found = await records.one(export_id)
    assert found is not None
    return found


async def begun(records: Records, *export_ids: str, user_id: str = "U1") -> None:
    for export_id in export_ids:
        await records.begin(export_id, asked("Hello", user_id=user_id), "sending")


async def test_an_attempt_begins_once(records: Records, clock: FakeClock) -> None:
    """Whoever writes it first, it keeps its time and where it stands."""
    request = asked("Hello").model_copy(update={"account_id": "A1"})
    await records.begin("T1-V1", request, "approval")
    began_at, first = clock.now, await row(records)
    clock.now += 10
    await records.begin("T1-V1", request, "sending", PLACE)
    assert await row(records) == first
    assert first == Record("T1-V1", "T1-V1", "T1:U1", "T1", "approval", began_at, account_id="A1")
    await records.begin("T1-V1.2", request, "sending", PLACE)
    second = await row(records, "T1-V1.2")
    assert (second.request_id, second.posted, second.begun_at) == ("T1-V1", PLACE, clock.now)


async def test_percent_never_runs_backwards(records: Records) -> None:
    """Stages go where they go; the project stays once it is known."""
    await begun(records, "T1-V1")
    moves: list[tuple[Stage, int, str | None]] = [("submitted", 0, "P1"), ("rendering", 60, None), ("silent", 30, None)]
    for stage, percent, project_id in moves:
        for _ in range(2):
            await records.move("T1-V1", stage, percent, project_id=project_id)
    found = await row(records)
    assert (found.stage, found.percent, found.project_id, found.posted) == ("silent", 60, "P1", None)
    await records.place("T1-V1", PLACE)
    assert (await row(records)).posted == PLACE


async def test_a_turn_ends_the_queue_and_nothing_else(records: Records) -> None:
    """What has gone on already stays where it is."""
    await begun(records, "T1-V1")
    turns: list[tuple[Stage, Stage]] = [("queued", "sending"), ("waiting", "waiting")]
    for stage, after in turns:
        await records.move("T1-V1", stage)
        await records.start_sending("T1-V1")
        assert (await row(records)).stage == after


async def test_an_attempt_ends_once(records: Records, clock: FakeClock) -> None:
    """What it used counts once, its messages go, and whatever a late step writes changes nothing."""
    await begun(records, "T1-V1")
    mailbox = mailbox_of(records)
    await mailbox.put("T1-V1", PROGRESS, Progress(at=1.0, progress=50))
    ended_at = clock.now
    for _ in range(2):
        await records.end("T1-V1", "ready", MADE)
        clock.now += 10
    await records.move("T1-V1", "rendering", 99)
    await records.start_sending("T1-V1")
    found = await row(records)
    assert (found.stage, found.result, found.ended_at, found.percent) == ("ready", "video", ended_at, 0)
    assert (found.credits, found.seconds, found.project_id, found.failure) == (4, 12.5, "P9", None)
    assert await records.usage("T1") == Usage(videos=1, credits=4)
    assert await mailbox.read("T1-V1") == []
    closed_one = await mailbox.put("T1-V1", PROGRESS, Progress(at=2.0, progress=60))
    assert closed_one == Recipient("T1:U1", is_open=False)
    assert await mailbox.read("T1-V1") == []


async def test_ends_at_the_same_time_count_once(records: Records) -> None:
    """Two processes may both come to the end of an export."""
    await begun(records, "T1-V1")
    await asyncio.gather(*(records.end("T1-V1", "ready", MADE) for _ in range(5)))
    assert await records.usage("T1") == Usage(videos=1, credits=4)


async def test_messages_of_one_that_is_stopped_in_the_queue_stay(records: Records) -> None:
    """Its export hears of the stop when its turn comes, and takes them along then."""
    await begun(records, "T1-V1")
    mailbox = mailbox_of(records)
    await mailbox.put("T1-V1", PROGRESS, Progress(at=1.0, progress=50))
    await records.end("T1-V1", "stopped", Outcome(result="stopped"), keep_messages=True)
    assert len(await mailbox.read("T1-V1")) == 1
    await records.end("T1-V1", "stopped", Outcome(result="stopped"))
    assert await mailbox.read("T1-V1") == []


async def test_a_question_that_is_left_is_restaged(records: Records) -> None:
    """What has not ended is not."""
    await begun(records, "T1-V1", "T1-V2")
    await records.end("T1-V1", "question", Outcome(result="question"))
    for _ in range(2):
        for export_id in ("T1-V1", "T1-V2"):
            await records.restage(export_id, "left", "left")
    assert ((await row(records)).stage, (await row(records)).result) == ("left", "left")
    assert (await row(records, "T1-V2")).stage == "sending"


async def test_deleting_takes_along_what_belongs_to_a_request(records: Records) -> None:
    """All its attempts with their messages, and no other's, however alike; what it used still counts."""
    await begun(records, *ODD)
    mailbox = mailbox_of(records)
    for export_id in ODD:
        await mailbox.put(export_id, PROGRESS, Progress(at=1.0, progress=50))
    await records.end("T1-V1.2", "ready", MADE, keep_messages=True)
    await records.delete(["T1-V1", "unknown"])
    left = [export_id for export_id in ODD if export_id not in ("T1-V1", "T1-V1.2")]
    assert {one.export_id for one in await records.newest(limit=100)} == set(left)
    assert [export_id for export_id in ODD if await mailbox.read(export_id)] == left
    assert await records.usage("T1") == Usage(videos=1, credits=4)
    await records.delete([])


async def test_beginnings_are_taken_as_they_are_typed(records: Records) -> None:
    """Case, accents and SQL's own characters mean themselves, and an id's beginning is any of its bytes."""
    await begun(records, *ODD)
    for beginning in ("", "T1-", "T1-V", "T1-V1.", "T1-v", "%", "t1", *ODD):
        found = {one.export_id for one in await records.beginning_with(beginning, 100)}
        assert found == {one for one in ODD if one.startswith(beginning)}, beginning
    assert len(await records.beginning_with("T1-", 3)) == 3


async def test_attempts_of_requests(records: Records, clock: FakeClock) -> None:
    """Those of each request, the latest first; of one whose id only begins alike none."""
    for export_id in ("T1-V1", "T1-V10", "T1-V1.2", "T1-V2"):
        await begun(records, export_id)
        clock.now += 1
    found = await records.of_requests(["T1-V1", "T1-V2"])
    assert [one.export_id for one in found] == ["T1-V2", "T1-V1.2", "T1-V1"]
    assert await records.of_requests([]) == []


async def test_the_newest_by_person_and_stage(records: Records, clock: FakeClock) -> None:
    """In pages; those that began at the same time in the order of their ids."""
    for number in range(6):
        clock.now += number // 2
        await begun(records, f"T1-V{number}", user_id="U1" if number % 2 else "U2")
    await records.move("T1-V1", "queued")

    async def newest(**wanted: Any) -> list[str]:
        return [one.export_id for one in await records.newest(**{"limit": 100, **wanted})]

    assert await newest() == ["T1-V5", "T1-V4", "T1-V3", "T1-V2", "T1-V1", "T1-V0"]
    assert await newest(limit=2, offset=1) == ["T1-V4", "T1-V3"]
    assert await newest(people=["T1:U1"]) == ["T1-V5", "T1-V3", "T1-V1"]
    assert await newest(people=["T1:U1"], stages=["queued"]) == ["T1-V1"]
    assert await newest(people=[]) == await newest(stages=[]) == []


async def test_videos_of_a_day(records: Records, clock: FakeClock) -> None:
    """Those that run, and those that came to something."""
    since = clock.now
    await begun(records, "T1-runs", *(f"T1-{result}" for result in RESULTS))
    for result, record in RESULTS.items():
        await records.end(f"T1-{result}", record.stage, Outcome(result=result))
    assert await records.videos_since("T1:U1", since) == 1 + sum(record.counts for record in RESULTS.values())
    assert await records.videos_since("T1:U1", since + 1) == 0
    assert await records.videos_since("T1:U2", since) == 0


async def test_usage_of_a_month(records: Records, clock: FakeClock) -> None:
    """By workspace; credits count whatever became of them, and nothing is taken away by a nonsensical number."""
    outcomes = [
        MADE,
        Outcome(result="link"),
        Outcome(result="failed", failure="render_failed", credits=2),
        Outcome(result="draft", credits=-5),
        Outcome(result="stopped"),
    ]
    for number, outcome in enumerate(outcomes):
        await begun(records, f"T1-{number}")
        await records.end(f"T1-{number}", RESULTS[outcome.result].stage, outcome)
    assert await records.usage("T1") == Usage(videos=2, credits=6)
    assert await records.usage("T2") == Usage()
    clock.now += MONTH
    assert await records.usage("T1") == Usage()


async def test_what_stands_where(records: Records) -> None:
    """In the queue and on the way, without what waits for people or has ended."""
    assert await records.standing() == Standing(queued=0, in_flight=0)
    await begun(records, *(f"T1-V{number}" for number in range(6)))
    stages: list[Stage] = ["queued", "queued", "rendering", "fetching", "approval"]
    for number, stage in enumerate(stages):
        await records.move(f"T1-V{number}", stage)
    await records.end("T1-V5", "ready", MADE)
    assert await records.standing() == Standing(queued=2, in_flight=2)


async def test_people_who_are_known(records: Records) -> None:
    """By their user id in any workspace, by workspace, or all; an id is no pattern."""
    for export_id, team_id, user_id in (("a", "T1", "U1"), ("b", "T2", "U1"), ("c", "T1", "U11"), ("d", "T1", "U1")):
        await records.begin(export_id, asked("Hello", team_id=team_id, user_id=user_id), "sending")
    assert await records.people(None) == [person("T1", "U1"), person("T1", "U11"), person("T2", "U1")]
    assert await records.people("U1") == ["T1:U1", "T2:U1"]
    assert await records.people("U1", "T2") == ["T2:U1"]
    assert await records.people(None, "T1") == ["T1:U1", "T1:U11"]
    assert await records.people("U_") == await records.people("%") == []


async def test_what_ended_before(records: Records, clock: FakeClock) -> None:
    """The one that ended first comes first; what runs is none of them."""
    await begun(records, "T1-runs", "T1-b", "T1-a", "T1-c")
    for export_id in ("T1-b", "T1-a", "T1-c"):
        await records.end(export_id, "ready", MADE)
        clock.now += 0 if export_id == "T1-b" else 5
    found = await records.ended_before(clock.now - 5, limit=10, offset=0)
    assert [one.export_id for one in found] == ["T1-a", "T1-b"]
    assert [one.export_id for one in await records.ended_before(clock.now, limit=1, offset=2)] == ["T1-c"]


async def test_possible_owners_of_a_project(records: Records, clock: FakeClock) -> None:
    """Of the same account, the operator's or a workspace's own."""
    theirs = asked("Hello").model_copy(update={"account_id": "A1"})
    for export_id in ("T1-mine", "T1-runs", "T1-late", "T1-old"):
        await records.begin(export_id, theirs, "sending")
    await begun(records, "T1-operators")
    await records.end("T1-old", "ready", MADE)
    clock.now += 10
    await records.end("T1-late", "ready", MADE)
    found = await records.possible_owners("T1-mine", "A1", clock.now - 5)
    assert {one.export_id for one in found} == {"T1-runs", "T1-late"}
    assert [one.export_id for one in await records.possible_owners("T1-mine", None, 0.0)] == ["T1-operators"]


async def test_the_recipients_of_messages(records: Records) -> None:
    """Whose they are, and whether they still listen."""
    await begun(records, "T1-V1", "T1-V2")
    await records.end("T1-V2", "ready", MADE)
    async with records._database.connect() as connection:
        found = await records.recipients(connection, ["T1-V1", "T1-V2", "unknown"])
    assert found == {"T1-V1": Recipient("T1:U1", is_open=True), "T1-V2": Recipient("T1:U1", is_open=False)}


async def test_a_row_is_what_is_in_the_table(records: Records) -> None:
    """Every column has its field, and no script or other text of a person is in any."""
    await begun(records, "T1-V1")
    assert {column.name for column in EXPORTS.columns} == set(vars(await row(records)))
    async with records._database.connect() as connection:
        values = (await connection.execute(select(EXPORTS))).one()
    assert "Hello" not in str(values)


async def test_a_table_that_cannot_be_made_is_said() -> None:
    """In one sentence, without the password."""
    database = opened("postgresql://someone:hush@127.0.0.1:1/videos")
    with pytest.raises(DatabaseUnusable, match=r"^the table of exports can't be used: OperationalError$"):
        await Records(database).prepare()
    await closed(database)


async def test_workflows_leave_connections_to_people(database_url: str) -> None:
    """While the steps of many workflows wait for a locked row, a form is taken all the same, and messages are read."""
    database = opened(database_url)
    people, steps = Records(database), Records(database, most_at_once=WORKFLOW_CONNECTIONS)
    await people.prepare()
    mailbox = mailbox_of(people)
    await mailbox.prepare()
    await begun(people, "T1-V1")
    other = opened(database_url)
    async with other.begin() as holder:
        await holder.execute(select(EXPORTS).with_for_update())
        moves = [asyncio.create_task(steps.move("T1-V1", "rendering", percent)) for percent in range(1, 61)]
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*(begun(people, f"T1-V{number}") for number in range(2, 12)))
            assert await mailbox.next("T1-V1", after=0, due=lambda _: 0.0) == []
        assert not any(move.done() for move in moves)
    await asyncio.gather(*moves)
    assert (await row(people)).percent == 60
    await closed(other)
    await closed(database)
