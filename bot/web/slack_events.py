"""`POST /slack/events`: everything from Slack, verified before anything reads it."""

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
    """Verifies Slack's signature over the raw bytes and hands the request to Bolt.

    What is not even dated and spelt like a signed request is refused before its body is read.

    Bolt's own check is off: it fails on a timestamp that is no number, and it logs the bodies that it refuses.
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
            logger.warning("a signed request is nothing that Slack sends: %s", type(stumble).__name__)
            return refusal(400)

    async def _hand_on(self, body: str, request: web.Request) -> web.Response:
        """What Bolt's listeners raise they have dealt with; what comes out here, Bolt met while it read the request."""
        slack_request = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
        if not all(_is_plain(slack_request.context.get(name)) for name in _PLAIN):
            raise TypeError
        return await to_aiohttp_response(await self._bolt.async_dispatch(slack_request))

    def _is_signed(self, raw: bytes, request: web.Request) -> bool:
        return self._verifier.is_valid(raw, *_proof(request))


def _is_plain(value: object) -> bool:
    """Slack's ids and addresses are ASCII; a request need not have all of them."""
    return value is None or (isinstance(value, str) and value.isascii())


def _proof(request: web.Request) -> tuple[str, str]:
    """Slack's timestamp and signature."""
    return request.headers.get("X-Slack-Request-Timestamp", ""), request.headers.get("X-Slack-Signature", "")


def _looks_signed(request: web.Request) -> bool:
    """Whether there are unix seconds of about now and a signature as Slack spells it; the SDK fails on other text."""
    timestamp, signature = _proof(request)
    if not (_TIME.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
        return False
    return abs(time.time() - int(timestamp)) <= FRESH_SECONDS


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
