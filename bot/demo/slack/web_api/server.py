"""The Web API over HTTP: arguments in, faults, authentication, limits, the method, the answer out."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.demo.slack.delivery.socket_mode import SocketMode
from bot.demo.slack.install.grants import Grants
from bot.demo.slack.install.oauth import ACCESS, OAuth
from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.faults import DOWNLOAD, UPLOAD, Fault
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Json
from bot.demo.slack.web_api import METHODS, Arguments, downloads, uploads
from bot.demo.slack.web_api.rate_limits import RateLimits

APP_LEVEL = "apps.connections.open"
COMPLETIONS = {"functions.completeSuccess", "functions.completeError"}


@dataclass(frozen=True)
class Call:
    """One call of the Web API. `status` is 0 if the connection was closed without an answer.

    `team_id` is the workspace that it is about, empty if its token says nothing about that.
    """

    method: str
    arguments: Mapping[str, Any]
    status: int
    answer: Json
    at: float
    team_id: str = ""


@dataclass(frozen=True)
class Answer:
    """What goes back to the app."""

    body: Json
    status: int = 200
    retry_after: int | None = None


class WebApi:
    """Answers the calls of the app and remembers them.

    A call sees the workspace of its token and no other. What is about none, such as an unknown token, meets the
    faults of the `home` workspace.
    """

    def __init__(self, home: Workspace, grants: Grants, oauth: OAuth, sockets: SocketMode) -> None:
        self._home = home
        self._grants = grants
        self._oauth = oauth
        self._sockets = sockets
        self._limits: dict[str, RateLimits] = {}
        self.calls: list[Call] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call, with the fault that awaits it."""
        name, at = request.match_info["method"], time.monotonic()
        values, unreadable = await _arguments(request)
        slack = self._workspace_of(_token(request), values)
        team_id = slack.world.team_id if slack else ""

        async def work() -> web.StreamResponse:
            answer = self._answer(name, values, unreadable, request, fault)
            self._remember(Call(name, values, answer.status, answer.body, at, team_id))
            return self._response(name, answer, slack)

        fault = (slack or self._home).faults.take(name)
        if fault is not None and fault.drop == "before":
            self._remember(Call(name, values, 0, {}, at, team_id))
        return await _with_fault(request, fault, work)

    def _workspace_of(self, token: str | None, values: Json) -> Workspace | None:
        try:
            return self._grants.require(token or "").workspace_for(values)
        except SlackError:
            return None

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file, with the fault that awaits them."""

        async def work() -> web.StreamResponse:
            if fault is not None and fault.answers:
                return _faulty_transfer(fault)
            return await uploads.receive(slack, request)

        file_id, workspaces = request.match_info["file_id"], self._grants.workspaces.values()
        slack = next((one for one in workspaces if file_id in one.world.files), self._home)
        fault = slack.faults.take(UPLOAD)
        return await _with_fault(request, fault, work)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The content of a file, with the fault that awaits it."""

        async def work() -> web.StreamResponse:
            if fault is not None and fault.answers:
                return _faulty_transfer(fault)
            breaks_off = fault is not None and fault.drop == "after"
            return await downloads.content(slack, request, may_read=may_read, breaks_off=breaks_off)

        slack = self._grants.workspaces.get(request.match_info["team"], self._home)
        may_read = self._may_read(slack, _token(request))
        fault = slack.faults.take(DOWNLOAD)
        return await _with_fault(request, fault, work)

    def _may_read(self, slack: Workspace, token: str | None) -> bool:
        try:
            grant = self._grants.require(token or "")
            slack.manifest.require_scope("files:read")
        except SlackError:
            return False
        return grant.covers(slack.world.team_id)

    def _remember(self, call: Call) -> None:
        self.calls.append(call)
        self._home.changes.announce()

    def _answer(
        self, name: str, values: Json, unreadable: str | None, request: web.Request, fault: Fault | None
    ) -> Answer:
        if fault is not None and fault.answers:
            return _faulty(fault)
        try:
            if unreadable:
                raise SlackError(unreadable)
            if name == ACCESS:
                return Answer({"ok": True, **self._oauth.access(values, request.headers.get("Authorization", ""))})
            if name not in METHODS and name != APP_LEVEL:
                raise SlackError("unknown_method")
            slack = self._authenticate(name, values, _token(request))
            if wait := self._limits_of(slack).retry_after(name, _limited_channel(slack, values)):
                return _rate_limited(wait)
            return Answer({"ok": True, **self._run(slack, name, Arguments(values))})
        except SlackError as error:
            return Answer(error.answer())

    def _run(self, slack: Workspace, name: str, arguments: Arguments) -> Json:
        if name == APP_LEVEL:
            return self._sockets.open(slack.base_url)
        method = METHODS[name]
        slack.manifest.require_scope(*method.scopes)
        return method.handler(slack, arguments)

    def _authenticate(self, name: str, values: Json, token: str | None) -> Workspace:
        """The workspace that the call is about; raises what Slack answers to a token that may not make it."""
        if not token:
            raise SlackError("not_authed")
        is_app_level = self._home.app_token is not None and token == self._home.app_token
        if is_app_level is not (name == APP_LEVEL):
            raise SlackError("not_allowed_token_type")
        if is_app_level:
            return self._home
        slack = self._grants.require(token).workspace_for(values)
        # Whether Slack lets the installed bot token complete a step is not documented.
        if name in COMPLETIONS and not slack.functions_accept_bot_token and not slack.is_step_token(token):
            raise SlackError("not_allowed_token_type")
        return slack

    def _limits_of(self, slack: Workspace) -> RateLimits:
        return self._limits.setdefault(slack.world.team_id, RateLimits(slack.time_scale))

    def _response(self, name: str, answer: Answer, slack: Workspace | None) -> web.Response:
        method = METHODS.get(name)
        headers = {"X-Accepted-OAuth-Scopes": ",".join(method.scopes if method else ())}
        if slack is not None:
            headers["X-OAuth-Scopes"] = ",".join(slack.manifest.scopes)
        if answer.retry_after is not None:
            headers["Retry-After"] = str(answer.retry_after)
        return web.json_response(answer.body, status=answer.status, headers=headers)


