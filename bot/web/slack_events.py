"""`POST /slack/events`: everything from Slack, verified before anything reads it."""

import logging

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

logger = logging.getLogger(__name__)

LONGEST_TIMESTAMP = 20

# Bolt trusts the shape of what it is given; over another one it stumbles in any of these ways.
_STUMBLES = (AttributeError, LookupError, TypeError, ValueError, RecursionError)
_PLAIN = ("enterprise_id", "team_id", "user_id", "channel_id", "response_url")


class SlackEvents:
    """Verifies Slack's signature over the raw bytes and hands the request to Bolt.

    Bolt's own check is off: it fails on a timestamp that is no number, and it logs the bodies that it refuses.
    https://docs.slack.dev/authentication/verifying-requests-from-slack/
    """

    def __init__(self, bolt: AsyncApp, signing_secret: str) -> None:
        self._bolt = bolt
        self._verifier = SignatureVerifier(signing_secret)

    def register(self, app: web.Application) -> None:
        app.router.add_post("/slack/events", self._receive)

    async def _receive(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = _text(raw)
        if body is None or not self._is_signed(raw, request):
            return web.json_response({"error": "invalid request"}, status=401)
        try:
            return await self._hand_on(body, request)
        except _STUMBLES as stumble:  # without its text, which may quote the request
            logger.warning("a signed request is nothing that Slack sends: %s", type(stumble).__name__)
            return web.json_response({"error": "malformed request"}, status=400)

    async def _hand_on(self, body: str, request: web.Request) -> web.Response:
        """What Bolt's listeners raise they have dealt with; what comes out here, Bolt met while it read the request."""
        slack_request = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
        if not all(_is_plain(slack_request.context.get(name)) for name in _PLAIN):
            raise TypeError
        return await to_aiohttp_response(await self._bolt.async_dispatch(slack_request))

    def _is_signed(self, raw: bytes, request: web.Request) -> bool:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        return _is_time(timestamp) and self._verifier.is_valid(raw, timestamp, signature)


def _is_plain(value: object) -> bool:
    """Slack's ids and addresses are ASCII; a request need not have all of them."""
    return value is None or (isinstance(value, str) and value.isascii())


def _is_time(timestamp: str) -> bool:
    """Unix seconds in plain digits; the SDK fails on anything else."""
    return timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= LONGEST_TIMESTAMP


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
