"""Deliveries to the app that are reported to observers."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bot.demo.exchanges import Exchange, Observer
from bot.demo.slack.delivery.http import Delivery, PayloadKind, Reply, Retry
from bot.demo.slack.state.world import Json


class ObservedDelivery:
    """Reports every payload, and what the app replied to it, to the observers."""

    def __init__(self, delivery: Delivery, observers: Sequence[Observer]) -> None:
        self._delivery = delivery
        self._observers = observers

    async def deliver(self, kind: PayloadKind, payload: Json, retry: Retry | None = None) -> Reply:
        """Send one payload and await the reply, at most three seconds."""
        started = time.time()
        reply = await self._delivery.deliver(kind, payload, retry)
        exchange = Exchange(
            sender="slack",
            receiver="bot",
            title=f"{_name(kind, payload)}{f' (retry {retry.number})' if retry else ''}",
            status=reply.status or None,
            started=started,
            seconds=reply.seconds,
            request=payload,
            response=reply.json or reply.body or reply.error,
        )
        for observer in self._observers:
            observer(exchange)
        return reply


def _name(kind: PayloadKind, payload: Json) -> str:
    if kind == "slash_commands":
        return f"slash command {payload['command']}"
    return str(payload["type"] if kind == "interactive" else payload["event"]["type"])
