"""The page's own HTTP server, on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from bot.demo.page import blockkit_actions, chat_actions
from bot.demo.page.actions import Action, Client, Memory
from bot.demo.page.attention import Attention
from bot.demo.page.breakage import Breakage, UnknownSwitch
from bot.demo.page.guard import add_headers, guard
from bot.demo.page.snapshot import people, snapshot
from bot.demo.page.stream import Stream
from bot.demo.page.traffic import Traffic
from bot.demo.process import BotDidNotStart
from bot.demo.slack import AppReplyRefused, ClientRefused
from bot.demo.stage import Stage

HOST = "127.0.0.1"
STATIC = Path(__file__).resolve().parent / "static"
# What the machine's own table says of them differs.
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Room for ten files of a form, in base64.
LARGEST_BODY = 128 * 1024 * 1024
# These may show themselves in the page; anything else is for saving.
SHOWN_INLINE = ("video/", "image/", "audio/")

Json = dict[str, Any]
T = TypeVar("T")

_ACTIONS: TypeAdapter[Action] = TypeAdapter(
    Annotated[chat_actions.ChatAction | blockkit_actions.BlockKitAction, Field(discriminator="do")]
)


class Switch(BaseModel):
    """A body of `POST /api/break`."""

    switch: str
    on: bool = True


class Page:
    """What the page shows of a stage, and what a person does there; `address` is where it is served."""

    address: str

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._slack = stage.slack
        self._memory = Memory(Attention(stage.slack.world))
        self._breakage = Breakage(stage)
        self._traffic = Traffic(stage.slack.workspace.changes.announce)
        for person in people(stage.slack.world):
            for channel in stage.slack.world.channels:
                self._memory.attention.read(person.id, channel)

    async def start_bot(self) -> None:
        """Start the bot unless it runs; the page says so meanwhile. Raises BotDidNotStart."""
        await self._breakage.start_bot()

    def watch(self) -> None:
        """From now on keep what goes over the wire."""
        self._slack.observers.append(self._traffic.add)
        self._stage.studio.observers.append(self._traffic.add)

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[guard])
        app.on_response_prepare.append(add_headers)
        app.router.add_get("/", self._index)
        app.router.add_get("/static/{path:.+}", self._static)
        app.router.add_get("/files/{file_id}", self._file)
        app.router.add_get("/api/stream", self._stream)
        app.router.add_post("/api/act", self._act)
        app.router.add_post("/api/break", self._break)
        return app

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return _own_file(STATIC / "index.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        file = (STATIC / request.match_info["path"]).resolve()
        if not (file.is_relative_to(STATIC) and file.is_file()):
            raise web.HTTPNotFound
        return _own_file(file)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file, or the range that a video player asks for."""
        file = self._slack.world.files.get(request.match_info["file_id"])
        if file is None or file.state != "complete":
            raise web.HTTPNotFound
        headers = {"Content-Type": file.mimetype or "application/octet-stream", "Content-Security-Policy": "sandbox"}
        if not file.mimetype.startswith(SHOWN_INLINE):
            headers["Content-Disposition"] = "attachment"
        return web.FileResponse(file.path, headers=headers)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        client = self._client(request)
        return await Stream(lambda: self._state(client), self._traffic, self._slack.workspace.changes.upcoming).serve(
            request
        )

    def _state(self, client: Client) -> Json:
        return snapshot(client.slack, client.person, self._memory.attention, self._memory.errors) | {
            "breakage": self._breakage.switches,
            "bot": self._breakage.bot,
        }

    async def _act(self, request: web.Request) -> web.Response:
        client = self._client(request)
        action = await _validated(request, _ACTIONS.validate_json)
        try:
            return _answer({"ok": True, **await action.carry_out(client)})
        except ClientRefused as refused:
            return _answer({"ok": False, "error": str(refused), "code": refused.code})
        except AppReplyRefused as refused:
            return _answer({"ok": False, "error": str(refused)})

    async def _break(self, request: web.Request) -> web.Response:
        switch = await _validated(request, Switch.model_validate_json)
        try:
            await self._breakage.turn(switch.switch, on=switch.on)
        except UnknownSwitch as unknown:
            return _answer({"ok": False, "error": f"There is no switch {unknown}."})
        except BotDidNotStart as failed:
            return _answer({"ok": False, "error": f"The bot did not start:\n{failed}"})
        return _answer({"ok": True, "breakage": self._breakage.switches})

    def _client(self, request: web.Request) -> Client:
        """The person of `?as=`, the first one without it."""
        ids = [person.id for person in people(self._slack.world)]
        user_id = request.query.get("as", ids[0])
        if user_id not in ids:
            raise web.HTTPNotFound(text="There is nobody of this id.")
        return Client(self._slack, self._slack.person(user_id), self._memory)


async def _validated(request: web.Request, validate: Callable[[bytes], T]) -> T:
    try:
        return validate(await request.read())
    except ValidationError as invalid:
        raise web.HTTPBadRequest(text=invalid.json(include_url=False), content_type="application/json") from None


def _own_file(file: Path) -> web.FileResponse:
    content_type = f"{TYPES.get(file.suffix, 'application/octet-stream')}; charset=utf-8"
    return web.FileResponse(file, headers={"Content-Type": content_type, "Cache-Control": "no-cache"})


def _answer(body: Json) -> web.Response:
    return web.json_response(body, dumps=lambda value: json.dumps(value, ensure_ascii=False))


@asynccontextmanager
async def serving(stage: Stage, port: int) -> AsyncIterator[Page]:
    """Serves the page of a stage while the context lasts, the bot ready or not; port 0 takes a free one.

    Raises OSError when the port is taken.
    """
    page = Page(stage)
    runner = web.AppRunner(page.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        page.watch()
        page.address = f"http://{HOST}:{runner.addresses[0][1]}/"
        yield page
    finally:
        await runner.cleanup()
