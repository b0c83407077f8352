"""What an operator may do with exports as they stand: seeded as the workflows would write them, beside an engine."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.engine.offline_client import OfflineClient, offline_client
from bot.engine.runtime import DatabaseUnusable, Engine
from bot.exports.history.operator import ExportView, NotPossible, Operator, retry_option
from bot.exports.models import Outcome
from tests.exports.history.past import NOW, STEPS_OF_POSTING, Past

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSED = Outcome(result="failed", failure="rejected")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def beside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OfflineClient]:
    """Beside an engine that runs and takes no errands."""
    address = f"sqlite:///{tmp_path_factory.mktemp('operator') / 'avatar-bot.db'}"
    engine = Engine(address)
    await engine.launch()
    async with offline_client(address) as place:
        yield place
    await engine.stop()


@pytest.fixture
def past(beside: OfflineClient, request: pytest.FixtureRequest) -> Iterator[Past]:
    """The history of somebody whom no other test knows."""
    with closing(sqlite3.connect(str(beside.engine.url.database), isolation_level=None)) as database:
        yield Past(database, f"{request.node.name}:U1")


def has_ended(past: Past, export_id: str, outcome: Outcome) -> None:
    """A request whose export has ended."""
    past.accept(export_id, status="SUCCESS", completed_at=NOW)
    past.export(export_id, output=outcome)


async def seen(beside: OfflineClient, beginning: str) -> ExportView:
    """A request as it stands."""
    operator = Operator(beside.client)
    sight = await operator.sight(await operator.find(beginning))
    assert sight is not None
    return sight


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
async def test_what_ended_for_good_is_not_tried_again(beside: OfflineClient, past: Past, result: Any, why: str) -> None:
    """It is said how it ended."""
    has_ended(past, f"V-{result}", Outcome(result=result))
    with pytest.raises(NotPossible, match=why):
        retry_option(await seen(beside, f"V-{result}"))


@pytest.mark.parametrize(
    ("failure", "may_bill_twice"), [("rejected", False), ("unreachable", False), ("render_failed", True), (None, True)]
)
async def test_what_may_be_billed_twice(beside: OfflineClient, past: Past, failure: Any, *, may_bill_twice: bool) -> None:
    """A failed render was, perhaps, and so was what nobody knows of."""
    outcome = Outcome(result="failed", failure=failure) if failure else Outcome(result="question")
    has_ended(past, f"V-bill-{failure}", outcome)
    chance = retry_option(await seen(beside, f"V-bill-{failure}"))
    assert (chance.decision, chance.may_bill_twice) == ("try_again" if failure else "submit_again", may_bill_twice)


async def test_what_never_was_with_ai_studios_is_not_tried_again(beside: OfflineClient, past: Past) -> None:
    """A request that was declined has no export that could be made again."""
    past.accept("V-declined", output=Outcome(result="failed", failure="declined"))
    past.steps("V-declined.accept", *STEPS_OF_POSTING)
    with pytest.raises(NotPossible, match="never was with AI Studios"):
        retry_option(await seen(beside, "V-declined"))


async def test_what_somebody_left_is_not_tried_again(beside: OfflineClient, past: Past) -> None:
    """The first decision counts."""
    has_ended(past, "V-left", Outcome(result="question"))
    past.decide("V-left", "leave_it", output=Outcome(result="left"))
    with pytest.raises(NotPossible, match="the first decision counts"):
        retry_option(await seen(beside, "V-left"))


async def test_a_decision_that_came_meanwhile_counts(beside: OfflineClient, past: Past) -> None:
    """Of two who try it again at once, the second is told so."""
    has_ended(past, "V-twice", REFUSED)
    chance, operator = retry_option(await seen(beside, "V-twice")), Operator(beside.client)
    assert await operator.retry(chance) == "V-twice.2"
    with pytest.raises(NotPossible, match="has just decided"):
        await operator.retry(chance)
    with pytest.raises(NotPossible, match="still under way"):
        retry_option(await seen(beside, "V-twice"))


async def test_the_whole_id_is_enough_although_others_begin_so(beside: OfflineClient, past: Past) -> None:
    """An id that is the beginning of another one means itself, by any of its attempts."""
    has_ended(past, "V-same", REFUSED)
    has_ended(past, "V-same-again", REFUSED)
    for typed in ("V-same", "V-same.", "V-same-"):
        assert (await seen(beside, typed)).family.request_id == ("V-same-again" if typed == "V-same-" else "V-same")


async def test_attempts_within_one_second_keep_their_order(beside: OfflineClient, past: Past) -> None:
    """The file knows only whole seconds, but the names tell what came after what."""
    past.export("V-quick.2", created_at=NOW)
    past.decide("V-quick", "try_again", status="SUCCESS", created_at=NOW)
    past.export("V-quick", output=REFUSED, created_at=NOW)
    past.accept("V-quick", status="SUCCESS", created_at=NOW)
    chapters = await Operator(beside.client).chapters((await seen(beside, "V-quick")).family)
    assert [chapter.workflow_id for chapter in chapters] == ["V-quick.accept", "V-quick", "V-quick.decide", "V-quick.2"]
    assert (await seen(beside, "V-quick")).summary.state == "sending"


async def test_a_database_of_another_release_is_left_alone(tmp_path: Path) -> None:
    """Nothing is guessed about tables that this release does not know."""
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection, connection:
        connection.execute("CREATE TABLE dbos_migrations (version INTEGER)")
        connection.execute("INSERT INTO dbos_migrations VALUES (3)")
    with pytest.raises(DatabaseUnusable, match="another release"):
        async with offline_client(f"sqlite:///{tmp_path / 'bot.db'}"):
            pass
