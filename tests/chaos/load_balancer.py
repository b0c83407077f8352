"""A load balancer: one address for Slack and AI Studios, any living replica behind it."""

import random
from collections.abc import Callable, Sequence
from typing import Self

import aiohttp
from aiohttp import web
from yarl import URL

NOT_PASSED_ON = frozenset({"host", "content-length", "transfer-encoding", "connection", "keep-alive"})
PASSED_BACK = ("Content-Type", "Retry-After")
ANSWER_SECONDS = 15


class LoadBalancer:
    """Gives each request to one of the addresses at random, and to another one while connections are refused.

    A connection that breaks later is a 502: the request may have been carried out.
    """

    def __init__(self, addresses: Callable[[], Sequence[str]], dice: random.Random) -> None:
        self._addresses = addresses
        self._dice = dice
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS), connector=aiohttp.TCPConnector(limit=0)
        )
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._forward)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _forward(self, request: web.Request) -> web.Response:
        body = await request.read()
        for address in self._shuffled():
            try:
                return await self._passed_on(request, body, address)
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, TimeoutError):
                return web.Response(status=502)
        return web.Response(status=503)

    def _shuffled(self) -> list[str]:
        addresses = self._addresses()
        return self._dice.sample(addresses, k=len(addresses))

    async def _passed_on(self, request: web.Request, body: bytes, address: str) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in NOT_PASSED_ON}
        url = URL(f"{address}{request.raw_path}", encoded=True)
        async with self._http.request(request.method, url, data=body, headers=headers, allow_redirects=False) as answer:
            back = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
            return web.Response(status=answer.status, body=await answer.read(), headers=back)
