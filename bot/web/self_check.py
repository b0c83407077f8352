"""The test event with which `avatar-bot check` verifies that a URL leads to this bot."""

import re

from aiohttp import web

from bot.accounts import webhook
from bot.exports.webhook_addresses import SELF_CHECK, WEBHOOK_PREFIX, WebhookAddresses
from bot.web.bodies import Bodies
from bot.web.refusals import refusal

LARGEST_BODY = 1024
_NONCE = re.compile("[0-9a-f]{32}")


class SelfCheck:
    """`POST /webhooks/aistudios/self-check/{proof}`: the answer proves that the bot has the secrets of the caller.

    It changes nothing, and its URL contains a proof like a webhook's.
    """

    def __init__(self, addresses: WebhookAddresses) -> None:
        self._addresses = addresses
        self._bodies = Bodies(LARGEST_BODY)

    def register(self, app: web.Application) -> None:
        app.router.add_post(f"{WEBHOOK_PREFIX}/{SELF_CHECK}/{{proof}}", self._receive)

    async def _receive(self, request: web.Request) -> web.Response:
        if not self._addresses.is_genuine(SELF_CHECK, request.match_info["proof"]):
            return refusal(404)
        nonce = _nonce(request.content_type, await self._bodies.read(request))
        if nonce is None:
            return refusal(400)
        return web.json_response({"answer": self._addresses.answer(nonce)})


def _nonce(content_type: str, body: bytes) -> str | None:
    """The nonce, sent as the task id of a progress report in AI Studios' format; None when it is not valid."""
    try:
        progress = webhook.parse(method="POST", content_type=content_type, body=body, query=())
    except webhook.InvalidWebhook:
        return None
    nonce = progress.task_id or ""
    return nonce if _NONCE.fullmatch(nonce) else None
