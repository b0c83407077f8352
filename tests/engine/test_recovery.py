"""What a process left unfinished in a file is taken up by the next one, which does no step again."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from dbos import DBOS, SetWorkflowID

from bot.engine import recovery
from bot.engine.runtime import Engine
from bot.engine.waiters import send
from bot.exports.models import Progress

QUEUE, TOPIC = "left-behind", "news"
PATIENCE = 30.0
NAMES = [f"left-{number}" for number in range(5)]

# How often each step was really done.
done: Counter[str] = Counter()


@DBOS.workflow(name="wait-for-news")
async def wait_for_news(name: str) -> str:
    """Does two steps, hears, and does one more."""
    before = [await DBOS.run_step_async({"name": step}, do, f"{name} {step}") for step in ("first", "second")]
    heard: Progress = await DBOS.recv_async(TOPIC, timeout_seconds=600)
    after = await DBOS.run_step_async({"name": "third"}, do, f"{name} third")
    return " ".join([*before, str(heard.progress), after])


async def do(what: str) -> str:
    done[what] += 1
    return f"{what} ({done[what]})"


async def left_behind(url: str) -> None:
    """Workflows that wait, some from a queue and some begun directly, when their process ends."""
    engine = await launched(url)
    for number, name in enumerate(NAMES):
        with SetWorkflowID(name):
            if number % 2:
                await DBOS.enqueue_workflow_async(QUEUE, wait_for_news, name)
            else:
                await DBOS.start_workflow_async(wait_for_news, name)
    await until_all_wait()
    await engine.stop()


async def taken_up(url: str) -> list[str]:
    """What comes of them in the next process, once each has heard its news."""
    engine = await launched(url)
    for number, name in enumerate(NAMES):
        await send(name, Progress(at=1.0, progress=number), TOPIC)
    async with asyncio.timeout(PATIENCE):
        told = [str(await DBOS.get_result_async(name)) for name in NAMES]
    await engine.stop()
    return told


async def launched(url: str) -> Engine:
    engine = Engine(url)
    await engine.launch()
    await DBOS.register_queue_async(QUEUE, polling_interval_sec=0.1, on_conflict="always_update")
    return engine


async def until_all_wait() -> None:
    async with asyncio.timeout(PATIENCE):
        while len(done) < 2 * len(NAMES):  # noqa: ASYNC110 - the steps give no sign of it
            await asyncio.sleep(0.01)


@pytest.mark.long
def test_all_go_on_where_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when there are more than are resumed at once: each hears its news, and no step is done twice."""
    monkeypatch.setattr(recovery, "MOST_AT_ONCE", 2)
    url = f"sqlite:///{tmp_path / 'avatar-bot.db'}"
    # Each on an event loop of its own, as processes are.
    asyncio.run(left_behind(url))
    told = asyncio.run(taken_up(url))
    assert told == [f"{name} first (1) {name} second (1) {n} {name} third (1)" for n, name in enumerate(NAMES)]
    assert set(done.values()) == {1}
