"""Requests and answers between the app and the local servers, as observers are given them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

Party = Literal["slack", "bot", "studio"]


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, bodies decoded. `status` is None if no answer came.

    `started` is in epoch seconds, `seconds` is how long the answer took.
    """

    sender: Party
    receiver: Party
    title: str
    status: int | None
    started: float
    seconds: float
    request: Any
    response: Any


Observer = Callable[[Exchange], None]


def observed(receiver: Party, observers: Sequence[Observer]) -> Middleware:
    """A middleware that reports every request of the app, with its answer, to the observers."""

    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not observers:
            return await handler(request)
        started, since = time.time(), time.monotonic()
        sent = await _sent(request)
        response = await handler(request)
        status = None if _is_cut_off(request) else response.status
        answer = None if status is None else _answered(response)
        title = f"{request.method} {_path(request)}"
        exchange = Exchange("bot", receiver, title, status, started, time.monotonic() - since, sent, answer)
        for observer in observers:
            observer(exchange)
        return response

    return observe


def _path(request: web.Request) -> str:
    """The path without the token that makes some addresses secret."""
    token = request.match_info.get("token")
    return request.path.replace(token, "…") if token else request.path


def _is_cut_off(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _sent(request: web.Request) -> Any:
    if request.content_type == "application/json":
        return decoded((await request.read()).decode(errors="replace"))
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl((await request.read()).decode(errors="replace"), keep_blank_values=True))
    if request.can_read_body:
        return {"content_type": request.content_type, "bytes": request.content_length}
    return dict(request.query) or None


def _answered(response: web.StreamResponse) -> Any:
    if not isinstance(response, web.Response):
        return {"content_type": response.content_type}
    if response.content_type == "application/json" or response.content_type.startswith("text/"):
        return decoded(response.text or "")
    return {"content_type": response.content_type, "bytes": response.content_length}


def decoded(body: str) -> Any:
    """The JSON value in a body, or the body itself when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body or None
