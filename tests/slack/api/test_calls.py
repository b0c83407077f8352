"""Calling Slack: which failures pass, and trying again without doing a thing twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.api.calls import call_until_answered, code_of, is_passing, may_have_acted, retry_after
from bot.slack.api.calls import refusal as refusal_of
from bot.slack.errors import words_for

AT_ONCE = {"Retry-After": "0"}


def refusal(code: str, status: int = 200, headers: Mapping[str, str] | None = None) -> SlackApiError:
    """An answer of Slack's that is not ok, as the SDK raises it; without a code it is a gateway's page."""
    response = AsyncSlackResponse(
        client=AsyncWebClient(),
        http_verb="POST",
        api_url="https://slack.com/api/chat.postMessage",
        req_args={},
        data={"ok": False, "error": code} if code else {},
        headers=dict(headers or {}),
        status_code=status,
    )
    return SlackApiError("refused", response)


LIMITED = refusal("ratelimited", 429, AT_ONCE)


class Script:
    """A call that fails in this order and then succeeds; counts how often it was made."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self._failures:
            raise self._failures.pop(0)
        return f"done at call {self.calls}"


class Search:
    """A look for what an earlier call may have done; counts how often it was asked."""

    def __init__(self, *answers: str | None) -> None:
        self._answers = list(answers)
        self.calls = 0

    async def __call__(self) -> str | None:
        self.calls += 1
        return self._answers.pop(0) if self._answers else None


@pytest.mark.parametrize(
    "error",
    [
        LIMITED,
        refusal("", 500),
        refusal("", 503),
        refusal("internal_error"),
        refusal("rate_limited"),
        refusal("service_unavailable"),
        refusal("fatal_error", 200),
    ],
    ids=code_of,
)
def test_some_failures_pass(error: SlackApiError) -> None:
    """Limits and faults of Slack's own are worth another try."""
    assert is_passing(error)


@pytest.mark.parametrize(
    "code", ["channel_not_found", "not_in_channel", "is_archived", "invalid_blocks", "missing_scope", "token_revoked"]
)
def test_refusals_do_not_pass(code: str) -> None:
    """A no stays a no."""
    assert not is_passing(refusal(code))
    assert not may_have_acted(refusal(code))


