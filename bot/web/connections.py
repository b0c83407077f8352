"""Limits open connections and the time to the first request.

Uses only documented interfaces: `aiohttp.web.Server` is a protocol factory for asyncio's `create_server`, and lists its
open connections (https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.Server). The factory here wraps it
and decides whether another connection is accepted.

A reverse proxy opens few connections itself, therefore the limits matter where the port is open to the public. The
proxy also refuses requests that are not valid HTTP; see bot/web/refusals.py.
"""

import asyncio
import errno
import logging
import resource
import time
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

logger = logging.getLogger(__name__)

# Far more than Slack, AI Studios and a load balancer keep open; half of the files that the process may open stay free
# for its own calls and its database.
MOST_OPEN = 512
FIRST_REQUEST_SECONDS = 10.0
# A load balancer reuses a connection for about a minute (AWS and nginx: 60 s) and must be the one who closes it.
IDLE_SECONDS = 75.0
# The rest of a refused body is read and dropped for so long, for otherwise its sender would not see the answer.
LINGERING_SECONDS = 2.0
COMPLAINT_SECONDS = 60.0
_NO_RESOURCES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Connections:
    """Limits open connections and the time to the first request.

    When full, the oldest connection without a request, else the oldest idle one, is closed. When all are busy, the new
    connection is closed. Connections with incomplete requests therefore can't lock Slack out.
    """

    def __init__(self) -> None:
        self._most = most_open()
        self._asked: set[web.RequestHandler] = set()
        self._busy: set[web.RequestHandler] = set()

    @web.middleware
    async def tracking(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Middleware that records which connections have sent a request and which are handling one."""
        connection = request.protocol
        self._asked.add(connection)
        self._busy.add(connection)
        try:
            return await handler(request)
        finally:
            self._busy.discard(connection)

    def accept(self, server: web.Server) -> asyncio.BaseProtocol:
        """The protocol for a new connection, as `loop.create_server` expects it."""
        here = [one for one in server.connections if _is_open(one)]
        self._asked.intersection_update(here)
        if len(here) >= self._most and not self._make_room(here):
            return _Refused()
        connection = server()
        asyncio.get_running_loop().call_later(FIRST_REQUEST_SECONDS, self._close_if_silent, connection)
        return connection

    def _make_room(self, here: list[web.RequestHandler]) -> bool:
        """Closes one connection that is not busy.

        `here` is in the order of opening. Returns False when all are busy.
        """
        waiting = [one for one in here if one not in self._busy]
        if not waiting:
            return False
        _close(min(waiting, key=self._asked.__contains__))
        return True

    def _close_if_silent(self, connection: web.RequestHandler) -> None:
        if connection not in self._asked:
            _close(connection)


class _Refused(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class AcceptComplaints:
    """The event loop's exception handler. Logs once in COMPLAINT_SECONDS that no file descriptor is free.

    asyncio reports it hundreds of times a second. Other errors go to the default handler.
    """

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        trouble = context.get("exception")
        if not (isinstance(trouble, OSError) and trouble.errno in _NO_RESOURCES and "socket" in context):
            loop.default_exception_handler(context)
        elif time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + COMPLAINT_SECONDS
            logger.warning("no new connections can be taken: %s", trouble.strerror)


def most_open() -> int:
    """The limit of open connections: MOST_OPEN, or half of the process's file limit when that is lower."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_OPEN if allowed == resource.RLIM_INFINITY else max(1, min(MOST_OPEN, allowed // 2))


def _is_open(connection: web.RequestHandler) -> bool:
    return connection.transport is not None and not connection.transport.is_closing()


def _close(connection: web.RequestHandler) -> None:
    if connection.transport is not None:
        connection.transport.close()
