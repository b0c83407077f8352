"""Connections from anybody, over real sockets: silent ones end, and when all places are taken a newcomer gets one."""

import asyncio
import errno
import logging
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.web import connections
from bot.web.connections import MOST_OPEN, AcceptComplaints, most_open
from bot.web.health import Health
from bot.web.server import listening

HALF = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
WHOLE = HALF + b"\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"

Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class SlowRoute:
    """A request that takes until it is let go."""

    def __init__(self) -> None:
        self.taken, self.let_go = asyncio.Semaphore(0), asyncio.Event()

    def register(self, app: web.Application) -> None:
        app.router.add_get("/slow", self._answer)

    async def _answer(self, _: web.Request) -> web.Response:
        self.taken.release()
        await self.let_go.wait()
        return web.Response(text="done")


@asynccontextmanager
async def peers(*first_words: bytes, slow: SlowRoute | None = None) -> AsyncIterator[tuple[int, list[Peer]]]:
    """A server's port and connections to it, each with its first words said."""
    async with listening("127.0.0.1", 0, Health({}), [slow] if slow else []) as port:
        those = [await connected(port, words) for words in first_words]
        try:
            yield port, those
        finally:
            for _, writer in those:
                writer.close()


async def connected(port: int, words: bytes) -> Peer:
    """A connection over which this was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words)
    await writer.drain()
    return reader, writer


async def head(peer: Peer) -> bytes:
    """The status line and the headers of the next answer; empty when the connection was closed instead."""
    try:
        return await peer[0].readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError) as ended:
        return getattr(ended, "partial", b"")


@pytest.mark.parametrize("words", [b"", HALF], ids=["nothing", "half a head"])
async def test_who_asks_nothing_is_disconnected(monkeypatch: pytest.MonkeyPatch, words: bytes) -> None:
    """A connection that brings no whole request in time is closed, without an answer."""
    monkeypatch.setattr(connections, "FIRST_REQUEST_SECONDS", 0.1)
    async with peers(words) as (_, [peer]):
        assert await head(peer) == b""


async def test_who_has_asked_may_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection whose request was answered is not closed with the silent ones, and takes a second request."""
    monkeypatch.setattr(connections, "FIRST_REQUEST_SECONDS", 0.1)
    async with peers(WHOLE, b"") as (_, [asker, silent]):
        assert b" 200 " in await head(asker)
        assert await head(silent) == b""
        asker[1].write(WHOLE)
        assert b" 200 " in await head(asker)


async def test_a_newcomer_takes_the_place_of_the_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all places taken, the oldest connection without a request goes; one that was answered before it stays."""
    monkeypatch.setattr(connections, "MOST_OPEN", 3)
    async with peers(WHOLE, HALF, HALF) as (port, [asker, oldest, younger]):
        assert b" 200 " in await head(asker)
        newcomer = await connected(port, WHOLE)
        assert b" 200 " in await head(newcomer)
        assert await head(oldest) == b""
        younger[1].write(b"\r\n")
        assert b" 200 " in await head(younger)
        newcomer[1].close()


async def test_work_under_way_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """While every place works on a request, a newcomer is turned away, and the work is answered."""
    monkeypatch.setattr(connections, "MOST_OPEN", 2)
    slow = SlowRoute()
    async with peers(SLOW, SLOW, slow=slow) as (port, workers):
        for _ in workers:
            await slow.taken.acquire()
        newcomer = await connected(port, WHOLE)
        assert await head(newcomer) == b""
        slow.let_go.set()
        assert [b" 200 " in await head(worker) for worker in workers] == [True, True]
        newcomer[1].close()


async def test_no_versions_are_told() -> None:
    """Neither an answer nor one to an unknown path names what the bot is made of."""
    async with peers() as (port, _), aiohttp.ClientSession() as http:
        for path in ("/healthz", "/nothing"):
            async with http.get(f"http://127.0.0.1:{port}{path}") as answer:
                assert "Server" not in answer.headers


async def test_what_is_no_http_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """A malformed request leaves nothing in the log, also when it follows a good one."""
    async with peers(WHOLE) as (_, [peer]):
        assert b" 200 " in await head(peer)
        peer[1].write(b"nonsense\r\n\r\n")
        assert b" 400 " in await peer[0].read()
    assert caplog.records == []


@pytest.mark.parametrize(
    ("allowed", "most"), [(100, 50), (1, 1), (1_000_000, MOST_OPEN), (resource.RLIM_INFINITY, MOST_OPEN)]
)
def test_half_of_the_files_stay_free(monkeypatch: pytest.MonkeyPatch, allowed: int, most: int) -> None:
    """Connections take at most half of the files that the system lets the process open."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (allowed, allowed))
    assert most_open() == most


async def test_a_lack_of_files_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """However often asyncio cannot accept for want of files, the log says it once; other troubles are told as ever."""
    handler, loop = AcceptComplaints(), asyncio.get_running_loop()
    for _ in range(100):
        lack = OSError(errno.EMFILE, "Too many open files")
        handler(loop, {"message": "socket.accept() out of system resource", "exception": lack, "socket": None})
    handler(loop, {"message": "another trouble", "exception": OSError(errno.EIO, "broken")})
    assert [(record.levelno, record.name) for record in caplog.records] == [
        (logging.WARNING, "bot.web.connections"),
        (logging.ERROR, "asyncio"),
    ]
