"""The one question about every failure: was the call possibly accepted, and may it be made again?"""

from __future__ import annotations

import asyncio
import copy
import pickle
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from aiohttp import web

from bot.aistudios.auth import TokenCache
from bot.aistudios.client import AIStudiosClient
from bot.aistudios.errors import (
    AIStudiosError,
    Ambiguous,
    Rejected,
    Transient,
    Unauthorized,
    from_response,
    parse_retry_after,
)
from bot.aistudios.models import CustomExport
from tests.aistudios.conftest import (
    Handler,
    Vendor,
    failure,
    half_an_answer,
    hang_up,
    page,
    reply,
    success,
)
from tests.aistudios.tokens import FixedToken

EXPORT = CustomExport(language="en", text="Hello", model="m1")
HASTY = httpx.Timeout(0.2)


async def order(client: AIStudiosClient) -> object:
    return await client.create_export(EXPORT)


async def ask(client: AIStudiosClient) -> object:
    return await client.progress("p1")


async def error_of(call: Awaitable[object]) -> AIStudiosError:
    with pytest.raises(AIStudiosError) as caught:
        await call
    return caught.value


def never() -> Handler:
    async def handler(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    return handler


def endless() -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 65536)

    return handler


def dripping() -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.02)

    return handler


ANSWERS = [
    # answer, what it means for an export, what it means for a read
    pytest.param(failure(4000, "no"), Rejected, Rejected, id="envelope-200"),
    pytest.param(failure("E_MODEL", "no"), Rejected, Rejected, id="envelope-undocumented-code"),
    pytest.param(reply({"success": False}), Rejected, Rejected, id="envelope-without-error"),
    pytest.param(failure(4000, "no", status=400), Rejected, Rejected, id="envelope-400"),
    pytest.param(failure(4030, "no", status=500), Rejected, Rejected, id="envelope-500-documented-code"),
    pytest.param(failure(4040, "no", status=302), Rejected, Rejected, id="envelope-302"),
    pytest.param(failure(4290, "slow down"), Transient, Transient, id="envelope-rate-limited"),
    pytest.param(failure("4290", "slow down"), Transient, Transient, id="envelope-rate-limited-text"),
    pytest.param(failure(5000, "oops"), Ambiguous, Transient, id="envelope-internal"),
    pytest.param(failure("E9", "oops", status=500), Ambiguous, Transient, id="envelope-500-undocumented"),
    pytest.param(page(status=400), Rejected, Rejected, id="400"),
    pytest.param(page(status=403), Rejected, Rejected, id="403"),
    pytest.param(page(status=413), Rejected, Rejected, id="413"),
    pytest.param(page(status=408), Transient, Transient, id="408"),
    pytest.param(page(status=429), Transient, Transient, id="429"),
    pytest.param(page(status=500), Ambiguous, Transient, id="500"),
    pytest.param(page(status=502), Ambiguous, Transient, id="502"),
    pytest.param(page(status=504), Ambiguous, Transient, id="504"),
    pytest.param(page(status=503), Ambiguous, Transient, id="503"),
    pytest.param(page(status=503, headers={"Retry-After": "7"}), Transient, Transient, id="503-retry-after"),
    pytest.param(page(status=503, headers={"Retry-After": "soon"}), Ambiguous, Transient, id="503-no-number"),
    pytest.param(page(status=200), Ambiguous, Transient, id="200-html"),
    pytest.param(page("", status=204), Ambiguous, Transient, id="204"),
    pytest.param(page("[" * 100_000, status=200), Ambiguous, Transient, id="200-deep"),
    pytest.param(page("{}", status=302, headers={"Location": "/"}), Ambiguous, Transient, id="302"),
    pytest.param(reply("accepted"), Ambiguous, Transient, id="json-no-object"),
    pytest.param(success(None), Ambiguous, Transient, id="data-null"),
    pytest.param(success([]), Ambiguous, Transient, id="data-list"),
    pytest.param(hang_up(), Ambiguous, Transient, id="hang-up"),
    pytest.param(half_an_answer(), Ambiguous, Transient, id="half-an-answer"),
    pytest.param(endless(), Ambiguous, Transient, id="endless"),
]


@pytest.mark.parametrize(("answer", "for_export", "for_read"), ANSWERS)
async def test_answers_mean_what_they_tell_about_acceptance(
    vendor: Vendor,
    client: AIStudiosClient,
    answer: Handler,
    for_export: type[AIStudiosError],
    for_read: type[AIStudiosError],
) -> None:
    """Every answer that is no success gets its class, and the export is sent exactly once."""
    vendor.answer("POST", "/simple/custom", answer)
    vendor.answer("GET", "/editor/progress/p1", answer)
    assert type(await error_of(order(client))) is for_export
    assert type(await error_of(ask(client))) is for_read
    assert len(vendor.calls_to("/simple/custom")) == 1


