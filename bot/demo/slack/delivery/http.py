"""How payloads reach the app over HTTP: signed, with a deadline of three seconds.

Signing: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlencode

import aiohttp

from bot.demo.slack.state.world import Json

DEADLINE_SECONDS = 3.0
FORM = "application/x-www-form-urlencoded"

PayloadKind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True)
class Retry:
    """The number of an attempt to deliver an event again, and why the one before failed."""

    number: int
    reason: str


@dataclass(frozen=True)
class Reply:
    """What the app replied. `error` is None if Slack is content, else the reason it would give.

    `trigger_id` is the one that the payload carried, empty if it carried none.
    """

    status: int
    body: str
    json: Json | None
    seconds: float
    error: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    trigger_id: str = ""


class Delivery(Protocol):
    """How payloads reach the app: over HTTP or by Socket Mode."""

    async def deliver(self, kind: PayloadKind, payload: Json, retry: Retry | None = None) -> Reply:
        """Send one payload and await the reply, at most three seconds."""
        ...


def sign(signing_secret: str, body: bytes, timestamp: str) -> dict[str, str]:
    """The two headers that prove a request comes from Slack; `timestamp` is in epoch seconds."""
    base = b"v0:" + timestamp.encode() + b":" + body
    digest = hmac.new(signing_secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def encode(kind: PayloadKind, payload: Json) -> tuple[bytes, str]:
    """The body and content type of a payload."""
    if kind == "slash_commands":
        return urlencode(payload).encode(), FORM
    if kind == "interactive":
        # Escaped, because what people type may hold half of a character, which only an escape can carry.
        return urlencode({"payload": json.dumps(payload)}).encode(), FORM
    return json.dumps(payload, ensure_ascii=False).encode(), "application/json"


def parsed(body: str) -> Json | None:
    """The JSON object in a reply, None if it is none."""
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


class HttpDelivery:
    """Sends signed requests to the app's request URL."""

    def __init__(self, signing_secret: str) -> None:
        self._secret = signing_secret
        self._session: aiohttp.ClientSession | None = None
        self.request_url: str | None = None

    async def start(self) -> None:
        """Open the connections."""
        timeout = aiohttp.ClientTimeout(total=DEADLINE_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0))

    async def stop(self) -> None:
        """Close them."""
        if self._session is not None:
            await self._session.close()

    async def deliver(self, kind: PayloadKind, payload: Json, retry: Retry | None = None) -> Reply:
        """Post one payload; events are content with any 2xx, everything else wants 200."""
        body, content_type = encode(kind, payload)
        headers = {"Content-Type": content_type, **sign(self._secret, body, str(int(time.time())))}
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        return await self.send(body, headers, any_2xx=kind == "events_api")

    async def send(self, body: bytes, headers: Mapping[str, str], *, any_2xx: bool = False) -> Reply:
        """Post these very bytes and headers."""
        if self._session is None or self.request_url is None:
            return Reply(0, "", None, 0.0, "connection_failed")
        started = time.monotonic()
        user_agent = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        request = self._session.post(
            self.request_url, data=body, headers=user_agent | dict(headers), allow_redirects=False
        )
        try:
            async with request as response:
                text = await response.text()
        except TimeoutError:
            return Reply(0, "", None, time.monotonic() - started, "operation_timeout")
        except (aiohttp.ClientError, asyncio.IncompleteReadError):
            return Reply(0, "", None, time.monotonic() - started, "connection_failed")
        content = response.status // 100 == 2 if any_2xx else response.status == 200
        error, seconds = None if content else "http_error", time.monotonic() - started
        return Reply(response.status, text, parsed(text), seconds, error, response.headers)
