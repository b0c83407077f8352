"""What happens around every call: the record of it, the faults, and refusals in the vendor's envelope."""

import asyncio
import json
import time
from collections import deque
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.demo.aistudios.api import API, Video, spoiled_video
from bot.demo.aistudios.faults import Fault, Faults
from bot.demo.aistudios.records import Call
from bot.demo.aistudios.wire import (
    INTERNAL,
    NOT_FOUND,
    RATE_LIMITED,
    VALIDATION,
    RefusalError,
    failure,
)
from bot.demo.changes import Changes

KEPT_CALLS = 50_000
UNDISTURBED = Fault("")
_HTTP_CODES = {404: NOT_FOUND, 429: RATE_LIMITED}


class Gateway:
    """Records each call, lets the faults disturb it and turns refusals into answers."""

    def __init__(self, faults: Faults, changes: Changes) -> None:
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self._faults = faults
        self._changes = changes

    @web.middleware
    async def handle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The middleware around every route."""
        at = time.monotonic()
        fault = self._faults.take(request.path.removeprefix(API)) or UNDISTURBED
        sent = await _body(request)
        response = await _answer(request, handler, fault)
        self._record(request, sent, response, fault, at)
        await asyncio.sleep(fault.delay)
        if fault.drop is not None and request.transport is not None:
            request.transport.close()
        if isinstance(response, Video) and (fault.truncate or fault.without_length):
            return await spoiled_video(request, response.file, fault)
        return response

    def _record(self, request: web.Request, sent: Any, response: web.StreamResponse, fault: Fault, at: float) -> None:
        dropped = fault.drop is not None
        status = None if dropped else response.status
        answer = None if dropped else _answered(response)
        self.calls.append(Call(request.method, request.path, sent, status, answer, at))
        self._changes.announce()


async def _answer(request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
    if fault.drop == "before":
        return web.Response()
    if fault.answers:
        return _faulty_answer(fault)
    try:
        return await handler(request)
    except RefusalError as refusal:
        return failure(refusal.code, refusal.msg, status=refusal.status)
    except web.HTTPException as error:
        return failure(_code(error.status), error.reason, status=error.status)


def _faulty_answer(fault: Fault) -> web.Response:
    status = fault.status or (429 if fault.retry_after is not None else 200)
    if fault.body is not None:
        kind = "text/html" if isinstance(fault.body, str) else "application/octet-stream"
        content = fault.body.encode() if isinstance(fault.body, str) else fault.body
        response = web.Response(body=content, status=status, content_type=kind)
    else:
        response = failure(*(fault.error or (_code(status), f"HTTP {status}")), status=status)
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _code(status: int) -> int:
    return _HTTP_CODES.get(status, INTERNAL if status >= 500 else VALIDATION)


async def _body(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except (ValueError, RecursionError, web.HTTPRequestEntityTooLarge):
        return None


def _answered(response: web.StreamResponse) -> Any:
    if isinstance(response, web.Response) and response.content_type == "application/json":
        return json.loads(response.text or "null")
    return None
