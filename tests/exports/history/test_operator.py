"""What an operator may do with exports as they stand: seeded as the workflows would write them, beside an engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.engine.mailbox import Mailbox
from bot.engine.offline_client import OfflineClient, offline_client
from bot.exports.history.operator import ExportView, NotPossible, Operator, retry_option, stages_in, stages_under_way
from bot.exports.history.records import Records
from bot.exports.messages import CONTROL
from bot.exports.models import Outcome, Stop
from bot.exports.states import STAGES
from tests.exports.history.past import NOW, SERIALIZER, STEPS_OF_POSTING, Past, Store

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSED = Outcome(result="failed", failure="rejected")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def beside(store: Store) -> AsyncIterator[OfflineClient]:
    """Beside an engine that runs and carries nothing out."""
    async with offline_client(f"sqlite:///{store.file}", SERIALIZER) as offline:
        yield offline


@pytest.fixture
def operator(beside: OfflineClient) -> Operator:
    records = Records(beside.database)
    return Operator(beside.client, records, Mailbox(beside.database, SERIALIZER, records))


async def has_ended(past: Past, export_id: str, outcome: Outcome) -> None:
    """A request whose export has ended."""
    await past.accept(export_id, status="SUCCESS", completed_at=NOW)
    await past.export(export_id, output=outcome)


async def test_an_engine_beside_is_seen_to_run(beside: OfflineClient) -> None:
    """It holds the lock on its file."""
    assert beside.bot_runs


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ("video", "its video is ready"),
        ("link", "its video is ready"),
        ("draft", "its draft is at AI Studios"),
        ("stopped", "it was stopped"),
    ],
)
async def test_what_ended_for_good_is_not_tried_again(operator: Operator, past: Past, result: Any, why: str) -> None:
    """It is said how it ended."""
    await has_ended(past, f"V-{result}", Outcome(result=result))
    view = await operator.find(f"V-{result}")
    with pytest.raises(NotPossible, match=why):
        retry_option(view)


@pytest.mark.parametrize(
    ("failure", "may_bill_twice"), [("rejected", False), ("unreachable", False), ("render_failed", True), (None, True)]
)
async def test_what_may_be_billed_twice(operator: Operator, past: Past, failure: Any, *, may_bill_twice: bool) -> None:
    """A failed render was, perhaps, and so was a submission whose outcome is unknown."""
    outcome = Outcome(result="failed", failure=failure) if failure else Outcome(result="question")
    await has_ended(past, f"V-bill-{failure}", outcome)
    option = retry_option(await operator.find(f"V-bill-{failure}"))
    assert (option.decision, option.may_bill_twice) == ("try_again" if failure else "submit_again", may_bill_twice)


async def test_what_never_was_with_ai_studios_is_not_tried_again(operator: Operator, past: Past) -> None:
    """A request that was declined has no export that could be made again."""
    await past.accept("V-declined", output=Outcome(result="failed", failure="declined"))
    past.steps("V-declined.accept", *STEPS_OF_POSTING)
    view = await operator.find("V-declined")
    assert [step.name for step in view.steps] == ["enter", "announce", "reply"]
    with pytest.raises(NotPossible, match="AI Studios never had it"):
        retry_option(view)


async def test_what_somebody_left_is_not_tried_again(operator: Operator, past: Past) -> None:
    """The first decision counts."""
    await has_ended(past, "V-left", Outcome(result="question"))
    await past.decide("V-left", "leave_it", output=Outcome(result="left"))
    view = await operator.find("V-left")
    assert view.summary.state == "left"
    with pytest.raises(NotPossible, match="the first decision counts"):
        retry_option(view)


async def test_what_cannot_be_read_is_not_tried_again(operator: Operator, past: Past) -> None:
    """It is found among the broken ones, and is shown as failed, also when no step has written its end."""
    await past.accept("V-broken", status="SUCCESS", completed_at=NOW)
    await past.export("V-broken", status="ERROR", completed_at=NOW)
    views = [view async for view in operator.broken([past.person])]
    assert [(view.request.request_id, view.broken, view.summary.state) for view in views] == [
        ("V-broken", "ERROR", "failed")
    ]
    with pytest.raises(NotPossible, match="its history ended with ERROR"):
        retry_option(views[0])


async def test_a_decision_that_came_meanwhile_counts(operator: Operator, past: Past) -> None:
    """Of two who try it again at once, the second is told so."""
    await has_ended(past, "V-twice", REFUSED)
    option = retry_option(await operator.find("V-twice"))
    assert await operator.retry(option) == "V-twice.2"
    with pytest.raises(NotPossible, match="has just decided"):
        await operator.retry(option)
    again = await operator.find("V-twice")
    with pytest.raises(NotPossible, match="still under way"):
        retry_option(again)


async def test_the_whole_id_is_enough_although_others_begin_so(operator: Operator, past: Past) -> None:
    """An id that is the beginning of another one means itself, by any of its attempts."""
    await has_ended(past, "V-same", REFUSED)
    await has_ended(past, "V-same-again", REFUSED)
    for typed in ("V-same", "V-same.", "V-same.acc", "V-same.decide", "V-same-"):
        found = await operator.find(typed)
        assert found.request.request_id == ("V-same-again" if typed == "V-same-" else "V-same")


async def test_a_beginning_that_says_too_little(operator: Operator, past: Past) -> None:
    """It is told which there are, or that there is none; characters that mean something to SQL mean themselves."""
    await has_ended(past, "V-one-of-two", REFUSED)
    await has_ended(past, "V-one-of-many", REFUSED)
    with pytest.raises(NotPossible, match=r"Several exports begin with V-one: V-one-of-many, V-one-of-two\."):
        await operator.find("V-one")
    for typed in ("V-nothing", "V-one-of-two.other", "V_one-of-two", "V%", "v-one-of-two"):
        with pytest.raises(NotPossible, match="There is no export whose id begins with"):
            await operator.find(typed)


async def test_attempts_within_one_second_keep_their_order(operator: Operator, past: Past) -> None:
    """DBOS's file may know only whole seconds, but the names tell what came after what."""
    await past.accept("V-quick", status="SUCCESS", created_at=NOW)
    await past.export("V-quick", output=REFUSED, created_at=NOW)
    await past.decide("V-quick", "try_again", status="SUCCESS", created_at=NOW)
    await past.export("V-quick.2", created_at=NOW)
    view = await operator.find("V-quick")
    histories = await operator.histories(view.request)
    assert [one.workflow_id for one in histories] == ["V-quick.accept", "V-quick", "V-quick.decide", "V-quick.2"]
    assert view.summary.state == "sending"


