"""Calls Slack's Web API: which failures are temporary, and retrying until Slack answers."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_delay, wait_exponential, wait_random

from bot.slack.api.codes import NO_ACCESS

logger = logging.getLogger(__name__)

R = TypeVar("R")

LONGEST_OUTAGE = 24 * 3600.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
LONGEST_REST = 3600.0

# Slack's error codes for "not now" (docs.slack.dev, errors of each method); all come with ok:false.
_LIMITED = frozenset({"ratelimited", "rate_limited"})
_PASSING = _LIMITED | frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "accesslimited",
        "team_added_to_org",
    }
)

# After these it is not known whether Slack carried the call out.
LOST_ANSWERS = (aiohttp.ClientError, asyncio.TimeoutError)


def code_of(error: SlackApiError) -> str:
    """Slack's error code, or `http_` and the status when the answer holds no code."""
    return _code(error) or f"http_{_status(error)}"


def refusal(error: SlackApiError) -> str:
    """The code of a refusal. Logs an error when the bot itself is refused, which only the operator can fix."""
    code = code_of(error)
    if code in NO_ACCESS:
        logger.error("Slack does not let the bot do this (%s): check its token and scopes, or install it again", code)
    return code


def retry_after(error: SlackApiError) -> float | None:
    """The seconds that Slack asks to wait (Retry-After), at most LONGEST_REST; None without a valid number."""
    headers = getattr(error.response, "headers", None) or {}
    named = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    try:
        seconds = float(named if named is not None else "nan")
    except ValueError:
        return None
    return min(max(0.0, seconds), LONGEST_REST) if math.isfinite(seconds) else None


def is_passing(error: SlackApiError) -> bool:
    """Whether the failure is temporary. An answer without an error code comes from a gateway in front of Slack."""
    code = _code(error)
    return code is None or code in _PASSING or _status(error) == 429 or _status(error) >= 500


def may_have_acted(error: SlackApiError) -> bool:
    """Whether Slack may have carried out the call in spite of the error. A 429 means that it did not."""
    return is_passing(error) and _status(error) != 429 and _code(error) not in _LIMITED


def _code(error: SlackApiError) -> str | None:
    data = getattr(error.response, "data", error.response)
    code = data.get("error") if isinstance(data, dict) else None
    return str(code) if code else None


def _status(error: SlackApiError) -> int:
    """The HTTP status, from the SDK's response or from aiohttp's when the body could not be read."""
    response = error.response
    return int(getattr(response, "status_code", None) or getattr(response, "status", None) or 200)


async def call_until_answered(
    call: Callable[[], Awaitable[R]],
    *,
    already: Callable[[], Awaitable[R | None]] | None = None,
    again: bool = False,
) -> R:
    """Retries until Slack answers, up to 24 h. `already` looks for the result of an earlier call before repeating it.

    It is called before the first call with `again`, and after each answer that was lost. What it finds is returned
    instead of calling. Raises SlackApiError when Slack refuses; after 24 h the last error.
    """
    may_be_done = again

    async def look_and_call() -> R:
        nonlocal may_be_done
        if may_be_done and already and (found := await already()) is not None:
            return found
        try:
            return await call()
        except (SlackApiError, *LOST_ANSWERS) as error:
            may_be_done = may_be_done or not isinstance(error, SlackApiError) or may_have_acted(error)
            raise

    retrying = AsyncRetrying(
        retry=retry_if_exception(_is_worth_another_try),
        wait=_pause,
        stop=stop_after_delay(LONGEST_OUTAGE),
        before_sleep=_log_pause,
        reraise=True,
    )
    return await retrying(look_and_call)


def _is_worth_another_try(error: BaseException) -> bool:
    return is_passing(error) if isinstance(error, SlackApiError) else isinstance(error, LOST_ANSWERS)


_BACKOFF = wait_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE)
# Spreads the load of many exports that wait for the same outage to end.
_JITTER = wait_random(0, 0.25)


def _pause(attempt: RetryCallState) -> float:
    """The seconds until the next try: those of Retry-After, otherwise an exponential backoff."""
    error = _error_of(attempt)
    asked = retry_after(error) if isinstance(error, SlackApiError) else None
    return (asked if asked is not None else _BACKOFF(attempt)) + _JITTER(attempt)


def _log_pause(attempt: RetryCallState) -> None:
    error = _error_of(attempt)
    name = code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
    logger.info("Slack accepts no calls now (%s); next try in %.1f s", name, attempt.upcoming_sleep)


def _error_of(attempt: RetryCallState) -> BaseException | None:
    return attempt.outcome.exception() if attempt.outcome else None
