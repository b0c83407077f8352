"""Answers to whoever is refused: the status, when to come again, and nothing of why or by what."""

import math
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import hdrs, web

# What a caller needs to do better: the methods there are (RFC 9110, 15.5.6), and the time to wait (10.2.3).
_HELPFUL = (hdrs.ALLOW, hdrs.RETRY_AFTER)


class Refusal(web.Response):
    """An answer that does not name the server, also where no request could be read and no signal is sent."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall(hdrs.SERVER, None)


def refusal(status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """The status in words, such as `{"error": "not found"}`."""
    answer = Refusal(status=status, headers=headers, content_type="application/json")
    answer.text = f'{{"error": "{HTTPStatus(status).phrase.lower()}"}}'
    return answer


def come_later(status: int, seconds: float) -> web.Response:
    """Refuses for so long; whoever comes again then is early by no part of a second."""
    return refusal(status, {hdrs.RETRY_AFTER: str(math.ceil(seconds))})


def plain(answer: web.StreamResponse) -> web.StreamResponse:
    """The answer, or instead of aiohttp's own words for an error the bare refusal."""
    if not isinstance(answer, web.HTTPException) or answer.status < 400:
        return answer
    return refusal(answer.status, {name: answer.headers[name] for name in _HELPFUL if name in answer.headers})
