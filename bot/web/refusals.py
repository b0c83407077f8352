"""Answers to whoever is refused: the status, when to come again, and nothing of why or by what.

They are made by middlewares and the signal before a response, so they cover every request that could be read. What is
no HTTP aiohttp answers with 400 in its own words, which quote the request and name aiohttp's version. A reverse proxy
refuses such requests itself, and what it passes on nevertheless (a header of more than 8 KB) it answers under its own
name: the one in the README sets the header `Server`, nginx does so anyway.
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
    """The status in words, such as `{"error": "not found"}`."""
    answer = web.Response(status=status, headers=headers, content_type="application/json")
    answer.text = f'{{"error": "{HTTPStatus(status).phrase.lower()}"}}'
    return answer


def come_later(status: int, seconds: float) -> web.Response:
    """Refuses for so long; whoever comes again then is early by no part of a second."""
    return refusal(status, {hdrs.RETRY_AFTER: str(math.ceil(seconds))})


@web.middleware
async def plain_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers errors with the bare refusal instead of aiohttp's words; what is the bot's own fault is logged."""
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
    """Takes the header away that names aiohttp's version and Python's, before the answer is sent."""
    answer.headers.popall(hdrs.SERVER, None)


def is_worth_logging(record: logging.LogRecord) -> bool:
    """For the log of aiohttp's server: what is no HTTP is its sender's fault, and would fill the log."""
    fault = record.exc_info[1] if record.exc_info else None
    return not isinstance(fault, HttpProcessingError | web.RequestPayloadError)
