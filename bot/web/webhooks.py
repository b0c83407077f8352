"""What AI Studios calls: authenticate, parse, hand on, answer. No product rules live here."""

import logging

from aiohttp import web

from bot.aistudios import webhook
from bot.exports.addresses import WEBHOOK_PREFIX, WebhookAddresses
from bot.exports.service import ExportService, UnknownExport

logger = logging.getLogger(__name__)


class Webhooks:
    def __init__(self, addresses: WebhookAddresses, exports: ExportService) -> None:
        self._addresses = addresses
        self._exports = exports

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
                body=await request.read(),
                query=list(request.query.items()),
            )
        except webhook.InvalidWebhook as invalid:
            return web.json_response({"error": invalid.reason}, status=400)
        return await self._hand_on(export_id, event)

    async def _hand_on(self, export_id: str, event: webhook.ProgressEvent) -> web.Response:
        try:
            await self._exports.deliver(export_id, event)
        except UnknownExport:
            return web.json_response({"error": "not found"}, status=404)
        logger.info("export %s: webhook, %d %%", export_id, event.progress)
        return web.json_response({"ok": True})
