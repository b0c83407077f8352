"""A flood of webhooks while the database takes nothing: what cannot be kept is turned away, and nothing piles up."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from typing import cast

import aiohttp
import psycopg
import pytest

from bot.demo.stage import Stage
from tests.scenarios.scene import make_video, mentions, quickly_staged, replies, until_taken, until_video
from tests.scenarios.test_bounds import MOST_EXTRA, forget_peak, peak_memory

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long]

FLOOD = 1000
# Fewer than the bot keeps open at once; it answers the thousand over these.
CONNECTIONS = 400

Database = tuple[str, Callable[[], AbstractAsyncContextManager[None]]]


@asynccontextmanager
async def postgres_stuck(address: str) -> AsyncIterator[None]:
    """Somebody holds the table that news are written to."""
    async with await psycopg.AsyncConnection.connect(address) as connection:
        await connection.execute("LOCK TABLE dbos.notifications IN ACCESS EXCLUSIVE MODE")
        yield


@asynccontextmanager
async def sqlite_stuck(file: Path) -> AsyncIterator[None]:
    """Somebody holds the file for writing."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


async def call(http: aiohttp.ClientSession, address: str, progress: int) -> tuple[int, str | None]:
    """The status and Retry-After of the answer to a genuine webhook."""
    async with http.post(address, json={"progress": progress}) as answer:
        return answer.status, answer.headers.get("Retry-After")


async def flood(address: str) -> Counter[tuple[int, str | None]]:
    """A thousand webhooks as fast as they go; how often each answer came."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as http:
        return Counter(await asyncio.gather(*(call(http, address, number % 99) for number in range(FLOOD))))


async def lives(stage: Stage) -> bool:
    async with aiohttp.ClientSession() as http, http.get(f"{stage.bot.url}/healthz") as answer:
        return answer.status == 200


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """The address of a database, and how it gets stuck."""
    if request.param == "sqlite":
        file = tmp_path / "bot.db"
        return f"sqlite:///{file}", lambda: sqlite_stuck(file)
    address = cast(str, request.getfixturevalue("database_url"))
    return address, lambda: postgres_stuck(address)


async def test_a_flood_on_a_stuck_database_is_turned_away(tmp_path: Path, database: Database) -> None:
    """While news cannot be written down, webhooks are told to come later, little is kept in memory and the bot lives;
    afterwards the video comes, once."""
    address, stuck = database
    async with quickly_staged(tmp_path, settings={"DATABASE_URL": address}, slack={"time_scale": 60}) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        await until_taken(stage, root)
        webhook = str(stage.studio.billed[-1].webhook_url)
        assert stage.bot.pid
        forget_peak(stage.bot.pid)
        before = peak_memory(stage.bot.pid)
        async with stuck():
            flooding = asyncio.create_task(flood(webhook))
            await asyncio.wait({flooding}, timeout=1)
            assert await lives(stage)
            seen = await flooding
            assert await lives(stage)
        assert seen == {(503, "10"): FLOOD}
        assert peak_memory(stage.bot.pid) - before < MOST_EXTRA
        stage.studio.release()
        video = await until_video(stage, root)
        assert mentions(stage, root) == replies(stage, root)[1:] == [video]
