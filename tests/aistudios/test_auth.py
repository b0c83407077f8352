"""Tokens: one request at a time, early renewal, and what happens when the vendor refuses."""

from __future__ import annotations

import asyncio
import gc
import logging

import httpx
import pytest
from aiohttp import web

from bot.aistudios.auth import Credentials, TokenCache
from bot.aistudios.client import AIStudiosClient
from bot.aistudios.errors import Transient, Unauthorized
from tests.aistudios.conftest import APP_ID, USER_KEY, Handler, Vendor, failure, page, reply, success

HOUR = 3600.0


class Clock:
    """A monotonic clock that goes when the test says so."""

    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def clocked(http: httpx.AsyncClient, vendor: Vendor, credentials: Credentials, clock: Clock) -> TokenCache:
    return TokenCache(http, base_url=vendor.base_url, credentials=credentials, clock=clock)


def held(gate: asyncio.Event, then: Handler) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        await gate.wait()
        return await then(request)

    return handler


async def test_token_is_asked_for_with_the_credentials(vendor: Vendor, tokens: TokenCache) -> None:
    """The token call carries appId and userKey as JSON and no Authorization."""
    assert await tokens.token() == "token-1"
    (call,) = vendor.calls_to("/auth/token")
    assert call.json == {"appId": APP_ID, "userKey": USER_KEY}
    assert "Authorization" not in call.headers


async def test_concurrent_callers_share_one_request(vendor: Vendor, tokens: TokenCache) -> None:
    """Fifty callers without a token cause one request and get its token."""
    gate = asyncio.Event()
    vendor.answer("POST", "/auth/token", held(gate, success({"token": "shared"})))
    waiting = [asyncio.create_task(tokens.token()) for _ in range(50)]
    await vendor.called("/auth/token")
    gate.set()
    assert set(await asyncio.gather(*waiting)) == {"shared"}
    assert len(vendor.calls_to("/auth/token")) == 1


async def test_concurrent_callers_share_a_failure(vendor: Vendor, tokens: TokenCache) -> None:
    """When the token service is down, those who wait fail together instead of asking one after the other."""
    gate = asyncio.Event()
    vendor.answer("POST", "/auth/token", held(gate, page(status=502)))
    waiting = [asyncio.create_task(tokens.token()) for _ in range(10)]
    await vendor.called("/auth/token")
    gate.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Transient}
    assert len(vendor.calls_to("/auth/token")) == 1


async def test_caller_that_gives_up_does_not_take_the_token_from_the_others(vendor: Vendor, tokens: TokenCache) -> None:
    """Cancelling the first of two callers leaves the second its token, from the same request."""
    gate = asyncio.Event()
    vendor.answer("POST", "/auth/token", held(gate, success({"token": "shared"})))
    first, second = asyncio.create_task(tokens.token()), asyncio.create_task(tokens.token())
    await vendor.called("/auth/token")
    first.cancel()
    gate.set()
    assert await second == "shared"
    assert len(vendor.calls_to("/auth/token")) == 1


async def test_a_failure_that_nobody_waits_for_any_more_is_no_complaint(
    http: httpx.AsyncClient, vendor: Vendor, credentials: Credentials
) -> None:
    """When the only caller has gone and the request then fails, the event loop has nothing to complain of."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    gate, failed = asyncio.Event(), asyncio.Event()
    vendor.answer("POST", "/auth/token", held(gate, page(status=502)), success({"token": "next"}))
    tokens = TokenCache(http, base_url=vendor.base_url, credentials=credentials, observe=lambda *_: failed.set())
    gone = asyncio.create_task(tokens.token())
    await vendor.called("/auth/token")
    gone.cancel()
    gate.set()
    await failed.wait()
    assert await tokens.token() == "next"
    gc.collect()
    assert complaints == []


async def test_token_is_kept_for_23_hours_then_renewed(vendor: Vendor, clocked: TokenCache, clock: Clock) -> None:
    """Just before 23 hours the token is still used; at 23 hours, an hour before its end, it is renewed."""
    assert await clocked.token() == "token-1"
    clock.now += 23 * HOUR - 1
    assert await clocked.token() == "token-1"
    clock.now += 1
    assert await clocked.token() == "token-2"
    assert len(vendor.calls_to("/auth/token")) == 2


async def test_old_token_serves_while_early_renewal_fails(vendor: Vendor, clocked: TokenCache, clock: Clock) -> None:
    """A token service that is down in the last hour does no harm until the token has run out."""
    vendor.answer("POST", "/auth/token", success({"token": "token-1"}), page(status=503))
    await clocked.token()
    clock.now += 23.5 * HOUR
    assert await clocked.token() == "token-1"
    clock.now += 0.5 * HOUR
    with pytest.raises(Transient):
        await clocked.token()


async def test_renewal_happens_only_for_the_current_token(vendor: Vendor, tokens: TokenCache) -> None:
    """Of two callers whose token was rejected, the second takes what the first was given."""
    rejected = await tokens.token()
    assert await tokens.renew(rejected) == "token-2"
    assert await tokens.renew(rejected) == "token-2"
    assert len(vendor.calls_to("/auth/token")) == 2


@pytest.mark.parametrize(
    "refusal",
    [failure(4010, "wrong key"), failure("E1", "wrong key", status=401), page("no", status=403)],
    ids=["envelope", "401", "403"],
)
async def test_refused_credentials_are_unauthorized(vendor: Vendor, tokens: TokenCache, refusal: Handler) -> None:
    """Whatever form the refusal has, it is Unauthorized, and not worth repeating."""
    vendor.answer("POST", "/auth/token", refusal)
    with pytest.raises(Unauthorized):
        await tokens.token()


@pytest.mark.parametrize(
    "answer",
    [
        page(status=200),
        page(status=500),
        page(status=429),
        success({}),
        success({"token": ""}),
        success({"token": "two\nlines"}),
        success(None),
        reply([]),
    ],
)
async def test_token_call_without_a_token_is_transient(vendor: Vendor, tokens: TokenCache, answer: Handler) -> None:
    """An answer that names no usable token may be followed by one that does."""
    vendor.answer("POST", "/auth/token", answer)
    with pytest.raises(Transient):
        await tokens.token()


async def test_vendor_that_quotes_the_key_does_not_get_it_into_the_error(
    vendor: Vendor, tokens: TokenCache, caplog: pytest.LogCaptureFixture
) -> None:
    """The key is removed from the vendor's message and appears in no log line."""
    caplog.set_level(logging.DEBUG)
    vendor.answer("POST", "/auth/token", failure(4010, f"key {USER_KEY} is unknown"))
    with pytest.raises(Unauthorized) as caught:
        await tokens.token()
    assert str(caught.value) == "key *** is unknown"
    assert USER_KEY not in repr(caught.value) + caplog.text


async def test_secrets_are_in_no_representation(
    tokens: TokenCache, credentials: Credentials, client: AIStudiosClient
) -> None:
    """Neither the key nor a token shows in what a debugger or a log line would print."""
    token = await tokens.token()
    shown = f"{credentials} {[credentials, vars(tokens), vars(client)]!r}"
    assert USER_KEY not in shown
    assert token not in shown
