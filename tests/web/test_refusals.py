"""What strangers are told when they are refused, over real sockets: a status, and nothing of why or by what."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
import pytest_asyncio
from aiohttp import web

from bot.web.bodies import Bodies
from bot.web.health import Health
from bot.web.refusals import come_later
from bot.web.server import listening

HIDDEN = "the-inside"
LARGEST = 100_000


class Routes:
    """Ways to fail."""

    def register(self, app: web.Application) -> None:
        app.router.add_get("/fails", self._fail)
        app.router.add_post("/takes", self._take)
        app.router.add_get("/busy", self._busy)
        app.router.add_get("/slow", self._slow)

    async def _fail(self, _: web.Request) -> web.Response:
        raise RuntimeError(HIDDEN)

    async def _take(self, request: web.Request) -> web.Response:
        return web.Response(body=await Bodies(LARGEST).read(request))

    async def _busy(self, _: web.Request) -> web.Response:
        return come_later(429, 0.05)

    async def _slow(self, _: web.Request) -> web.Response:
        raise TimeoutError(HIDDEN)


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    """Where the server listens."""
    async with listening("127.0.0.1", 0, Health({}), [Routes()]) as number:
        yield number


Answer = tuple[int, dict[str, str], str]


async def told(port: int, words: str) -> Answer:
    """Status, headers and body of the answer to these words; the connection ends after it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words.encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    writer.close()
    return int(head[0].split()[1]), headers, body.decode()


def request(first: str, *headers: str) -> str:
    return "\r\n".join([f"{first} HTTP/1.1", "Host: x", *headers, "", ""])


REFUSED = {
    "an unknown path": (404, request("GET /wp-login.php")),
    "another method": (405, request("DELETE /healthz")),
    "an announced body that is too large": (413, request("POST /takes", f"Content-Length: {LARGEST + 1}")),
    "a fault of ours": (500, request("GET /fails")),
    "a fault of ours, asked for as a page": (500, request("GET /fails", "Accept: text/html")),
    "what comes too often": (429, request("GET /busy")),
}
# These a reverse proxy refuses before they come here, or answers under its own name: see bot/web/refusals.py.
NO_HTTP = {
    "what is no HTTP": (400, f"{HIDDEN}\r\n\r\n"),
    "another protocol": (400, "\x16\x03\x01\x02 hello\r\n\r\n"),
    "a header that is too long": (400, request("GET /healthz", "X: " + "x" * 10_000)),
    "a body that is not chunked as it says": (400, request("POST /takes", "Transfer-Encoding: chunked") + "zz\r\n"),
    "an expectation that nobody has": (417, request("GET /healthz", f"Expect: {HIDDEN}")),
}
# Date and length are part of each answer; the others tell the caller what to do.
HEADERS = {"content-type", "content-length", "date", "connection", "allow", "retry-after"}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_refusal_says_its_status_and_no_more(port: int, case: str) -> None:
    """Whatever is wrong, the answer holds the status in words: no server, no version, no reason, nothing quoted."""
    expected, words = REFUSED[case]
    status, headers, body = await told(port, words)
    assert status == expected
    assert json.loads(body) == {"error": HTTPStatus(expected).phrase.lower()}
    assert set(headers) <= HEADERS


@pytest.mark.parametrize("case", NO_HTTP)
async def test_what_is_no_http_is_refused(port: int, case: str, caplog: pytest.LogCaptureFixture) -> None:
    """Where the port is open without a proxy it is the sender's fault all the same, and fills no log."""
    expected, words = NO_HTTP[case]
    status, headers, _ = await told(port, words)
    assert status == expected
    assert set(headers) <= HEADERS | {"server"}
    assert caplog.records == []


async def test_a_time_limit_that_passed_is_a_gateway_s(port: int) -> None:
    """Whatever took too long inside is answered 504, without saying what it was."""
    status, _, body = await told(port, request("GET /slow"))
    assert (status, json.loads(body)) == (504, {"error": "gateway timeout"})


async def test_a_refusal_says_what_helps(port: int) -> None:
    """The methods that there are, and whole seconds to wait."""
    assert (await told(port, request("DELETE /healthz")))[1]["allow"] == "GET,HEAD"
    assert (await told(port, request("GET /busy")))[1]["retry-after"] == "1"


async def test_a_fault_of_ours_is_told_to_the_operator(port: int, caplog: pytest.LogCaptureFixture) -> None:
    """What went wrong stands in the log, with its traceback."""
    await told(port, request("GET /fails"))
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info
    assert str(record.exc_info[1]) == HIDDEN


async def test_good_answers_name_no_server_either(port: int) -> None:
    """Neither does what is answered well."""
    status, headers, _ = await told(port, request("GET /healthz"))
    assert status == 200
    assert set(headers) <= HEADERS
