"""How people install the app: Slack's consent page, and oauth.v2.access, where codes become tokens.

Rules: https://docs.slack.dev/authentication/installing-with-oauth
"""

from __future__ import annotations

import secrets
import time
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from bot.demo.slack.install.grants import Grant, Grants
from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.manifest import AppManifest
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Json

ACCESS = "oauth.v2.access"
CODE_SECONDS = 10 * 60
SESSION = "d"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

_CONSENT = """<!DOCTYPE html><title>{app} is requesting permission to access {team} | Slack</title>
<h1>{app} is requesting permission to access {team}</h1>
<ul>{scopes}</ul>
<form method="post"><button name="decision" value="deny">Cancel</button>
<button name="decision" value="allow">Allow</button></form>"""
_WRONG = "<!DOCTYPE html><title>Slack</title><h1>Something went wrong when authorizing this app.</h1><p>{problem}</p>"


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in to a workspace in a browser."""

    user: str
    workspace: Workspace


@dataclass
class Code:
    """What somebody allowed, until the app comes to fetch its token."""

    session: Session
    scopes: list[str]
    redirect_uri: str | None
    for_organisation: bool
    issued: float = field(default_factory=time.monotonic)
    is_used: bool = False


class WrongRequest(Exception):
    """What Slack's page says instead of asking for consent."""