@pytest.mark.parametrize("data", [{}, {"projectId": ""}, {"projectId": None}, {"taskId": "t"}])
async def test_success_without_a_project_is_ambiguous(
    vendor: Vendor, client: AIStudiosClient, data: dict[str, object]
) -> None:
    """An export that was taken without a projectId may have been billed."""
    vendor.answer("POST", "/simple/custom", success(data))
    assert type(await error_of(order(client))) is Ambiguous


@pytest.mark.parametrize(("call", "kind"), [(order, Ambiguous), (ask, Transient)], ids=["export", "read"])
@pytest.mark.parametrize("answer", [never(), dripping()], ids=["silent", "dripping"])
async def test_waiting_ends(
    vendor: Vendor,
    http: httpx.AsyncClient,
    tokens: TokenCache,
    call: Callable[[AIStudiosClient], Awaitable[object]],
    kind: type[AIStudiosError],
    answer: Handler,
) -> None:
    """Neither a missing answer nor one that comes byte by byte keeps a caller waiting."""
    vendor.answer("POST", "/simple/custom", answer)
    vendor.answer("GET", "/editor/progress/p1", answer)
    client = AIStudiosClient(http, base_url=vendor.base_url, tokens=tokens, timeout=HASTY, deadline=0.5)
    assert type(await error_of(call(client))) is kind
    assert len(vendor.calls) == 2


async def test_refused_connection_is_transient_for_an_export(http: httpx.AsyncClient, tokens: TokenCache) -> None:
    """Where nothing listens, nothing was accepted."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        error = await error_of(order(AIStudiosClient(http, base_url=base_url, tokens=tokens)))
    assert type(error) is Transient


async def test_full_pool_is_transient_for_an_export(vendor: Vendor, tokens: TokenCache) -> None:
    """An export that never got a connection was not sent."""
    await tokens.token()
    vendor.answer("GET", "/editor/progress/p1", never())
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1)) as narrow:
        patient = AIStudiosClient(narrow, base_url=vendor.base_url, tokens=tokens)
        hasty = AIStudiosClient(narrow, base_url=vendor.base_url, tokens=tokens, timeout=HASTY)
        hanging = asyncio.create_task(patient.progress("p1"))
        await vendor.called("/editor/progress/p1")
        assert type(await error_of(order(hasty))) is Transient
        hanging.cancel()
    assert vendor.calls_to("/simple/custom") == []


async def test_token_that_cannot_be_sent_is_transient_for_an_export(http: httpx.AsyncClient, vendor: Vendor) -> None:
    """A header that cannot be written stops the request before its first byte: nothing can have been accepted."""
    client = AIStudiosClient(http, base_url=vendor.base_url, tokens=FixedToken("two\nlines"))
    with pytest.raises(Transient):
        await client.create_export(EXPORT)
    assert vendor.calls == []


async def test_script_that_cannot_be_sent_is_rejected(vendor: Vendor, client: AIStudiosClient) -> None:
    """Half of a character cannot be written as UTF-8: nothing is sent, and no other try will change that."""
    with pytest.raises(Rejected):
        await client.create_export(EXPORT.model_copy(update={"text": "half an emoji: \ud83d"}))
    assert vendor.calls_to("/simple/custom") == []


async def test_reset_after_the_request_is_ambiguous(http: httpx.AsyncClient, tokens: TokenCache) -> None:
    """A connection that is reset once the request is out leaves the export's fate unknown."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    server = await asyncio.start_server(reset, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        client = AIStudiosClient(http, base_url=f"http://127.0.0.1:{port}", tokens=tokens)
        assert type(await error_of(order(client))) is Ambiguous


async def test_token_service_that_is_down_is_transient_for_an_export(vendor: Vendor, client: AIStudiosClient) -> None:
    """Without a token nothing is sent: even a 500 from the token call leaves no doubt."""
    vendor.answer("POST", "/auth/token", page(status=500))
    assert type(await error_of(order(client))) is Transient
    assert vendor.calls_to("/simple/custom") == []


async def test_export_is_sent_again_after_a_401(vendor: Vendor, client: AIStudiosClient) -> None:
    """A 401 is an answer from before acceptance: the token is renewed and the export sent once more."""
    vendor.answer("POST", "/simple/custom", failure(1, "expired", status=401), success({"projectId": "p"}))
    assert (await client.create_export(EXPORT)).project_id == "p"
    assert [call.headers["Authorization"] for call in vendor.calls_to("/simple/custom")] == [
        "token-1",
        "token-2",
    ]


