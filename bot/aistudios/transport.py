"""Sends one request to AI Studios; returns the envelope's payload or raises the matching error."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from bot.aistudios.errors import Rejected, from_response, from_transport, is_failure

API = "/api/odin/v3"
TIMEOUT = httpx.Timeout(connect=5.0, read=20.0, write=20.0, pool=5.0)
DEADLINE = 60.0  # seconds for a whole exchange: the read timeout alone never ends an answer that comes byte by byte
MAX_ANSWER = 8 * 1024 * 1024

# Called after every call with the endpoint such as `GET /editor/progress`, the status, and its duration in seconds. The
# status is HTTP's, or `refused` for a failure in the envelope of a success, or `no_answer` where there was none.
Observe = Callable[[str, str, float], None]


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: object

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300 and isinstance(self.body, dict | list) and not is_failure(self.body)

    @property
    def label(self) -> str:
        """The status for metrics; `refused` for a failure in the envelope of a success."""
        return str(self.status) if self.succeeded or not 200 <= self.status < 300 else "refused"

    @property
    def payload(self) -> object:
        """The envelope's data; the dropdown calls may come without an envelope."""
        return self.body.get("data", self.body) if isinstance(self.body, dict) else self.body


class Transport:
    """Sends each request exactly once, over the given client.

    The client must not retry: httpx repeats only connection attempts, and only when its transport is told to.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        timeout: httpx.Timeout = TIMEOUT,
        deadline: float = DEADLINE,
        observe: Observe | None = None,
    ) -> None:
        self._http = http
        self._base = base_url.rstrip("/") + API
        self._timeout = timeout
        self._deadline = deadline
        self._observe = observe or _unobserved

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        token: str | None = None,
        secrets: tuple[str, ...] = (),
        costs_credits: bool = False,
    ) -> object:
        """Returns the payload of a success. Raises the matching AIStudiosError otherwise.

        `costs_credits` makes an unknown outcome Ambiguous instead of Transient.
        """
        answer = await self._observed(method, path, self._request(method, path, body, token), costs_credits)
        if answer.succeeded:
            return answer.payload
        hidden = (*secrets, token) if token else secrets
        raise from_response(answer.status, answer.headers, answer.body, costs_credits=costs_credits, secrets=hidden)

    def _request(self, method: str, path: str, body: Mapping[str, object] | None, token: str | None) -> httpx.Request:
        # The vendor wants the raw token, without "Bearer".
        authorization = {"Authorization": token} if token else {}
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", **authorization}
        try:
            return self._http.build_request(
                method, self._base + path, json=body, headers=headers, timeout=self._timeout
            )
        except UnicodeError:
            raise Rejected("the request holds letters that cannot be sent") from None

    async def _observed(self, method: str, path: str, request: httpx.Request, costs_credits: bool) -> _Answer:
        began_at, status = time.monotonic(), "no_answer"
        try:
            answer = await self._exchange(request, costs_credits=costs_credits)
            status = answer.label
        finally:
            self._observe(f"{method} {_endpoint(path)}", status, time.monotonic() - began_at)
        return answer

    async def _exchange(self, request: httpx.Request, *, costs_credits: bool) -> _Answer:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._send(request)
        except (httpx.HTTPError, OSError) as error:
            raise from_transport(error, costs_credits=costs_credits) from error

    async def _send(self, request: httpx.Request) -> _Answer:
        # A followed redirect could send an export twice.
        response = await self._http.send(request, stream=True, follow_redirects=False)
        try:
            return _Answer(response.status_code, response.headers, _parsed(await _bounded(response)))
        finally:
            await response.aclose()


def _endpoint(path: str) -> str:
    """The path without the project's id: no endpoint has more than two words."""
    return "/".join(path.split("/")[:3])


def _unobserved(_endpoint: str, _status: str, _seconds: float) -> None:
    """Does nothing; used without metrics."""


async def _bounded(response: httpx.Response) -> bytes:
    """The body; empty if it is larger than any answer of this API could be."""
    received = bytearray()
    async for chunk in response.aiter_bytes():
        received += chunk
        if len(received) > MAX_ANSWER:
            return b""
    return bytes(received)


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
