"""Whether the process lives, whether it can serve, and how it is doing.

Strangers learn no more than they need to: `/metrics`, and which part is not ready, are for insiders. An insider calls
from this machine or from a private network, and not through a proxy. A proxy for the public stands in a private network
too, and would make insiders of everybody; but it says for whom it calls, in a header.
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
    """`GET /healthz` says that the process lives, `GET /readyz` whether it can serve.

    `checks` ask each part that the bot cannot serve without. After `stop` it is not ready, because it is about to end.
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
        """One look for all who ask in the same second: it costs a query, and anybody may ask as often as they like."""
        return await self._looks.call(None, self._look, fresh=FRESH_SECONDS)

    async def _look(self) -> dict[str, str]:
        states = await asyncio.gather(*(_state(check) for check in self._checks.values()))
        return dict(zip(self._checks, states, strict=True))


class MetricsPage:
    """`GET /metrics`, for Prometheus."""

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
    """Whether the call comes from this machine or a private network, and was not handed on by a proxy."""
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
