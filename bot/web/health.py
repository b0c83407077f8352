"""Whether the process lives, and whether it can serve."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

PATIENCE = 3.0


class Health:
    """`is_ready` asks the real database; `stop` says beforehand that the process is about to go."""

    def __init__(self, is_ready: Callable[[], Awaitable[bool]]) -> None:
        self._is_ready = is_ready
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True

    def register(self, app: web.Application) -> None:
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readyz(self, _: web.Request) -> web.Response:
        ready = not self._stopping and await self._answers()
        return web.json_response({"status": "ready" if ready else "not ready"}, status=200 if ready else 503)

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._is_ready()
        except (TimeoutError, SQLAlchemyError):
            return False
