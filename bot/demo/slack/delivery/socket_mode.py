"""Socket Mode: the app connects to Slack, and payloads come in envelopes over a WebSocket.

Protocol: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import uuid
from itertools import count
from typing import Literal

from aiohttp import WSMsgType, web

from bot.demo.slack.delivery.http import DEADLINE_SECONDS, PayloadKind, Reply, Retry, parsed
from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.world import Json

CONNECTIONS = 10
RESPONSIVE = {"view_submission", "block_suggestion"}

Disconnect = Literal["warning", "refresh_requested", "link_disabled"]


class SocketMode:
    """The open connections of the app, each payload going to one of them in turn."""

    def __init__(self, app_id: str) -> None:
        self._app_id = app_id
        self._tickets: set[str] = set()
        self._connections: list[web.WebSocketResponse] = []
        self._acks: dict[str, tuple[web.WebSocketResponse, asyncio.Future[Json]]] = {}
        self._turn = count()

    @property
    def connected(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    def open(self, base_url: str) -> Json:
        """The answer of apps.connections.open: an address that is good for one connection."""
        if len(self._connections) >= CONNECTIONS:
            raise SlackError("too_many_websockets")
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        address = base_url.replace("http", "ws", 1)
        return {"url": f"{address}/link/?ticket={ticket}&app_id={self._app_id}"}

    async def connection(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401)
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._connections.append(socket)
        try:
            await socket.send_json(self._hello())
            await self._receive(socket)
        finally:
            self._forget(socket)
        return socket

    def _hello(self) -> Json:
        debug_info = {"host": "applink-local", "build_number": 1, "approximate_connection_time": 18060}
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": debug_info,
            "connection_info": {"app_id": self._app_id},
        }

    async def _receive(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            ack = parsed(message.data) if message.type is WSMsgType.TEXT else None
            waiting = self._acks.get(str(ack.get("envelope_id"))) if ack else None
            if ack is not None and waiting is not None and not waiting[1].done():
                waiting[1].set_result(ack)

    def _forget(self, socket: web.WebSocketResponse) -> None:
        self._connections.remove(socket)
        for connection, ack in self._acks.values():
            if connection is socket and not ack.done():
                ack.set_exception(ConnectionResetError("closed before the acknowledgement"))

    async def disconnect(self, reason: Disconnect) -> None:
        """Tell every connection to go, as Slack does before it restarts a host, and close it."""
        for socket in list(self._connections):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "local"}})
            if reason != "warning":
                await socket.close()

    async def stop(self) -> None:
        """Close every connection."""
        for socket in list(self._connections):
            await socket.close()

    async def deliver(self, kind: PayloadKind, payload: Json, retry: Retry | None = None) -> Reply:
        """Send one envelope over one connection and await its acknowledgement."""
        started = time.monotonic()
        if not self._connections:
            return Reply(0, "", None, 0.0, "connection_failed")
        socket = self._connections[next(self._turn) % len(self._connections)]
        envelope = _envelope(kind, payload, retry)
        ack: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acks[envelope["envelope_id"]] = (socket, ack)
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await socket.send_json(envelope)
                answer = await ack
        except TimeoutError:
            return Reply(0, "", None, time.monotonic() - started, "operation_timeout")
        except ConnectionResetError:
            return Reply(0, "", None, time.monotonic() - started, "connection_failed")
        finally:
            del self._acks[envelope["envelope_id"]]
        return _reply(envelope, answer, time.monotonic() - started)


def _envelope(kind: PayloadKind, payload: Json, retry: Retry | None) -> Json:
    responsive = kind == "slash_commands" or payload.get("type") in RESPONSIVE
    envelope: Json = {
        "envelope_id": str(uuid.uuid4()),
        "type": kind,
        "payload": payload,
        "accepts_response_payload": responsive,
    }
    if kind == "events_api":
        envelope["retry_attempt"] = retry.number if retry else 0
        envelope["retry_reason"] = retry.reason if retry else ""
    return envelope


def _reply(envelope: Json, ack: Json, seconds: float) -> Reply:
    payload = ack.get("payload")
    if payload is None or not envelope["accepts_response_payload"]:
        return Reply(200, "", None, seconds)
    body = json.dumps(payload, ensure_ascii=False)
    return Reply(200, body, parsed(body), seconds)
