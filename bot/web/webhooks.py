"""What AI Studios calls: authenticate, parse, hand on, answer. No product rules live here."""

import asyncio
import logging

from aiohttp import web

from bot.aistudios import webhook
from bot.exports.addresses import WEBHOOK_PREFIX, WebhookAddresses
from bot.exports.service import ExportService, UnknownExport
from bot.web.bodies import Bodies

logger = logging.getLogger(__name__)


# News wait in the database, not in memory: while it cannot keep up, or is away, AI Studios is told to come later.
MOST_AT_ONCE = 32
PATIENCE = 10.0


class Webhooks:
    """Takes at most MOST_AT_ONCE calls at a time; each has PATIENCE seconds to be written down."""

    def __init__(self, addresses: WebhookAddresses, exports: ExportService) -> None:
        self._addresses = addresses
        self._exports = exports
        self._bodies = Bodies(webhook.MAX_BODY)
        self._writing: set[asyncio.Task[None]] = set()

    def register(self, app: web.Application) -> None:
        # The vendor does not say how it calls, and its older API called with a query string.
        for method in ("GET", "POST"):
            app.router.add_route(method, WEBHOOK_PREFIX + "/{export_id}/{proof}", self._receive)

    async def _receive(self, request: web.Request) -> web.Response:
        export_id = request.match_info["export_id"]
        if not self._addresses.is_genuine(export_id, request.match_info["proof"]):
            return web.json_response({"error": "not found"}, status=404)
        try:
            event = webhook.parse(
                method=request.method,
                content_type=request.headers.get("Content-Type", ""),
                body=await self._bodies.read(request),
                query=list(request.query.items()),
            )
        except webhook.InvalidWebhook as invalid:
            return web.json_response({"error": invalid.reason}, status=400)
        return await self._hand_on(export_id, event)

    async def _hand_on(self, export_id: str, event: webhook.ProgressEvent) -> web.Response:
        if len(self._writing) >= MOST_AT_ONCE:
            return _come_later()
        writing = asyncio.create_task(self._exports.deliver(export_id, event))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        try:
            await asyncio.wait_for(asyncio.shield(writing), PATIENCE)
        except UnknownExport:
            return web.json_response({"error": "not found"}, status=404)
        except TimeoutError:
            return _come_later()
        logger.info("export %s: webhook, %d %%", export_id, event.progress)
        return web.json_response({"ok": True})


def _come_later() -> web.Response:
    return web.json_response({"error": "busy"}, status=503, headers={"Retry-After": "10"})
