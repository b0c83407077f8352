"""The webhooks that AI Studios calls: authenticates, parses, passes the progress on, answers. No product rules."""

import logging

from aiohttp import web

from bot.accounts import webhook
from bot.exports.models import Progress
from bot.exports.service import ExportService, NotTaken, UnknownExport
from bot.exports.webhook_addresses import WEBHOOK_PREFIX, WebhookAddresses
from bot.logs import bind_log_context
from bot.metrics import NO_METRICS, Metrics
from bot.web.bodies import Bodies
from bot.web.rates import Rates
from bot.web.refusals import come_later, refusal

logger = logging.getLogger(__name__)

COME_LATER_SECONDS = 10.0
# A render reports at most a hundred times in all; what is refused beyond that, the workflow polls for by itself.
CALLS_PER_SECOND, CALLS_AT_ONCE = 20.0, 100


class Webhooks:
    """`GET` and `POST /webhooks/aistudios/{export_id}/{proof}`, with a rate limit for each export.

    Answers 404 without a genuine proof, 400 to invalid progress reports, 429 beyond the rate, 503 while the database
    can't store the report; 429 and 503 with Retry-After.
    """

    def __init__(self, addresses: WebhookAddresses, exports: ExportService, metrics: Metrics = NO_METRICS) -> None:
        self._addresses = addresses
        self._exports = exports
        self._metrics = metrics
        self._bodies = Bodies(webhook.MAX_BODY)
        self._rates = Rates(CALLS_PER_SECOND, CALLS_AT_ONCE)

    def register(self, app: web.Application) -> None:
        # The vendor does not say how it calls, and its older API called with a query string.
        for method in ("GET", "POST"):
            app.router.add_route(method, WEBHOOK_PREFIX + "/{export_id}/{proof}", self._counted)

    async def _counted(self, request: web.Request) -> web.Response:
        status = 500
        try:
            answer = await self._receive(request)
            status = answer.status
        except web.HTTPException as refused:
            status = refused.status
            raise
        finally:
            self._metrics.webhook_answered(status)
        return answer

    async def _receive(self, request: web.Request) -> web.Response:
        export_id = request.match_info["export_id"]
        if not self._addresses.is_genuine(export_id, request.match_info["proof"]):
            return refusal(404)
        bind_log_context(export_id=export_id)
        if wait := self._rates.take(export_id):
            return come_later(429, wait)
        try:
            progress = webhook.parse(
                method=request.method,
                content_type=request.headers.get("Content-Type", ""),
                body=await self._bodies.read(request),
                query=list(request.query.items()),
            )
        except webhook.InvalidWebhook as invalid:
            logger.info("export %s: an invalid webhook: %s", export_id, invalid.reason)
            return refusal(400)
        return await self._hand_on(export_id, progress)

    async def _hand_on(self, export_id: str, progress: Progress) -> web.Response:
        try:
            await self._exports.take_progress(export_id, progress)
        except UnknownExport:
            return refusal(404)
        except NotTaken:
            return come_later(503, COME_LATER_SECONDS)
        return web.json_response({"ok": True})