async def test_a_stop_is_the_buttons(operator: Operator, past: Past, store: Store) -> None:
    """It lies in the mailbox for the bot to find, without a person; what has ended can't be stopped."""
    await past.export("V-runs")
    assert await operator.stop(await operator.find("V-runs")) == "V-runs"
    assert [(one.topic, one.body) for one in await store.mailbox.read("V-runs")] == [(CONTROL, Stop())]
    await has_ended(past, "V-over", REFUSED)
    view = await operator.find("V-over")
    with pytest.raises(NotPossible, match="has ended already"):
        await operator.stop(view)


async def test_requests_are_listed_by_their_latest_attempt(operator: Operator, past: Past) -> None:
    """The one that began last first, each once; by stage, with what has not ended."""
    for name in ("V-list-1", "V-list-2"):
        await has_ended(past, name, REFUSED)
    await past.decide("V-list-1", "try_again", status="SUCCESS", completed_at=NOW)
    await past.export("V-list-1.2")

    async def listed(**wanted: Any) -> list[tuple[str, str]]:
        return [_seen(view) async for view in operator.newest([past.person], **wanted)]

    assert await listed() == [("V-list-1", "sending"), ("V-list-2", "failed")]
    assert await listed(stages=stages_under_way()) == [("V-list-1", "sending")]
    assert [_seen(view) async for view in operator.newest(["T0NOBODY:U1"])] == []


def _seen(view: ExportView) -> tuple[str, str]:
    return view.request.request_id, view.summary.state


async def test_stages_of_a_state() -> None:
    """A list of what renders looks among those whose webhooks may say so, too."""
    assert stages_in("rendering") == ["rendering", "silent", "submitted"]
    assert stages_in("ready") == ["ready"]
    assert set(stages_under_way()) == {stage for stage, record in STAGES.items() if not record.ended}
