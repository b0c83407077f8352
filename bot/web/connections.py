"""Connections from anybody: how many are open at once, and how long one may stay without a request.

By documented means alone: `aiohttp.web.Server` is a protocol factory for asyncio's `create_server`, and lists its open
connections (https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.Server). A factory in front of it decides
whether there is room for another one.

A reverse proxy brings its own connections, few and quick, so these limits matter where the port is open to others.
What is no HTTP at all the proxy refuses before it gets here; see bot/web/refusals.py.
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
    """Bounds the number of connections and the seconds that each has for its first request.

    When all places are taken, a new connection gets the place of the oldest one that never sent a whole request head,
    or else of the oldest one that is idle; so half requests do not keep Slack out. While all are busy it is closed.
    """

    def __init__(self) -> None:
        self._most = most_open()
        self._asked: set[web.RequestHandler] = set()
        self._busy: set[web.RequestHandler] = set()

    @web.middleware
    async def tracking(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Notes which connections have brought a request, and which are at work on one."""
        connection = request.protocol
        self._asked.add(connection)
        self._busy.add(connection)
        try:
            return await handler(request)
        finally:
            self._busy.discard(connection)

    def accept(self, server: web.Server) -> asyncio.BaseProtocol:
        """The protocol of a new connection, for `loop.create_server`."""
        here = [one for one in server.connections if _is_open(one)]
        self._asked.intersection_update(here)
        if len(here) >= self._most and not self._make_room(here):
            return _Refused()
        connection = server()
        asyncio.get_running_loop().call_later(FIRST_REQUEST_SECONDS, self._close_if_silent, connection)
        return connection

    def _make_room(self, here: list[web.RequestHandler]) -> bool:
        """Closes one connection that is not busy, of those that are given from the oldest on; whether there was one."""
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
    """The event loop's exception handler: asyncio reports hundreds of times a second that no file is left."""

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
    """How many connections may be open at once, by what the system allows this process."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_OPEN if allowed == resource.RLIM_INFINITY else max(1, min(MOST_OPEN, allowed // 2))


def _is_open(connection: web.RequestHandler) -> bool:
    return connection.transport is not None and not connection.transport.is_closing()


def _close(connection: web.RequestHandler) -> None:
    if connection.transport is not None:
        connection.transport.close()
