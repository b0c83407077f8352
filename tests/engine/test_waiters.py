"""Messages on the embedded database: who waits is woken by the sender, and many are written down in one commit."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from dbos import DBOS, SetWorkflowID

from bot.engine.runtime import Engine
from bot.engine.waiters import send, waiters
from bot.exports.models import Progress

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOPIC = "news"
# Without a look of the engine's poll, a waiter looks by itself after a minute only.
PATIENCE = 30.0


@DBOS.workflow(name="listen")
async def listen(messages: int) -> list[int]:
    """What it hears, one after the other."""
    heard = [await DBOS.recv_async(TOPIC, timeout_seconds=600) for _ in range(messages)]
    return [one.progress for one in heard if isinstance(one, Progress)]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def blind_engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Callable[[], object]]:
    """One that runs on a file and whose poll sees nobody waiting; gives the look that it would have."""
    engine = Engine(f"sqlite:///{tmp_path_factory.mktemp('waiters') / 'avatar-bot.db'}")
    await engine.launch()
    assert waiters._engine
    waiting = waiters._engine._sys_db.notifications_map
    look = waiting.snapshot
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting, "snapshot", list)
        yield look
    await engine.stop()


async def begun(name: str, messages: int = 1) -> "asyncio.Task[list[int]]":
    """A workflow that listens, and its result to come."""
    with SetWorkflowID(name):
        await DBOS.start_workflow_async(listen, messages)
    return asyncio.create_task(_result(name))


async def _result(name: str) -> list[int]:
    async with asyncio.timeout(PATIENCE):
        heard: list[int] | None = await DBOS.get_result_async(name)
        return heard or []


async def until_waiting(name: str) -> None:
    """Until the workflow is among those that a message would wake."""
    assert waiters._engine
    waiting = waiters._engine._sys_db.notifications_map
    async with asyncio.timeout(PATIENCE):
        while waiting.get(f"{name}::{TOPIC}") is None:  # noqa: ASYNC110 - the engine gives no sign of it
            await asyncio.sleep(0.01)


def news(progress: int) -> Progress:
    return Progress(at=1.0, progress=progress)


async def test_a_message_wakes_the_one_who_waits() -> None:
    """It is heard though nobody looks for it."""
    heard = await begun("woken")
    await until_waiting("woken")
    await send("woken", news(7), TOPIC)
    assert await heard == [7]


async def test_news_at_the_same_time_all_arrive() -> None:
    """Of many at once each reaches its own workflow, and one sent twice counts once."""
    heard = {name: await begun(name, messages=2) for name in ("first", "second")}
    letters = [(name, progress) for name in heard for progress in (1, 2, 2)]
    await asyncio.gather(*(send(name, news(progress), TOPIC, key=f"{name}:{progress}") for name, progress in letters))
    assert [sorted(await result) for result in heard.values()] == [[1, 2], [1, 2]]


async def test_what_another_process_sent_is_heard_as_well(
    blind_engine: Callable[[], object],
) -> None:
    """The poll finds it without the sender's help, for the one who has it; the others go on waiting."""
    heard, other = await begun("posted"), await begun("without")
    await until_waiting("posted")
    await until_waiting("without")
    await DBOS.send_async("posted", news(3), TOPIC)
    await asyncio.to_thread(blind_engine)
    assert await heard == [3]
    await send("without", news(5), TOPIC)
    assert await other == [5]
