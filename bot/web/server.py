"""Starts and stops the aiohttp application."""

import asyncio
import errno
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol, cast

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.logs import isolate_log_context
from bot.web.connections import IDLE_SECONDS, LINGERING_SECONDS, AcceptComplaints, Connections
from bot.web.health import Health
from bot.web.refusals import is_worth_logging, plain_refusals, without_server

LAST_ANSWERS_SECONDS = 3.0
# /readyz says 503 for so long while requests are still served: a load balancer has to ask once to send them elsewhere.
DRAIN_SECONDS = 1.0
# The kernel's receive buffer of a connection: so much of a request may wait there before its head was read.
UNREAD_BYTES = 64 * 1024


class CannotListen(Exception):
    """The configured address is in use or does not belong to this machine."""


class Routes(Protocol):
    def register(self, app: web.Application) -> None: ...


@asynccontextmanager
async def listening(host: str, port: int, health: Health, routes: Iterable[Routes]) -> AsyncIterator[int]:
    """Serves while the context lasts and yields the port in use. On exit, requests in flight are answered.

    Raises CannotListen.
    """
    connections = Connections()
    runner = _runner(_application([health, *routes], connections))
    await runner.setup()
    try:
        server = await _listen(partial(connections.accept, cast(web.Server, runner.server)), host, port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            health.stop()
            await asyncio.sleep(DRAIN_SECONDS)
            server.close()
    finally:
        await runner.cleanup()


def _application(parts: Iterable[Routes], connections: Connections) -> web.Application:
    app = web.Application(middlewares=[connections.tracking, _isolated_log_context, plain_refusals])
    app.on_response_prepare.append(without_server)
    for part in parts:
        part.register(app)
    return app


def _runner(app: web.Application) -> web.AppRunner:
    http_log = logging.getLogger(f"{__name__}.http")
    http_log.addFilter(is_worth_logging)
    return web.AppRunner(
        app,
        shutdown_timeout=LAST_ANSWERS_SECONDS,
        access_log=None,
        logger=http_log,
        keepalive_timeout=IDLE_SECONDS,
        lingering_time=LINGERING_SECONDS,
        auto_decompress=False,  # nobody who calls compresses, and few bytes could become many
    )


@web.middleware
async def _isolated_log_context(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Middleware that isolates the log context of each request, because requests on one connection share a task."""
    with isolate_log_context():
        return await handler(request)


async def _listen(accept: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(AcceptComplaints())
    try:
        server = await loop.create_server(accept, host, port)
    except OSError as refused:
        # The strerror of asyncio is a sentence of its own; that of a name that is not found is the reason itself.
        number = refused.errno or 0
        reason = os.strerror(number) if number in errno.errorcode else refused.strerror
        raise CannotListen(f"it can't listen on {host}:{port} (HOST and PORT): {reason}") from None
    for listener in server.sockets:  # what it accepts inherits it (tcp(7))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UNREAD_BYTES)
    return server


async def until_told_to_stop() -> None:
    """Returns at SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()
