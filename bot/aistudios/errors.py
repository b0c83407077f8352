"""The errors of calls to AI Studios.

The classes answer one question: may the call be made again? An export costs credits and has no idempotency key,
so a wrong answer would bill it twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

MAX_MESSAGE = 300

# The vendor documents these codes for its newer session API; they are HTTP statuses times ten, and a failure
# may come with any HTTP status.
_DOCUMENTED_CODES = frozenset({4000, 4010, 4030, 4040, 4290, 5000})
# Answers that are given before a request is worked on (RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4).
_NOT_PROCESSED = frozenset({408, 425, 429})
_DECIDED_BY_STATUS = _NOT_PROCESSED | {401, 503}
# Raised by httpx before the first byte of the request is written. A LocalProtocolError is about its headers: over
# HTTP/1.1 only a body of another length than announced raises one later, and httpx counts the body itself.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
)

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


class AIStudiosError(Exception):
    """A call to AI Studios failed; `message` is for people and holds no secrets.

    `code` is the code of the vendor's failure envelope, `status` the HTTP status; None where there was none.
    """

    def __init__(self, message: str, *, code: str | int | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


class Transient(AIStudiosError):
    """Certainly not accepted, or harmless to repeat; `retry_after` is in seconds, None if not given."""

    def __init__(
        self,
        message: str,
        *,
        code: str | int | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, status=status)
        self.retry_after = retry_after


class Rejected(AIStudiosError):
    """AI Studios refused the call, and would refuse it again."""


class Unauthorized(Rejected):
    """The credentials are refused, or a call is refused with a token that has just been renewed."""


class Ambiguous(AIStudiosError):
    """An export may have been accepted and billed, or not: only a person may decide to send it again."""


def from_response(
    status: int,
    headers: Mapping[str, str],
    body: object,
    *,
    costs_credits: bool = False,
    secrets: Sequence[str] = (),
) -> AIStudiosError:
    """The error for an unsuccessful answer.

    `body` is the parsed JSON, or None when it is unreadable. With `costs_credits`, an answer that does not
    clearly say that the request was not accepted is Ambiguous. The `secrets` are removed from the vendor's message.
    """
    code, words = _failure(body)
    retry_after = parse_retry_after(headers.get("Retry-After"))
    message = _presentable(words, secrets) or f"AI Studios gave no usable answer (HTTP {status})"
    kind = _kind(_meaning(status, code, body), retry_after, costs_credits=costs_credits)
    if kind is Transient:
        return Transient(message, code=code, status=status, retry_after=retry_after)
    return kind(message, code=code, status=status)


def from_transport(error: httpx.HTTPError | OSError, *, costs_credits: bool = False) -> AIStudiosError:
    """The error for an exchange without a complete answer."""
    message = f"AI Studios could not be reached ({type(error).__name__})"
    if costs_credits and not isinstance(error, _NEVER_SENT):
        return Ambiguous(message)
    return Transient(message)


def is_failure(body: object) -> bool:
    """Whether the body is the vendor's failure envelope, which may come with any HTTP status."""
    return isinstance(body, dict) and body.get("success") is False


def parse_retry_after(value: str | None) -> float | None:
    """A Retry-After header, seconds or an HTTP-date (RFC 9110 §10.2.3), as seconds from now; None when unreadable."""
    if value is None:
        return None
    if _SECONDS.fullmatch(value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _kind(meaning: int, retry_after: float | None, *, costs_credits: bool) -> type[AIStudiosError]:
    if meaning == 401:
        return Unauthorized
    if meaning in _NOT_PROCESSED or (meaning == 503 and retry_after is not None):
        return Transient
    if 400 <= meaning < 500:
        return Rejected
    return Ambiguous if costs_credits else Transient


def _meaning(status: int, code: str | int | None, body: object) -> int:
    if status in _DECIDED_BY_STATUS:
        return status
    if isinstance(code, int) and code in _DOCUMENTED_CODES:
        return code // 10
    if is_failure(body) and status < 400:
        return 400
    return status


def _failure(body: object) -> tuple[str | int | None, str]:
    error = body.get("error") if isinstance(body, dict) and is_failure(body) else None
    if not isinstance(error, dict):
        return None, error if isinstance(error, str) else ""
    words = error.get("msg")
    return _code(error.get("code")), words if isinstance(words, str) else ""


def _code(value: object) -> str | int | None:
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else value[:MAX_MESSAGE]
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _presentable(words: str, secrets: Sequence[str]) -> str:
    for secret in filter(None, secrets):
        words = words.replace(secret, "***")
    printable = "".join(letter if letter.isprintable() else " " for letter in words)
    return " ".join(printable.split())[:MAX_MESSAGE]