class OAuth:
    """The authorisation server, for the one app of this Slack."""

    def __init__(self, grants: Grants, manifest: AppManifest, client: tuple[str, str], time_scale: float) -> None:
        self._grants = grants
        self._manifest = manifest
        self._client_id, self._client_secret = client
        self._time_scale = time_scale
        self._sessions: dict[str, Session] = {}
        self._codes: dict[str, Code] = {}

    def sign_in(self, user: str, workspace: Workspace) -> str:
        """The value of the session cookie of a browser."""
        session = secrets.token_urlsafe(16)
        self._sessions[session] = Session(user, workspace)
        return session

    async def ask(self, request: web.Request) -> web.Response:
        """`GET /oauth/v2/authorize`: the consent page."""
        try:
            session = self._checked(request)
        except WrongRequest as wrong:
            return _page(_WRONG.format(problem=escape(str(wrong))), status=400)
        world = session.workspace.world
        scopes = "".join(f"<li>{escape(scope)}</li>" for scope in _listed(request.query["scope"]))
        return _page(_CONSENT.format(app=escape(world.app_name), team=escape(world.team_name), scopes=scopes))

    async def decide(self, request: web.Request) -> web.Response:
        """`POST /oauth/v2/authorize`: what the person pressed; sends them back to the app."""
        try:
            session = self._checked(request)
        except WrongRequest as wrong:
            return _page(_WRONG.format(problem=escape(str(wrong))), status=400)
        form, query = await request.post(), request.query
        target = query.get("redirect_uri") or self._manifest.redirect_urls[0]
        if form.get("decision") != "allow":
            return _back(target, error="access_denied", state=query.get("state", ""))
        for_organisation = form.get("for") == "organisation"
        if for_organisation and not self._may_deploy(session):
            return _page(_WRONG.format(problem="You can't install this app for the organization."), status=400)
        code = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(32)}"
        scopes = _listed(query["scope"])
        self._codes[code] = Code(session, scopes, query.get("redirect_uri"), for_organisation)
        return _back(target, code=code, state=query.get("state", ""))

    def _may_deploy(self, session: Session) -> bool:
        world = session.workspace.world
        is_admin = world.users[session.user].is_admin
        return world.enterprise is not None and is_admin and self._manifest.deploys_to_organisations

    def _checked(self, request: web.Request) -> Session:
        query = request.query
        if not self._client_id or query.get("client_id") != self._client_id:
            raise WrongRequest("Invalid client_id parameter")
        if not _listed(query.get("scope", "")):
            raise WrongRequest("Invalid permissions requested: no scopes")
        for kind in ("bot", "user"):
            asked = _listed(query.get("scope" if kind == "bot" else "user_scope", ""))
            if strangers := set(asked) - set(self._manifest.declared_scopes("bot" if kind == "bot" else "user")):
                raise WrongRequest(f"Invalid permissions requested: {', '.join(sorted(strangers))}")
        if not self._is_redirect(query.get("redirect_uri")):
            raise WrongRequest("redirect_uri did not match any configured URIs")
        session = self._sessions.get(request.cookies.get(SESSION, ""))
        if session is None:
            raise WrongRequest("Sign in to your workspace")
        return session

    def _is_redirect(self, address: str | None) -> bool:
        """Whether it is a configured address or lies below one; without one the first that is configured counts."""
        configured = self._manifest.redirect_urls
        if address is None:
            return bool(configured)
        parts = urlsplit(address)
        is_safe = parts.scheme == "https" or parts.hostname in LOOPBACK
        return is_safe and any(address == url or address.startswith(f"{url.rstrip('/')}/") for url in configured)

    def access(self, values: Mapping[str, Any], authorization: str) -> Json:
        """oauth.v2.access. Raises SlackError."""
        self._require_client(values, authorization)
        kind = values.get("grant_type", "authorization_code")
        if kind == "refresh_token":
            grant = self._grants.refresh(str(values.get("refresh_token", "")))
            return self._grants.issue(grant) | _installation(grant)
        if kind != "authorization_code":
            raise SlackError("invalid_grant_type")
        code = self._code(str(values.get("code", "")), values.get("redirect_uri"))
        grant = self._install(code)
        answer = self._grants.issue(grant) | _installation(grant) | {"authed_user": {"id": code.session.user}}
        code.is_used = True
        return answer

    def _require_client(self, values: Mapping[str, Any], authorization: str) -> None:
        client_id, client_secret = values.get("client_id", ""), values.get("client_secret", "")
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() == "basic":
            client_id, _, client_secret = b64decode(credentials).decode().partition(":")
        if not self._client_id or client_id != self._client_id:
            raise SlackError("invalid_client_id")
        if client_secret != self._client_secret:
            raise SlackError("bad_client_secret")

    def _code(self, value: str, redirect_uri: object) -> Code:
        code = self._codes.get(value)
        if code is None or (time.monotonic() - code.issued) * self._time_scale >= CODE_SECONDS:
            raise SlackError("invalid_code")
        if code.is_used:
            raise SlackError("code_already_used")
        if redirect_uri != code.redirect_uri:
            raise SlackError("bad_redirect_uri")
        return code

    def _install(self, code: Code) -> Grant:
        own = code.session.workspace
        if not code.for_organisation:
            return self._grants.install([own], code.scopes, code.session.user, None)
        enterprise = own.world.enterprise
        workspaces = [one for one in self._grants.workspaces.values() if one.world.enterprise == enterprise]
        return self._grants.install(workspaces, code.scopes, code.session.user, enterprise)


def _installation(grant: Grant) -> Json:
    world, enterprise = grant.home.world, grant.home.world.enterprise
    is_org_wide = grant.enterprise is not None
    return {
        "token_type": "bot",
        "scope": ",".join(grant.home.manifest.scopes),
        "bot_user_id": world.bot_user_id,
        "app_id": world.app_id,
        "team": None if is_org_wide else {"id": world.team_id, "name": world.team_name},
        "enterprise": {"id": enterprise.id, "name": enterprise.name} if enterprise else None,
        "is_enterprise_install": is_org_wide,
    }


def _listed(scopes: str) -> list[str]:
    return [scope for scope in scopes.replace(" ", ",").split(",") if scope]


def _page(html: str, *, status: int = 200) -> web.Response:
    return web.Response(text=html, content_type="text/html", status=status)


def _back(target: str, **answer: str) -> web.Response:
    joint = "&" if urlsplit(target).query else "?"
    return web.Response(status=302, headers={"Location": f"{target}{joint}{urlencode(answer)}"})
