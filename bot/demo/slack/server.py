"""The local Slack: one HTTP server for the Web API, uploads, response_urls and Socket Mode."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from aiohttp import web

from bot.demo.exchanges import Observer, observed
from bot.demo.slack.client.person import Person
from bot.demo.slack.delivery import payloads
from bot.demo.slack.delivery.http import HttpDelivery, Reply
from bot.demo.slack.delivery.observed import ObservedDelivery
from bot.demo.slack.delivery.socket_mode import SocketMode
from bot.demo.slack.install.grants import TOKEN_SECONDS, Grants
from bot.demo.slack.install.oauth import OAuth
from bot.demo.slack.state.faults import Faults
from bot.demo.slack.state.manifest import AppManifest
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Channel, Message, World, demo_world
from bot.demo.slack.team import Team
from bot.demo.slack.web_api import downloads
from bot.demo.slack.web_api.server import Call, WebApi

T = TypeVar("T")

# Web API bodies are small; only the upload address takes more, and streams it past this limit.
BODY_BYTES = 4 * 1024 * 1024


class LocalSlack:
    """A workspace with one app installed, as its manifest says, strict where Slack is, and workspaces besides.

    The methods and properties that name no team are about the first one, whose state is `world`. Into the further
    `teams`, and into the first one too without a `bot_token`, the app gets by OAuth with the `client`, an id and a
    secret. Tokens that rotate live `token_seconds`, which the app is told, so they do not run by `time_scale`.

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
        files: Path,
        bot_token: str | None = None,
        app_token: str | None = None,
        world: World | None = None,
        teams: Sequence[World] = (),
        client: tuple[str, str] = ("", ""),
        token_seconds: float = TOKEN_SECONDS,
        time_scale: float = 1.0,
        functions_accept_bot_token: bool = True,
        replies_under_tombstones: bool = False,
    ) -> None:
        self.world = world or demo_world()
        self.observers: list[Observer] = []
        self.workspace = Workspace(
            self.world,
            AppManifest(manifest),
            files,
            app_token,
            time_scale=time_scale,
            functions_accept_bot_token=functions_accept_bot_token,
            replies_under_tombstones=replies_under_tombstones,
        )
        self.grants = Grants(token_seconds)
        self.socket_mode = SocketMode(self.world.app_id)
        self._http = HttpDelivery(signing_secret)
        self._oauth = OAuth(self.grants, self.workspace.manifest, client, time_scale)
        self._api = WebApi(self.workspace, self.grants, self._oauth, self.socket_mode)
        self._delivery = ObservedDelivery(self.socket_mode if app_token else self._http, self.observers)
        self._over_http = not app_token
        self.teams: dict[str, Team] = {}
        self._first = self._added(self.workspace)
        self.events = self._first.events
        if bot_token is not None:
            self.grants.give(self.workspace, bot_token)
        for further in teams:
            self.add_team(further)
        self._runner: web.AppRunner | None = None

    def _added(self, workspace: Workspace) -> Team:
        team = Team(workspace, self._delivery, over_http=self._over_http)
        self.teams[team.id], self.grants.workspaces[team.id] = team, workspace
        return team

    def add_team(self, world: World) -> Team:
        """Another workspace, in which the app is not installed yet."""
        related, first = self._same_organisation(world), self.workspace
        world.share_ids_with((related or first).world)
        world.files_url = first.base_url
        workspace = Workspace(
            world,
            AppManifest(first.manifest.source),
            first.files,
            base_url=first.base_url,
            time_scale=first.time_scale,
            changes=first.changes,
        )
        if related is not None:
            workspace.triggers = related.triggers
        return self._added(workspace)

    def _same_organisation(self, world: World) -> Workspace | None:
        """A workspace of the same organisation."""
        others = (t.workspace for t in self.teams.values() if t.world.enterprise == world.enterprise)
        return next(others, None) if world.enterprise else None

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
        for team in self.teams.values():
            team.workspace.base_url = team.world.files_url = f"http://{bound_host}:{bound_port}"
        await self._http.start()

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=BODY_BYTES, middlewares=[observed("slack", self.observers)])
        app.router.add_route("*", "/api/{method}", self._api.handle)
        app.router.add_post("/upload/v1/{file_id}/{token}", self._api.upload)
        app.router.add_put("/upload/v1/{file_id}/{token}", self._api.upload)
        app.router.add_post("/{kind:commands|actions}/{team}/{token}", self._answer_url)
        app.router.add_get("/files-pri/{team}-{file_id}/{name}", self._api.download)
        app.router.add_get("/files-pri/{team}-{file_id}/download/{name}", self._api.download)
        app.router.add_get("/login", downloads.login_page)
        app.router.add_get("/link/", self.socket_mode.connection)
        app.router.add_get("/oauth/v2/authorize", self._oauth.ask)
        app.router.add_post("/oauth/v2/authorize", self._oauth.decide)
        return app

    async def _answer_url(self, request: web.Request) -> web.Response:
        team = self.teams.get(request.match_info["team"], self._first)
        return await team.response_urls.answer(request)

    async def stop(self) -> None:
        """Stop listening and end what runs in the background."""
        await asyncio.gather(*(team.workspace.stop() for team in self.teams.values()))
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
        return self._first.person(user_id)

    def sign_in(self, user_id: str, team_id: str | None = None) -> str:
        """The value of the cookie with which somebody's browser is signed in to a workspace, by default the first."""
        team = self.teams[team_id] if team_id else self._first
        return self._oauth.sign_in(user_id, team.workspace)

    async def uninstall(self, team_id: str) -> list[Reply]:
        """Somebody removes the app from a workspace, or from its organisation; what the app replied to being told."""
        return await self._end(team_id, "account_inactive", ("tokens_revoked", "app_uninstalled"))

    async def revoke_tokens(self, team_id: str) -> list[Reply]:
        """Somebody makes the app's tokens void; what the app replied to being told."""
        return await self._end(team_id, "token_revoked", ("tokens_revoked",))

    async def _end(self, team_id: str, refusal: str, events: Sequence[str]) -> list[Reply]:
        team = self.teams[team_id]
        for grant in self.grants.of(team_id):
            self.grants.end(grant, refusal)
        told = {
            "tokens_revoked": payloads.tokens_revoked(team.world.bot_user_id),
            "app_uninstalled": payloads.app_uninstalled(),
        }
        subscribed = [event for event in events if event in team.workspace.manifest.events]
        return [await team.events.send(told[event]) for event in subscribed]

    def expire_tokens(self, team_id: str) -> None:
        """Let the access tokens of a workspace be past their life."""
        for grant in self.grants.of(team_id):
            self.grants.expire(grant)

    async def until(self, condition: Callable[[], T], *, timeout: float = 60, what: str = "") -> T:  # noqa: ASYNC109 - as its callers say it
        """The first truthy value of the condition, looked at after every change; TimeoutError says `what`."""
        return await self.workspace.changes.until(condition, timeout=timeout, what=what)

    def archive_channel(self, channel: str) -> None:
        """Somebody archives a channel."""
        self._channel(channel).is_archived = True
        self.workspace.changes.announce()

    def delete_channel(self, channel: str) -> None:
        """Somebody deletes a channel; it can still be looked at from here."""
        self._channel(channel).is_deleted = True
        self.workspace.changes.announce()

    def remove_bot(self, channel: str) -> None:
        """Somebody removes the app from a channel."""
        bots = {team.world.bot_user_id for team in self.teams.values()}
        self._channel(channel).members.difference_update(bots)
        self.workspace.changes.announce()

    def messages(self, channel: str) -> list[Message]:
        """The messages of a conversation outside threads, in the order of posting."""
        return [m for m in self._channel(channel).messages.values() if not m.is_reply]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """A thread: its parent, then the replies."""
        place = self._channel(channel)
        return [place.messages[ts], *place.replies.get(ts, [])]

    def _channel(self, channel_id: str) -> Channel:
        """A conversation of any workspace: its id is one workspace's alone."""
        return next(t.world.channels[channel_id] for t in self.teams.values() if channel_id in t.world.channels)

    def calls_to(self, method: str) -> list[Call]:
        """The calls of one method so far."""
        return [call for call in self.calls if call.method == method]
