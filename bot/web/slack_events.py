"""`POST /slack/events`: receives Slack's requests and verifies their signatures before anything reads them."""

import logging
import re
import time

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.web.bodies import Bodies
from bot.web.refusals import refusal

logger = logging.getLogger(__name__)

# Slack's largest payload is a form of at most 250 kB with what was filled in; its form encoding doubles and trebles it.
LARGEST_BODY = 1_000_000
FRESH_SECONDS = 300
_TIME = re.compile("[0-9]{1,20}")
_SIGNATURE = re.compile("v0=[0-9a-f]{64}")

# Bolt trusts the shape of what it is given; over another one it stumbles in any of these ways.
_STUMBLES = (AttributeError, LookupError, TypeError, ValueError, RecursionError)
_PLAIN = ("enterprise_id", "team_id", "user_id", "channel_id", "response_url")


class SlackEvents:
    """Verifies Slack's signature over the raw body and passes the request to Bolt.

    A request without a recent timestamp and a well-formed signature is refused before its body is read.

    Bolt's own check is off: it fails on a timestamp that is not a number, and logs the bodies that it refuses.
    https://docs.slack.dev/authentication/verifying-requests-from-slack/
    """

    def __init__(self, bolt: AsyncApp, signing_secret: str) -> None:
        self._bolt = bolt
        self._verifier = SignatureVerifier(signing_secret)
        self._bodies = Bodies(LARGEST_BODY)

    def register(self, app: web.Application) -> None:
        app.router.add_post("/slack/events", self._receive)

    async def _receive(self, request: web.Request) -> web.Response:
        if not _looks_signed(request):
            return refusal(401)
        raw = await self._bodies.read(request)
        body = _text(raw)
        if body is None or not self._is_signed(raw, request):
            return refusal(401)
        try:
            return await self._hand_on(body, request)
        except _STUMBLES as stumble:  # without its text, which may quote the request
            logger.warning("a signed request is not one of Slack's: %s", type(stumble).__name__)
            return refusal(400)

    async def _hand_on(self, body: str, request: web.Request) -> web.Response:
        """Dispatches the request. Raises only errors of Bolt's parsing; errors of listeners are handled by Bolt."""
        slack_request = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
        if not all(_is_plain(slack_request.context.get(name)) for name in _PLAIN):
            raise TypeError
        return await to_aiohttp_response(await self._bolt.async_dispatch(slack_request))

    def _is_signed(self, raw: bytes, request: web.Request) -> bool:
        return self._verifier.is_valid(raw, *_proof(request))


def _is_plain(value: object) -> bool:
    """Whether a value is ASCII, as Slack's ids and URLs are, or missing."""
    return value is None or (isinstance(value, str) and value.isascii())


def _proof(request: web.Request) -> tuple[str, str]:
    """Slack's timestamp and signature from the headers; empty when missing."""
    return request.headers.get("X-Slack-Request-Timestamp", ""), request.headers.get("X-Slack-Signature", "")


def _looks_signed(request: web.Request) -> bool:
    """Whether the timestamp (Unix seconds) is recent and the signature well-formed. The SDK fails on other texts."""
    timestamp, signature = _proof(request)
    if not (_TIME.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
        return False
    return abs(time.time() - int(timestamp)) <= FRESH_SECONDS


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
