"""The aiohttp application and the order in which it starts and stops."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import web

from bot.web.health import Health

# Slack's largest documented payload is a view of 250 kB, form-encoded; AI Studios' webhooks have a limit of their own.
LARGEST_BODY = 2 * 1024 * 1024
LAST_ANSWERS_SECONDS = 3.0
# So long /readyz says 503 while requests are still served: a load balancer needs a look to send them elsewhere.
DRAIN_SECONDS = 1.0


class Routes(Protocol):
    def register(self, app: web.Application) -> None: ...


@asynccontextmanager
async def listening(host: str, port: int, health: Health, routes: Iterable[Routes]) -> AsyncIterator[int]:
    """Serves while the context lasts and gives the port in use; on the way out, requests in flight are answered."""
    app = web.Application(client_max_size=LARGEST_BODY)
    for part in (health, *routes):
        part.register(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_ANSWERS_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        health.stop()
        await asyncio.sleep(DRAIN_SECONDS)
        await runner.cleanup()


async def until_told_to_stop() -> None:
    """Returns at SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()
