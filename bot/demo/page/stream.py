"""Server-sent events: the newest state and the traffic, as fast as the page takes them and no faster."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.demo.page.traffic import Traffic

HEARTBEAT_SECONDS = 15.0
# Between two states, so that a render that moves ten pages does not keep them busy.
REST_SECONDS = 0.1

Json = dict[str, Any]


class Stream:
    """One page that listens. Nothing waits for a slow page: when it is ready again, it gets what is new by then."""

    def __init__(self, state: Callable[[], Json], traffic: Traffic, upcoming: Callable[[], asyncio.Event]) -> None:
        self._state = state
        self._traffic = traffic
        self._upcoming = upcoming
        self._last_state: Json = {}
        self._last_entry = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send until the page goes."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        try:
            while True:
                await self._send_news(response)
        except ConnectionResetError:
            return response

    async def _send_news(self, response: web.StreamResponse) -> None:
        change = self._upcoming()
        state = self._state()
        if state != self._last_state:
            self._last_state = state
            await response.write(_event("state", state | {"clock": time.time()}))
        for entry in self._traffic.since(self._last_entry):
            self._last_entry = entry["id"]
            await response.write(_event("traffic", entry))
        await asyncio.sleep(REST_SECONDS)
        try:
            await asyncio.wait_for(change.wait(), HEARTBEAT_SECONDS)
        except TimeoutError:
            await response.write(b": still here\n\n")


def _event(name: str, data: Json) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
