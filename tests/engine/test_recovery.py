"""What a process left unfinished is taken up by the next one, which does no step again."""

import asyncio

import pytest
from dbos import DBOS, SetWorkflowID
from sqlalchemy.exc import SQLAlchemyError

from bot.engine import recovery
from tests.engine.workflows import QUEUE, done, gates, running_engine, wait_at_a_gate
from tests.scenarios.scene import until_true

PATIENCE = 30.0


async def left_behind(url: str, names: list[str]) -> None:
    """Workflows that wait, some from a queue and some begun directly, when their process ends."""
    async with running_engine(url):
        for number, name in enumerate(names):
            with SetWorkflowID(name):
                if number % 2:
                    await DBOS.enqueue_workflow_async(QUEUE, wait_at_a_gate, name)
                else:
                    await DBOS.start_workflow_async(wait_at_a_gate, name)

        async def all_wait() -> bool:
            return set(names) <= set(gates)

        await until_true(all_wait, what="workflows that wait")


async def taken_up(url: str, names: list[str]) -> list[str]:
    """What comes of them in the next process, once their gates are open."""
    async with running_engine(url), asyncio.timeout(PATIENCE):
        for name in names:
            gates.setdefault(name, asyncio.Event()).set()
        return [str(await DBOS.get_result_async(name)) for name in names]


def test_all_go_on_where_they_were(either_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when there are more than are resumed at once: each ends, and no step is done twice."""
    monkeypatch.setattr(recovery, "MOST_AT_ONCE", 2)
    monkeypatch.setattr("bot.engine.replicas.LOOK_SECONDS", 0.05)
    done.clear()
    gates.clear()
    names = [f"left-{number}" for number in range(5)]
    # Each on an event loop of its own, as processes are.
    asyncio.run(left_behind(either_database_url, names))
    gates.clear()
    told = asyncio.run(taken_up(either_database_url, names))
    assert told == [f"{name} first (1) {name} second (1) {name} third (1)" for name in names]
    assert set(done.values()) == {1}


async def test_recovery_waits_for_the_database(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody else would take up what was left in a file, so that it is tried until it works."""
    tries = []

    async def look(name: str) -> None:
        tries.append(name)
        if len(tries) < 3:
            raise SQLAlchemyError

    monkeypatch.setattr(recovery, "_resume_all_but_those_of", look)
    monkeypatch.setattr(recovery, "RETRY_SECONDS", 0.0)
    await recovery.resume_all_but_those_of("me")
    assert tries == ["me"] * 3
    assert caplog.text.count("not resumed yet") == 2
