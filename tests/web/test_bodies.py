"""The bodies of unknown senders: bounded in size, in time, and in how many large ones are read at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.web import bodies
from bot.web.bodies import SMALL_BODY, Bodies
from bot.web.health import Health
from bot.web.server import listening

MOST = 2 * SMALL_BODY
LARGE = b"x" * (SMALL_BODY + 1)


class Echo:
    """Answers how long the body was."""

    def __init__(self) -> None:
        self._bodies = Bodies(MOST)

    def register(self, app: web.Application) -> None:
        app.router.add_post("/", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        return web.Response(text=str(len(await self._bodies.read(request))))


@asynccontextmanager
async def asking() -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a server that reads bodies."""
    async with (
        listening("127.0.0.1", 0, Health({}), [Echo()]) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        yield http


async def unfinished(sent: bytes, until: asyncio.Event) -> AsyncIterator[bytes]:
    """A body that stops in the middle until it is told to end."""
    yield sent
    await until.wait()


async def status(http: aiohttp.ClientSession, data: bytes | AsyncIterator[bytes]) -> int:
    """How a body is answered."""
    async with http.post("/", data=data) as answer:
        return answer.status


@pytest.mark.parametrize("size", [0, 1, SMALL_BODY - 1, SMALL_BODY, SMALL_BODY + 1, MOST])
async def test_a_body_is_read_whole(size: int) -> None:
    """Up to the limit every byte arrives, whether its length was told before or not."""
    async with asking() as http:
        for told in (True, False):
            whole = b"x" * size
            async with http.post("/", data=whole if told else unfinished(whole, finished())) as answer:
                assert await answer.text() == str(size)


def finished() -> asyncio.Event:
    """An event that is set already."""
    event = asyncio.Event()
    event.set()
    return event


async def test_a_byte_more_is_too_much() -> None:
    """Beyond the limit the answer is 413, whether the length was told before or not."""
    too_much = b"x" * (MOST + 1)
    async with asking() as http:
        assert [await status(http, too_much), await status(http, unfinished(too_much, finished()))] == [413, 413]


@pytest.mark.parametrize("sent", [b"x", LARGE], ids=["small", "large"])
async def test_a_body_that_stops_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """A body that does not come in time is answered 408."""
    monkeypatch.setattr(bodies, "PATIENCE", 0.2)
    async with asking() as http:
        assert await status(http, unfinished(sent, asyncio.Event())) == 408


async def test_few_large_bodies_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """While all places for large bodies are taken, a large one is told to come later and a small one is read; a place
    is free again when its body has come or its sender is gone."""
    monkeypatch.setattr(bodies, "MOST_LARGE_AT_ONCE", 1)
    async with asking() as http:
        rest = asyncio.Event()
        first = asyncio.create_task(status(http, unfinished(LARGE, rest)))
        while await status(http, LARGE) != 503:
            assert not first.done()
        assert await status(http, b"x") == 200
        rest.set()
        assert await first == 200
        assert await status(http, LARGE) == 200


async def test_chunks_that_are_none_are_the_sender_s_fault(caplog: pytest.LogCaptureFixture) -> None:
    """Transfer coding that is none is answered 400, and a sender who leaves in mid-body is nothing to log."""
    async with asking() as http:
        port = http._base_url.port if http._base_url else None
        for body in (b"zz\r\nhello", b"5\r\nhel"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
            await writer.drain()
            if body.startswith(b"zz"):
                assert b" 400 " in await reader.readline()
            writer.close()
            await writer.wait_closed()
        assert await status(http, b"x") == 200
    assert caplog.records == []