def _limited_channel(slack: Workspace, values: Json) -> str:
    """The conversation that counts: a person stands for their DM with the app."""
    address = str(values.get("channel") or "")
    return slack.world.direct_message(address).id if address in slack.world.users else address


def _rate_limited(seconds: int) -> Answer:
    return Answer({"ok": False, "error": "ratelimited"}, 429, seconds)


def _faulty(fault: Fault) -> Answer:
    if fault.status == 429:
        return _rate_limited(fault.retry_after or 1)
    body = {"ok": False, "error": fault.error or "internal_error"}
    return Answer(body, fault.status or 200, fault.retry_after)


def _faulty_transfer(fault: Fault) -> web.Response:
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
    return web.Response(status=fault.status or 500, text=fault.error or "", headers=headers)


async def _with_fault(
    request: web.Request, fault: Fault | None, work: Callable[[], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if fault is None:
        return await work()
    await asyncio.sleep(fault.delay)
    response = web.Response() if fault.drop == "before" else await work()
    if fault.drop is not None and request.transport is not None:
        request.transport.abort()
    return response


def _token(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def _arguments(request: web.Request) -> tuple[Json, str | None]:
    """The arguments, from the query string, a form and a JSON body alike; or why they are unreadable."""
    values: Json = dict(request.query)
    if request.content_type != "application/json":
        form = await request.post()
        return values | {key: value for key, value in form.items() if isinstance(value, str)}, None
    body = await request.text()
    if not body:
        return values, None
    try:
        decoded = json.loads(body)
    except ValueError:
        return values, "invalid_json"
    if not isinstance(decoded, dict):
        return values, "json_not_object"
    return values | decoded, None
