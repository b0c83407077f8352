"""The local Slack: one HTTP server for the Web API, uploads, response_urls and Socket Mode."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from aiohttp import web

from bot.demo.exchanges import Observer, observed
from bot.demo.slack import delivery, downloads, payloads
from bot.demo.slack.api import Call, WebApi
from bot.demo.slack.delivery import HttpDelivery, Reply
from bot.demo.slack.events import Events
from bot.demo.slack.faults import Faults
from bot.demo.slack.manifest import AppManifest
from bot.demo.slack.person import Desk, Person
from bot.demo.slack.rate_limits import RateLimits
from bot.demo.slack.response_urls import ResponseUrls
from bot.demo.slack.socket_mode import SocketMode
from bot.demo.slack.watched import WatchedDelivery
from bot.demo.slack.workspace import Workspace
from bot.demo.slack.world import Json, Message, World, demo_world

T = TypeVar("T")

# Web API bodies are small; only the upload address takes more, and streams it past this limit.
BODY_BYTES = 4 * 1024 * 1024


class LocalSlack:
    """A workspace with one app installed, as its manifest says, strict where Slack is.

    With an `app_token` the app connects by Socket Mode, else payloads go signed to `request_url`.
    `files` is the folder in which uploads are kept. `time_scale` is how many seconds pass for the rate
    limits and for the tokens of workflow steps in one real second. Two things that Slack does not document can be
    had both ways: whether the bot token may complete a step, and whether a thread whose parent was deleted
    still takes replies. The `observers` are told of everything that goes over the wire.
    """

    def __init__(
        self,
        *,
        manifest: Mapping[str, Any],
        signing_secret: str,
        bot_token: str,
        files: Path,
        app_token: str | None = None,
        world: World | None = None,
        time_scale: float = 1.0,
        functions_accept_bot_token: bool = True,
        replies_under_tombstones: bool = False,
    ) -> None:
        self.world = world or demo_world()
        self.observers: list[Observer] = []
        self.workspace = Workspace(
            self.world,
            AppManifest(manifest),
            bot_token,
            app_token,
            files,
            time_scale=time_scale,
            functions_accept_bot_token=functions_accept_bot_token,
            replies_under_tombstones=replies_under_tombstones,
        )
        self.socket_mode = SocketMode(self.world.app_id)
        self._http = HttpDelivery(signing_secret)
        self._secret = signing_secret
        self._api = WebApi(self.workspace, RateLimits(time_scale), self.socket_mode)
        self._response_urls = ResponseUrls(self.workspace)
        way = WatchedDelivery(self.socket_mode if app_token else self._http, self.observers)
        self.events = Events(self.workspace, way)
        self._desk = Desk(self.workspace, way, self.events, self._response_urls, over_http=not app_token)
        self._runner: web.AppRunner | None = None

    @property
    def api_url(self) -> str:
        """The base address of the Web API, as the app has it in SLACK_API_URL."""
        return f"{self.workspace.base_url}/api/"

    @property
    def request_url(self) -> str | None:
        """Where the app takes requests over HTTP."""
        return self._http.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self._http.request_url = url

    @property
    def faults(self) -> Faults:
        """The faults that wait to happen."""
        return self.workspace.faults

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API so far."""
        return self._api.calls

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one."""
        self.workspace.files.mkdir(parents=True, exist_ok=True)
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound_host, bound_port = self._runner.addresses[0][:2]
        self.workspace.base_url = f"http://{bound_host}:{bound_port}"
        self.world.files_url = self.workspace.base_url
        await self._http.start()

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=BODY_BYTES, middlewares=[observed("slack", self.observers)])
        app.router.add_route("*", "/api/{method}", self._api.handle)
        app.router.add_post("/upload/v1/{file_id}/{token}", self._api.upload)
        app.router.add_put("/upload/v1/{file_id}/{token}", self._api.upload)
        app.router.add_post("/{kind:commands|actions}/{team}/{token}", self._response_urls.answer)
        app.router.add_get("/files-pri/{team}-{file_id}/{name}", self._api.download)
        app.router.add_get("/files-pri/{team}-{file_id}/download/{name}", self._api.download)
        app.router.add_get("/login", downloads.login_page)
        app.router.add_get("/link/", self.socket_mode.connection)
        return app

    async def stop(self) -> None:
        """Stop listening and end what runs in the background."""
        await self.workspace.stop()
        await self.socket_mode.stop()
        await self._http.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> LocalSlack:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def person(self, user_id: str) -> Person:
        """Someone at a Slack client."""
        return Person(self._desk, self.world.users[user_id])

    async def until(self, condition: Callable[[], T], *, timeout: float = 60, what: str = "") -> T:  # noqa: ASYNC109 - as its callers say it
        """The first truthy value of the condition, looked at after every change; TimeoutError says `what`."""
        return await self.workspace.changes.until(condition, timeout=timeout, what=what)

    def archive_channel(self, channel: str) -> None:
        """Somebody archives a channel."""
        self.world.channels[channel].is_archived = True
        self.workspace.changes.announce()

    def delete_channel(self, channel: str) -> None:
        """Somebody deletes a channel; it can still be looked at from here."""
        self.world.channels[channel].is_deleted = True
        self.workspace.changes.announce()

    def remove_bot(self, channel: str) -> None:
        """Somebody removes the app from a channel."""
        self.world.channels[channel].members.discard(self.world.bot_user_id)
        self.workspace.changes.announce()

    def messages(self, channel: str) -> list[Message]:
        """The messages of a conversation outside threads, in the order of posting."""
        return [m for m in self.world.channels[channel].messages.values() if not m.is_reply]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """A thread: its parent, then the replies."""
        place = self.world.channels[channel]
        return [place.messages[ts], *place.replies.get(ts, [])]

    def calls_to(self, method: str) -> list[Call]:
        """The calls of one method so far."""
        return [call for call in self.calls if call.method == method]

    def sign(self, body: bytes, timestamp: str) -> dict[str, str]:
        """The headers that Slack would send with this body at that time (epoch seconds)."""
        return delivery.sign(self._secret, body, timestamp)

    def slash_body(self, user_id: str, command: str, text: str = "", channel: str = "C0GENERAL") -> bytes:
        """The body of a slash command, for requests that a test sends itself."""
        user, place = self.world.users[user_id], self.world.channels[channel]
        trigger_id = self.workspace.triggers.issue(user_id, channel)
        response_url = self._response_urls.issue(user_id, channel)
        payload = payloads.slash_command(self.world, user, place, command, text, trigger_id, response_url)
        return delivery.encode("slash_commands", payload)[0]

    def interaction_body(self, payload: Json) -> bytes:
        """The body of an interaction, for requests that a test sends itself."""
        return delivery.encode("interactive", payload)[0]

    def event_body(self, event: Json) -> bytes:
        """The body of an event, for requests that a test sends itself."""
        return json.dumps(payloads.event_callback(self.world, event)).encode()

    async def send(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post these very bytes and headers to the request URL."""
        return await self._http.send(body, headers)
