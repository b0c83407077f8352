"""Reads request bodies of unknown senders, with limits on size, number and time."""

import asyncio

from aiohttp import StreamReader, web

# The number of connections bounds the small ones, which need no place.
SMALL_BODY = 64 * 1024
MOST_LARGE_AT_ONCE = 8
# Slack itself waits no longer than this for its answer.
PATIENCE = 3.0


class Bodies:
    """Reads bodies of at most `most` bytes. At most MOST_LARGE_AT_ONCE bodies over SMALL_BODY are read at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._large = 0

    async def read(self, request: web.Request) -> bytes:
        """The whole body.

        Raises web.HTTPException: 413 too large, 408 too slow, 503 too many at once, 400 not valid HTTP.
        """
        if (request.content_length or 0) > self._most:
            raise self._too_large(request.content_length or 0)
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._whole(request.content, request.content_length or 0)
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except (web.RequestPayloadError, ConnectionError):  # no such chunks, or its sender is gone
            raise web.HTTPBadRequest from None

    async def _whole(self, content: StreamReader, announced: int) -> bytes:
        body = await _up_to(content, SMALL_BODY) if announced <= SMALL_BODY else b""
        if announced <= SMALL_BODY and len(body) < SMALL_BODY:
            return body
        return await self._large_one(content, body)

    async def _large_one(self, content: StreamReader, body: bytes) -> bytes:
        if self._large >= MOST_LARGE_AT_ONCE:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"})
        self._large += 1
        try:
            body += await _up_to(content, self._most + 1 - len(body))
        finally:
            self._large -= 1
        if len(body) > self._most:
            raise self._too_large(len(body))
        return body

    def _too_large(self, size: int) -> web.HTTPRequestEntityTooLarge:
        return web.HTTPRequestEntityTooLarge(self._most, size)


async def _up_to(content: StreamReader, most: int) -> bytes:
    """At most `most` bytes of the content; fewer when the body ends earlier."""
    pieces: list[bytes] = []
    while most and (piece := await content.read(most)):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)