def test_a_refusal_of_the_bot_itself_is_told_to_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    """What only whoever installed the bot can mend is an error in the log; a closed channel is not."""
    assert [refusal_of(refusal(code)) for code in ("is_archived", "token_revoked")] == ["is_archived", "token_revoked"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "token_revoked" in caplog.text


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "3600"}, 3600.0),
        ({"Retry-After": "999999999"}, 3600.0),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_the_asked_for_rest_is_read(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds in either spelling of the header, at most an hour; what is no number says nothing."""
    assert retry_after(refusal("ratelimited", 429, headers)) == seconds


@pytest.mark.parametrize(
    ("error", "may"),
    [
        (LIMITED, False),
        (refusal("ratelimited"), False),
        (refusal("", 429), False),
        (refusal("", 500), True),
        (refusal("", 503, {"Retry-After": "5"}), True),
        (refusal("internal_error"), True),
    ],
    ids=["429", "ratelimited", "bare 429", "500", "503 with a rest", "internal_error"],
)
def test_a_limit_is_given_before_a_fault_anywhen(error: SlackApiError, may: bool) -> None:
    """After a 429 Slack did nothing; after a fault of its own nobody knows."""
    assert may_have_acted(error) is may


def test_a_code_is_always_there() -> None:
    """Slack's own word, or the HTTP status where the answer holds none."""
    assert code_of(refusal("is_archived")) == "is_archived"
    assert code_of(refusal("", 502)) == "http_502"
    assert code_of(SlackApiError("x", {"ok": False, "error": "not_authed"})) == "not_authed"


async def answered(status: int, kind: str, body: str) -> SlackApiError:
    """The error that the SDK makes of an answer over HTTP."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, content_type=kind, text=body)

    app = web.Application()
    app.router.add_post("/api/chat.postMessage", answer)
    async with TestServer(app) as server:
        client = AsyncWebClient("xoxb-test", base_url=str(server.make_url("/api/")), retry_handlers=[])
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel="C0GENERAL", text="x")
        return refused.value


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (502, "text/html", "<html>Bad Gateway</html>"),
        (503, "text/plain", "upstream connect error"),
        (500, "application/json", '{"ok":false,"error":"internal_error"}'),
        (502, "application/json", ""),
        (503, "application/json", "<html>Service Unavailable</html>"),
        (200, "application/json", '{"ok":true,"channel":"C0GENE'),
        (200, "application/json", ""),
        (200, "text/html", "<html>Sign in to the network</html>"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_a_lost_one(status: int, kind: str, body: str) -> None:
    """Pages of a gateway and broken JSON are no refusal: it is looked for, and tried again."""
    error = await answered(status, kind, body)
    assert is_passing(error)
    assert may_have_acted(error)


async def test_the_first_answer_is_taken() -> None:
    """One call that works is one call, and nothing was looked for."""
    call, search = Script(), Search()
    assert await call_until_answered(call, already=search) == "done at call 1"
    assert (call.calls, search.calls) == (1, 0)


async def test_limits_are_waited_out() -> None:
    """However often Slack asks for a rest, the call is made in the end, without a search in between."""
    call, search = Script(LIMITED, LIMITED, LIMITED), Search()
    assert await call_until_answered(call, already=search) == "done at call 4"
    assert search.calls == 0


async def test_a_refusal_is_raised_at_once() -> None:
    """What Slack does not want is not tried again."""
    call = Script(refusal("channel_not_found"))
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await call_until_answered(call)
    assert call.calls == 1


async def test_a_refusal_after_a_limit_is_raised() -> None:
    """The no that comes after the rest counts."""
    call = Script(LIMITED, refusal("is_archived"))
    with pytest.raises(SlackApiError, match="is_archived"):
        await call_until_answered(call)
    assert call.calls == 2


async def test_what_an_earlier_call_did_is_adopted() -> None:
    """After a crash nothing is done again that is found done."""
    call, search = Script(), Search("found")
    assert await call_until_answered(call, already=search, again=True) == "found"
    assert call.calls == 0


async def test_what_is_not_found_is_done() -> None:
    """After a crash that came before the call, the call is made."""
    call, search = Script(), Search(None)
    assert await call_until_answered(call, already=search, again=True) == "done at call 1"
    assert search.calls == 1


async def test_a_search_that_is_limited_is_made_again() -> None:
    """The look itself is as patient as the call: no call is made unseen."""
    call = Script()
    search = Script(LIMITED)
    assert await call_until_answered(call, already=search, again=True) == "done at call 2"
    assert (call.calls, search.calls) == (0, 2)


@pytest.mark.parametrize("lost", [aiohttp.ServerDisconnectedError(), TimeoutError(), refusal("", 502)])
async def test_after_a_lost_answer_it_is_looked_for_first(lost: Exception) -> None:
    """A call that may have been carried out is not made again when its effect is there."""
    call, search = Script(lost), Search("found")
    assert await call_until_answered(call, already=search) == "found"
    assert (call.calls, search.calls) == (1, 1)


class Clock:
    """Time that passes only while something sleeps; keeps every sleep (seconds)."""

    def __init__(self) -> None:
        self.now = time.monotonic()
        self.sleeps: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that retries go by."""
    clock = Clock()
    monkeypatch.setattr(asyncio, "sleep", clock.sleep)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return clock


async def test_pauses_grow_to_a_minute(clock: Clock) -> None:
    """1 s, twice as long after each failure, 60 s at most; each up to a quarter of a second more."""
    await call_until_answered(Script(*[TimeoutError()] * 8))
    expected = [1, 2, 4, 8, 16, 32, 60, 60]
    assert all(0 <= slept - at_least <= 0.25 for slept, at_least in zip(clock.sleeps, expected, strict=True))


async def test_the_rest_that_slack_asks_for_comes_before_a_pause(clock: Clock) -> None:
    """A 429 names the seconds, an hour at most; the pauses after it have grown meanwhile."""
    limited = [refusal("ratelimited", 429, {"Retry-After": rest}) for rest in ("12", "86400")]
    await call_until_answered(Script(*limited, TimeoutError()))
    assert all(0 <= slept - asked <= 0.25 for slept, asked in zip(clock.sleeps, (12, 3600, 4), strict=True))


async def test_an_outage_of_a_day_is_given_up(clock: Clock) -> None:
    """After 24 h of failures the last of them is raised, as it is."""
    with pytest.raises(ConnectionResetError, match="gone"):
        await call_until_answered(Script(*[aiohttp.ClientConnectionResetError("gone")] * 2000))
    assert 24 * 3600 <= sum(clock.sleeps) <= 24 * 3600 + 61


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_every_trouble_with_the_form_has_words(locale: str) -> None:
    """A slow trigger is said as such, another refusal by its code, harmless, and a fault of ours plainly."""
    slow = {
        words_for(locale, refusal(code)) for code in ("expired_trigger_id", "trigger_expired", "invalid_trigger_id")
    }
    other, ours = words_for(locale, refusal("<!here>")), words_for(locale, ValueError("<!here>"))
    assert len(slow) == 1
    assert "&lt;!here&gt;" in other
    assert "here" not in ours
    assert len({*slow, other, ours}) == 3
