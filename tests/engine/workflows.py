"""Small workflows for the tests of the engine, and an engine that runs them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from dbos import DBOS

from bot.engine.runtime import Engine
from bot.engine.serializer import JsonSerializer
from bot.engine.steps import Steps, current_workflow_id
from tests.engine.mailboxes import Note

QUEUE = "left-behind"

# How often each step was really done, and what opens the gate that a workflow waits at.
done: Counter[str] = Counter()
gates: dict[str, asyncio.Event] = {}


async def do(what: str) -> str:
    """Counts how often it was done."""
    done[what] += 1
    return f"{what} ({done[what]})"


@DBOS.workflow(name="wait-at-a-gate")
async def wait_at_a_gate(name: str) -> str:
    """Does two steps, waits until its gate is opened in this process, and does one more."""
    before = [await DBOS.run_step_async({"name": step}, do, f"{name} {step}") for step in ("first", "second")]
    await DBOS.run_step_async({"name": "gate"}, gates.setdefault(name, asyncio.Event()).wait)
    return " ".join([*before, await DBOS.run_step_async({"name": "third"}, do, f"{name} third")])


@DBOS.workflow(name="two-steps")
async def two_steps(name: str) -> list[bool]:
    """Gives for each of two steps whether an earlier process may have died in the middle of it."""

    async def again(is_second_run: bool) -> bool:
        if name in gates:
            await gates[name].wait()
        return is_second_run

    return [await STEPS.once(f"step {number}", again) for number in range(2)]


@DBOS.workflow(name="its-own-id")
async def its_own_id() -> Note:
    """Gives the id of the workflow that runs, after a pause."""
    await STEPS.pause(0.0)
    return Note(text=await STEPS.run("id", _of, current_workflow_id()))


async def _of(workflow_id: str) -> str:
    return workflow_id


STEPS = Steps()


@asynccontextmanager
async def running_engine(url: str) -> AsyncIterator[Engine]:
    """An engine at work, with a queue."""
    engine = Engine(url, JsonSerializer((Note,)))
    await engine.lock()
    await engine.launch()
    await DBOS.register_queue_async(QUEUE, polling_interval_sec=0.1, on_conflict="always_update")
    try:
        yield engine
    finally:
        await stopped(engine)


async def stopped(engine: Engine) -> None:
    """Stops an engine, and gives the loop threads again: DBOS has ended those, as the bot's process does then."""
    await engine.stop()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
