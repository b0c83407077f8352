"""What the tests of the local AI Studios share: a caller with a token, and somebody who takes webhooks."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
from aiohttp import web

from bot.demo.aistudios import DEMO_MODELS, LocalAIStudios
from bot.demo.video import short_video

MODEL = DEMO_MODELS[0].id
SCRIPT = "  Hello \r\n안녕하세요 😀 e\u0301 \t"


def local_studios(videos: Path, **options: Any) -> LocalAIStudios:
    """A local AI Studios that renders at once, unless told otherwise."""
    defaults: dict[str, Any] = {"render_seconds": 0.0, "render": short_video}
    return LocalAIStudios(app_id="app", user_key="key", videos=videos, **(defaults | options))


class Caller:
    """Calls the API as a customer would."""

    def __init__(self, studios: LocalAIStudios, app_id: str = "app", user_key: str = "key") -> None:
        self._credentials = {"appId": app_id, "userKey": user_key}
        self.http = httpx.AsyncClient(base_url=f"{studios.base_url}/api/odin/v3", timeout=10)

    async def __aenter__(self) -> Self:
        await self.log_in()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def log_in(self) -> None:
        """Take a new token for the calls to come."""
        answer = await self.http.post("/auth/token", json=self._credentials)
        self.http.headers["Authorization"] = answer.json()["data"]["token"]

    async def get(self, path: str) -> Any:
        """The `data` of a successful GET."""
        answer = (await self.http.get(path)).json()
        assert answer["success"] is True
        return answer["data"]

    async def refusal(self, method: str, path: str, **request: Any) -> tuple[int, Any]:
        """HTTP status and code of a call that is refused in the vendor's envelope."""
        response = await self.http.request(method, path, **request)
        answer = response.json()
        assert answer["success"] is False
        assert set(answer["error"]) == {"code", "msg"}
        return response.status_code, answer["error"]["code"]

    async def export(self, **changes: Any) -> str:
        """Submit an export and return its project id."""
        answer = (await self.http.post("/simple/custom", json=export_body(**changes))).json()
        return str(answer["data"]["projectId"])


def export_body(**changes: Any) -> dict[str, Any]:
    """A valid body for the export, with changes; a key changed to None is left out."""
    body = {"language": "en", "text": SCRIPT, "model": MODEL} | changes
    return {key: value for key, value in body.items() if value is not None}


@asynccontextmanager
async def calling(studios: LocalAIStudios) -> AsyncIterator[tuple[LocalAIStudios, Caller]]:
    """A running AI Studios and a caller who has logged in."""
    async with studios, Caller(studios) as caller:
        yield studios, caller


@dataclass
class Webhook:
    """One webhook call as it arrived."""

    method: str
    content_type: str
    query: Mapping[str, str]
    body: bytes
    fields: Mapping[str, Any]


@dataclass
class Inbox:
    """Takes webhooks at `url` and answers with `status`."""

    url: str = ""
    status: int = 200
    arrived: list[Webhook] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Keep a call and answer it."""
        body = await request.read()
        fields: Mapping[str, Any] = request.query
        if body:
            is_json = request.content_type == "application/json"
            fields = await request.json() if is_json else dict(httpx.QueryParams(body.decode()))
        self.arrived.append(Webhook(request.method, request.content_type, request.query, body, fields))
        return web.Response(status=self.status)


@asynccontextmanager
async def webhook_inbox() -> AsyncIterator[Inbox]:
    """An HTTP server that takes webhooks."""
    inbox = Inbox()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", inbox.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    inbox.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook/secret"
    try:
        yield inbox
    finally:
        await runner.cleanup()
