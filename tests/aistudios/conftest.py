"""A vendor that answers what a test tells it to, over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.aistudios.auth import Credentials, TokenCache
from bot.aistudios.client import AIStudiosClient

API = "/api/odin/v3"
APP_ID = "app-of-the-tests"
USER_KEY = "user-key-that-nobody-may-read"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Call:
    """One request as the vendor received it."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> object:
        return json.loads(self.raw)


@dataclass
class Vendor:
    """Answers per method and path in the order they were given; the last one stays."""

    base_url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: dict[tuple[str, str], deque[Handler]] = field(default_factory=lambda: defaultdict(deque))
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def answer(self, method: str, path: str, *handlers: Handler) -> None:
        self.answers[method, API + path] = deque(handlers)

    async def called(self, path: str) -> None:
        """Wait until the path has been asked for."""
        async with asyncio.timeout(10), self.arrived:
            await self.arrived.wait_for(lambda: self.calls_to(path))

    def calls_to(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == API + path]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw_path = request.raw_path.partition("?")[0]
        self.calls.append(Call(request.method, raw_path, dict(request.headers), await request.read()))
        async with self.arrived:
            self.arrived.notify_all()
        handlers = self.answers[request.method, raw_path]
        if not handlers:
            return web.Response(status=404, text="no such page")
        handler = handlers.popleft() if len(handlers) > 1 else handlers[0]
        return await handler(request)


def reply(body: object = None, *, status: int = 200, headers: dict[str, str] | None = None) -> Handler:
    """An answer with a JSON body, given as it is."""

    async def handler(_: web.Request) -> web.Response:
        return web.json_response(body, status=status, headers=headers)

    return handler


def success(data: object) -> Handler:
    return reply({"success": True, "data": data})


def failure(code: object, msg: str, *, status: int = 200) -> Handler:
    return reply({"success": False, "error": {"code": code, "msg": msg}}, status=status)


def page(text: str = "<html>Bad gateway</html>", *, status: int, headers: dict[str, str] | None = None) -> Handler:
    """An HTML answer, as of a proxy or a load balancer."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(text=text, status=status, headers=headers, content_type="text/html")

    return handler


def hang_up() -> Handler:
    """The request is read, then the connection closes without an answer."""

    async def handler(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    return handler


def half_an_answer() -> Handler:
    """An answer that breaks off in its middle."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"success": true, "data": {')
        assert request.transport is not None
        request.transport.close()
        return response

    return handler


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    vendor = Vendor()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", vendor.handle)
    async with TestServer(app) as server:
        vendor.base_url = str(server.make_url("")).rstrip("/")
        vendor.answer("POST", "/auth/token", success({"token": "token-1"}), success({"token": "token-2"}))
        yield vendor


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as http:
        yield http


@pytest.fixture
def credentials() -> Credentials:
    return Credentials(app_id=APP_ID, user_key=SecretStr(USER_KEY))


@pytest.fixture
def tokens(http: httpx.AsyncClient, vendor: Vendor, credentials: Credentials) -> TokenCache:
    return TokenCache(http, base_url=vendor.base_url, credentials=credentials)


@pytest.fixture
def client(http: httpx.AsyncClient, vendor: Vendor, tokens: TokenCache) -> AIStudiosClient:
    return AIStudiosClient(http, base_url=vendor.base_url, tokens=tokens)
