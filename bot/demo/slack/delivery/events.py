"""Events reach the app with up to three retries.

Rules: https://docs.slack.dev/apis/events-api#retries
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.demo.slack.delivery import payloads
from bot.demo.slack.delivery.http import Delivery, Reply, Retry
from bot.demo.slack.state.errors import ClientRefused
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Json

RETRY_DELAYS = (0.0, 60.0, 300.0)
_REASON = {
    "operation_timeout": "http_timeout",
    "connection_failed": "connection_failed",
    "http_error": "http_error",
}


class Events:
    """Sends the events the app subscribed to. `retry_delays` are the seconds before each retry."""

    def __init__(self, slack: Workspace, delivery: Delivery) -> None:
        self._slack = slack
        self._delivery = delivery
        self.retry_delays: Sequence[float] = RETRY_DELAYS

    async def send(self, event: Json) -> Reply:
        """Deliver an event; the reply is the first one, retries go on in the background."""
        if event["type"] not in self._slack.manifest.events:
            raise ClientRefused(f"the app is not subscribed to {event['type']}")
        payload = payloads.event_callback(self._slack.world, event)
        reply = await self._delivery.deliver("events_api", payload)
        if _wants_retry(reply):
            self._slack.spawn(self._retry(payload, reply))
        return reply

    async def _retry(self, payload: Json, reply: Reply) -> None:
        for number, delay in enumerate(self.retry_delays, start=1):
            await asyncio.sleep(delay)
            reason = _REASON.get(reply.error or "", "unknown_error")
            reply = await self._delivery.deliver("events_api", payload, Retry(number, reason))
            self._slack.changes.announce()
            if not _wants_retry(reply):
                return


def _wants_retry(reply: Reply) -> bool:
    return reply.error is not None and reply.headers.get("x-slack-no-retry") != "1"
