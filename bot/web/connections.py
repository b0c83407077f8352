"""Connections from anybody: how many stand open at once, and how long one may stay without a request."""

import asyncio
import errno
import logging
import resource
import time
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.web.refusals import plain, refusal

logger = logging.getLogger(__name__)

# Far more than Slack, AI Studios and a load balancer keep open; half of the files that the process may open stay free
# for its own calls and its database.
MOST_OPEN = 512
FIRST_REQUEST_SECONDS = 10.0
# A load balancer reuses a connection for about a minute (AWS and nginx: 60 s) and must be the one who closes it.
IDLE_SECONDS = 75.0
# The rest of a refused body is read and forgotten for so long, for otherwise its sender would not see the answer.
LINGERING_SECONDS = 2.0
COMPLAINT_SECONDS = 60.0
_NO_RESOURCES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Connection(web.RequestHandler):
    """One connection. It is closed when it has brought no whole request head in FIRST_REQUEST_SECONDS."""

    __slots__ = ("has_asked", "is_busy")

    def __init__(self, server: web.Server) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # aiohttp's way to have none
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=LINGERING_SECONDS,
            auto_decompress=False,  # nobody who calls compresses, and few bytes could become many
        )
        self.has_asked = False
        self.is_busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        asyncio.get_running_loop().call_later(FIRST_REQUEST_SECONDS, self._close_if_silent)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """What is no HTTP is its sender's fault: it is answered, and does not fill the log."""
        if status >= 500:
            super().handle_error(request, status, exc, message)
        answer = refusal(status)
        answer.force_close()
        return answer

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        return await super().finish_response(request, plain(resp), start_time)

    def _close_if_silent(self) -> None:
        if not self.has_asked:
            self.force_close()


@web.middleware
async def marking_busy(request: web.Request, handler: Handler) -> web.StreamResponse:
    """While a request is worked on, its connection is not one that waits."""
    connection = request.protocol
    if not isinstance(connection, Connection):
        return await handler(request)
    connection.has_asked = connection.is_busy = True
    try:
        return await handler(request)
    finally:
        connection.is_busy = False


class Connections:
    """Makes the protocol of each new connection, as asyncio's servers want it.

    When all places are taken, a newcomer gets the place of the oldest that never asked anything, or else of the
    oldest that has its answer: so half requests do not keep Slack out.
    """

    def __init__(self, server: web.Server) -> None:
        self._server = server
        self._most = most_open()

    def __call__(self) -> asyncio.BaseProtocol:
        here = [one for one in self._server.connections if isinstance(one, Connection) and one.transport]
        if len(here) >= self._most and not _make_room(here):
            return _Refused()
        return Connection(self._server)


class _Refused(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class AcceptComplaints:
    """The event loop's exception handler: asyncio tells hundreds of times a second that no file is left."""

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


def _make_room(here: list[Connection]) -> bool:
    """Closes one that waits, of those that are given from the oldest on; whether there was one."""
    waiting = [one for one in here if not one.is_busy]
    if not waiting:
        return False
    min(waiting, key=lambda one: one.has_asked).force_close()
    return True
