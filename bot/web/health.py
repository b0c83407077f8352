"""Liveness, readiness and metrics of the process.

Only insiders see `/metrics` and which component is not ready. An insider is a client on this machine or in a private
network whose request was not forwarded. A public reverse proxy is in a private network too, but names the client in a
header; requests with such a header are not an insider's.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client.aiohttp import make_aiohttp_handler

from bot.metrics import PrometheusMetrics, StandingGauges
from bot.single_flight import SingleFlight

PATIENCE = 3.0
FRESH_SECONDS = 1.0
OK = "ok"
# What proxies tell of (RFC 7239, RFC 9110 §7.6.3, and what was usual before both).
_HANDED_ON = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")

# Asks the real thing; gives `ok`, or in a few words what is wrong.
Check = Callable[[], Awaitable[str]]


class Health:
    """`GET /healthz` answers 200 while the process runs, `GET /readyz` 200 when it can serve and 503 otherwise.

    `checks` test each component that the bot needs. After `stop` it is not ready, because the process is about to end.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._stopping = False
        self._looks: SingleFlight[None, dict[str, str]] = SingleFlight()

    def stop(self) -> None:
        self._stopping = True

    def register(self, app: web.Application) -> None:
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": OK})

    async def _readyz(self, request: web.Request) -> web.Response:
        parts = {"process": "stopping"} if self._stopping else await self._parts()
        ready = all(state == OK for state in parts.values())
        told = {"status": "ready" if ready else "not ready"}
        return web.json_response(told | {"parts": parts} if is_insider(request) else told, status=200 if ready else 503)

    async def _parts(self) -> dict[str, str]:
        """The state of each component, checked at most once in FRESH_SECONDS because a check costs a query."""
        return await self._looks.call(None, self._look, fresh=FRESH_SECONDS)

    async def _look(self) -> dict[str, str]:
        states = await asyncio.gather(*(_state(check) for check in self._checks.values()))
        return dict(zip(self._checks, states, strict=True))


class MetricsPage:
    """`GET /metrics` for Prometheus; 404 for others than insiders."""

    def __init__(self, metrics: PrometheusMetrics, standing: StandingGauges) -> None:
        self._expose = make_aiohttp_handler(metrics.registry)
        self._standing = standing

    def register(self, app: web.Application) -> None:
        app.router.add_get("/metrics", self._metrics)

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        if not is_insider(request):
            raise web.HTTPNotFound
        await self._standing.refresh()
        return await self._expose(request)


def is_insider(request: web.Request) -> bool:
    """Whether the request comes from this machine or a private network and was not forwarded by a proxy."""
    if any(header in request.headers for header in _HANDED_ON):
        return False
    try:
        address = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_private


async def _state(check: Check) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check()
    except TimeoutError:
        return f"no answer within {PATIENCE:g} s"
