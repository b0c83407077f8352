"""Responses to refused requests: the status and Retry-After, without the reason and without software versions.

Middlewares and the signal before a response make them for every request that could be parsed. aiohttp itself answers
invalid HTTP with 400 and a text that quotes the request and names aiohttp's version. A reverse proxy refuses such
requests itself. What it forwards nevertheless (a header of more than 8 KB) is answered with the proxy's name in the
header `Server`, by docs/deploy/compose.yaml's configuration or, with nginx, by default.
"""

import logging
import math
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.http import HttpProcessingError
from aiohttp.typedefs import Handler

logger = logging.getLogger(__name__)

# What a caller needs to do better: the methods there are (RFC 9110, 15.5.6), and the time to wait (10.2.3).
_HELPFUL = (hdrs.ALLOW, hdrs.RETRY_AFTER)


def refusal(status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """A response with the status's phrase, such as `{"error": "not found"}`."""
    answer = web.Response(status=status, headers=headers, content_type="application/json")
    answer.text = f'{{"error": "{HTTPStatus(status).phrase.lower()}"}}'
    return answer


def come_later(status: int, seconds: float) -> web.Response:
    """A refusal with Retry-After, in seconds rounded up."""
    return refusal(status, {hdrs.RETRY_AFTER: str(math.ceil(seconds))})


@web.middleware
async def plain_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Middleware that replaces aiohttp's error texts by `refusal`. Logs unexpected exceptions."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return refusal(error.status, {name: error.headers[name] for name in _HELPFUL if name in error.headers})
    except Exception as fault:
        logger.exception("a request failed")
        answer = refusal(504 if isinstance(fault, TimeoutError) else 500)
        answer.force_close()
        return answer


async def without_server(_: web.Request, answer: web.StreamResponse) -> None:
    """Signal handler that removes the header `Server`, which names the versions of aiohttp and Python."""
    answer.headers.popall(hdrs.SERVER, None)


def is_worth_logging(record: logging.LogRecord) -> bool:
    """A filter for the log of aiohttp's server: drops errors about invalid HTTP, which any sender could cause."""
    fault = record.exc_info[1] if record.exc_info else None
    return not isinstance(fault, HttpProcessingError | web.RequestPayloadError)
