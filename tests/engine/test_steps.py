"""Steps record their results, and know whether they may be a second run."""

import asyncio
from pathlib import Path

import pytest
from dbos import DBOS, SetWorkflowID

from bot.engine.steps import current_workflow_id
from tests.engine.mailboxes import Note
from tests.engine.workflows import STEPS, gates, its_own_id, running_engine, two_steps
from tests.scenarios.scene import until_true

PATIENCE = 30.0


def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'avatar-bot.db'}"


async def test_a_step_has_its_name_and_its_result(tmp_path: Path) -> None:
    """What a step gave is what the workflow goes on with, and what is recorded; a pause is a step as well."""
    async with running_engine(address(tmp_path)):
        with SetWorkflowID("V1"):
            handle = await DBOS.start_workflow_async(its_own_id)
        async with asyncio.timeout(PATIENCE):
            assert await handle.get_result() == Note(text="V1")
        steps = await DBOS.list_workflow_steps_async("V1")
    assert [(step["function_name"], step["output"]) for step in steps] == [("pause", None), ("id", "V1")]


async def test_only_the_first_step_of_a_workflow_may_be_a_second_run(tmp_path: Path) -> None:
    """Nobody else can have begun the next; of a workflow that was forgotten the first one may be so again."""
    async with running_engine(address(tmp_path)):
        for _ in range(2):
            with SetWorkflowID("V2"):
                handle = await DBOS.start_workflow_async(two_steps, "V2")
            async with asyncio.timeout(PATIENCE):
                assert await handle.get_result() == [True, False]
        STEPS.forget("V2")
        STEPS.forget("never seen")
        with SetWorkflowID("V2-again"):
            handle = await DBOS.start_workflow_async(two_steps, "V2-again")
        async with asyncio.timeout(PATIENCE):
            assert await handle.get_result() == [True, False]


def test_a_step_whose_process_died_is_told_so(tmp_path: Path) -> None:
    """The step that was running when the process ended runs again in the next one, and knows it."""
    gates.clear()

    async def die() -> None:
        gates["V3"] = asyncio.Event()
        async with running_engine(address(tmp_path)):
            with SetWorkflowID("V3"):
                await DBOS.start_workflow_async(two_steps, "V3")

            async def is_seen() -> bool:
                return "V3" in STEPS._seen

            await until_true(is_seen, what="the first step")

    async def live() -> list[bool] | None:
        gates.clear()
        STEPS.forget("V3")
        async with running_engine(address(tmp_path)), asyncio.timeout(PATIENCE):
            found: list[bool] | None = await DBOS.get_result_async("V3")
            return found

    asyncio.run(die())
    assert asyncio.run(live()) == [True, False]


def test_only_a_workflow_has_an_id() -> None:
    """Who asks elsewhere is mistaken."""
    with pytest.raises(RuntimeError, match="only a workflow"):
        current_workflow_id()