@pytest.mark.parametrize("refusal", [failure(1, "no", status=401), failure(4010, "no"), page(status=401)])
async def test_second_401_is_unauthorized(vendor: Vendor, client: AIStudiosClient, refusal: Handler) -> None:
    """The token is renewed once; a second refusal is the account's."""
    vendor.answer("POST", "/simple/custom", refusal)
    assert type(await error_of(order(client))) is Unauthorized
    assert len(vendor.calls_to("/simple/custom")) == 2
    assert len(vendor.calls_to("/auth/token")) == 2


async def test_ambiguity_after_a_renewal_stays_ambiguous(vendor: Vendor, client: AIStudiosClient) -> None:
    """The second sending is judged like the first, and there is no third."""
    vendor.answer("POST", "/simple/custom", page(status=401), hang_up())
    assert type(await error_of(order(client))) is Ambiguous
    assert len(vendor.calls_to("/simple/custom")) == 2


async def test_redirected_export_is_not_followed(vendor: Vendor, tokens: TokenCache) -> None:
    """Even a client that follows redirects does not send an export to a second address."""
    vendor.answer("POST", "/simple/custom", page(status=307, headers={"Location": "/elsewhere"}))
    async with httpx.AsyncClient(follow_redirects=True) as following:
        client = AIStudiosClient(following, base_url=vendor.base_url, tokens=tokens)
        assert type(await error_of(order(client))) is Ambiguous
    assert [call.path for call in vendor.calls if "token" not in call.path] == ["/api/odin/v3/simple/custom"]


async def test_error_carries_what_the_vendor_said(vendor: Vendor, client: AIStudiosClient) -> None:
    """Message, code and status are there for the person and for the log."""
    vendor.answer("POST", "/simple/custom", failure("4000", "text\nis   too long", status=422))
    error = await error_of(order(client))
    assert (error.message, error.code, error.status) == ("text is too long", 4000, 422)
    assert str(error) == error.message


async def test_token_quoted_by_the_vendor_is_blotted_out(vendor: Vendor, client: AIStudiosClient) -> None:
    """An answer that repeats our token does not bring it into the error."""
    vendor.answer("GET", "/editor/progress/p1", failure(4030, "token token-1 may not do this"))
    assert (await error_of(ask(client))).message == "token *** may not do this"


async def test_retry_after_is_on_the_error(vendor: Vendor, client: AIStudiosClient) -> None:
    """Who is rate limited learns for how long."""
    vendor.answer("POST", "/simple/custom", page(status=429, headers={"Retry-After": "30"}))
    error = await error_of(order(client))
    assert isinstance(error, Transient)
    assert error.retry_after == 30


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("12", 12),
        ("1.5", 1.5),
        (" 3 ", 3),
        ("", None),
        ("-1", None),
        ("nan", None),
        ("x", None),
    ],
)
def test_retry_after_in_seconds(header: str | None, seconds: float | None) -> None:
    """Seconds are read as seconds; what is neither seconds nor a date says nothing."""
    assert parse_retry_after(header) == seconds


def test_retry_after_as_a_date() -> None:
    """A date is read as the seconds until then; one that has passed asks for no wait."""
    later = parse_retry_after(format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True))
    assert later is not None
    assert 0 < later <= 3600
    assert parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert parse_retry_after("Wed, 21 Oct 2015 07:28:00 -0000") == 0


def pickled(error: AIStudiosError) -> AIStudiosError:
    restored: AIStudiosError = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    return restored


@pytest.mark.parametrize("duplicate", [copy.copy, pickled])
def test_errors_survive_being_stored(duplicate: Callable[[AIStudiosError], AIStudiosError]) -> None:
    """An error that crosses a durable step is the same error afterwards."""
    error = duplicate(Transient("later", code=4290, status=429, retry_after=3.0))
    assert isinstance(error, Transient)
    assert (error.message, error.code, error.status, error.retry_after) == ("later", 4290, 429, 3.0)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ({"code": True, "msg": 5}, None, "AI Studios gave no usable answer (HTTP 200)"),
        ({"code": ["x"], "msg": "\x00\x1b[31mred"}, None, "[31mred"),
        ("plain words", None, "plain words"),
        (None, None, "AI Studios gave no usable answer (HTTP 200)"),
    ],
)
def test_odd_failures_still_read_well(error: object, code: object, message: str) -> None:
    """Whatever stands in the failure, the message is one printable line."""
    made = from_response(200, {}, {"success": False, "error": error})
    assert (type(made), made.code, made.message) == (Rejected, code, message)
