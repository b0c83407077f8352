"""A flood of requests: what cannot be kept, or can mean nothing, is turned away, and nothing piles up."""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from typing import cast

import aiohttp
import psycopg
import pytest
import pytest_asyncio

from bot.demo.stage import SIGNING_SECRET, Stage
from bot.exports.webhook_addresses import WebhookAddresses
from bot.settings import webhook_key_from
from tests.scenarios.memory import MOST_EXTRA, forget_peak, peak_memory
from tests.scenarios.scene import make_video, mentions, open_form, quickly_staged, replies, until_taken, until_video

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long]

FLOOD = 1000
# Fewer than the bot keeps open at once; it answers the thousand over these.
CONNECTIONS = 400
# So many exports that none of them alone is called more often than a render can mean.
EXPORTS = 20

Database = tuple[str, Callable[[], AbstractAsyncContextManager[None]]]


@asynccontextmanager
async def postgres_stuck(address: str) -> AsyncIterator[None]:
    """Somebody holds the table of messages."""
    async with await psycopg.AsyncConnection.connect(address) as connection:
        await connection.execute("LOCK TABLE avatar_bot_mailbox IN ACCESS EXCLUSIVE MODE")
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


async def flood(addresses: Sequence[str]) -> Counter[tuple[int, str | None]]:
    """A thousand webhooks as fast as they go, to each address in turn; how often each answer came."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as http:
        calls = (call(http, addresses[number % len(addresses)], number % 99) for number in range(FLOOD))
        return Counter(await asyncio.gather(*calls))


def genuine_addresses(stage: Stage) -> list[str]:
    """The webhook addresses of exports that this bot would know, were they there."""
    addresses = WebhookAddresses(webhook_key_from(SIGNING_SECRET), stage.bot.url)
    return [str(addresses.url(f"V0FLOOD{number}")) for number in range(EXPORTS)]


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
    """While messages cannot be written down, webhooks are to come later, little is kept in memory and the bot lives;
    afterwards the video comes, once."""
    address, stuck = database
    settings = {"DATABASE_URL": address}
    async with quickly_staged(tmp_path, settings=settings, slack={"time_scale": 60}) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        await until_taken(stage, root)
        webhooks = [str(stage.studio.billed[-1].webhook_url), *genuine_addresses(stage)]
        assert stage.bot.pid
        forget_peak(stage.bot.pid)
        before = peak_memory(stage.bot.pid)
        async with stuck():
            flooding = asyncio.create_task(flood(webhooks))
            await asyncio.wait({flooding}, timeout=1)
            assert await lives(stage)
            seen = await flooding
            assert await lives(stage)
        assert seen == {(503, "10"): FLOOD}
        assert peak_memory(stage.bot.pid) - before < MOST_EXTRA
        stage.studio.release()
        video = await until_video(stage, root)
        assert mentions(stage, root) == replies(stage, root)[1:] == [video]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that soon asks by itself about renders it hears nothing of."""
    folder = tmp_path_factory.mktemp("flood")
    async with quickly_staged(folder, settings={"POLL_SECONDS": "1"}, slack={"time_scale": 60}) as ready:
        yield ready


async def test_one_export_s_webhooks_are_limited(stage: Stage, script: str) -> None:
    """Of a thousand calls to one export's address most are told to come later; another export's are taken, and both
    videos come, once."""
    stage.studio.hold()
    roots = [await make_video(stage, script=f"{script} ({number})") for number in range(2)]
    for root in roots:
        await until_taken(stage, root)
    flooded, other = (str(project.webhook_url) for project in list(stage.studio.billed)[-2:])
    answers = await flood([flooded])
    assert set(answers) <= {(200, None), (429, "1"), (503, "10")}
    assert answers[429, "1"] > FLOOD / 2
    async with aiohttp.ClientSession() as http:
        assert await call(http, other, 50) == (200, None)
    stage.studio.release()
    for root in roots:
        video = await until_video(stage, root)
        assert mentions(stage, root) == [video]


STRANGERS = {
    "an unknown path": ("GET", "/.env", {}, 404),
    "a forged webhook": ("POST", "/webhooks/aistudios/V0NOSUCH/forged", {}, 404),
    "no signature": ("POST", "/slack/events", {}, 401),
    "a wrong signature": ("POST", "/slack/events", {"X-Slack-Signature": f"v0={'0' * 64}"}, 401),
}


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_who_is_refused_locks_nobody_out(stage: Stage, stranger: str) -> None:
    """After a thousand refused requests from one address a command from the same address is answered."""
    method, path, headers, status = STRANGERS[stranger]
    dated = {"X-Slack-Request-Timestamp": str(int(time.time())), **headers}

    async def asked(http: aiohttp.ClientSession) -> int:
        async with http.request(method, stage.bot.url + path, data=b"x" * 500, headers=dated) as answer:
            return answer.status

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as http:
        assert set(await asyncio.gather(*(asked(http) for _ in range(FLOOD)))) == {status}
    await open_form(stage)
