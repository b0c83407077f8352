"""Installations of the app, and the tokens that stand for them.

Rules: https://docs.slack.dev/authentication/using-token-rotation
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Enterprise, Json, World

TOKEN_SECONDS = 43_200


@dataclass
class Grant:
    """What one installation lets the app do: in one workspace, or in every one of an `enterprise`.

    `refusal` is the error that its tokens meet once it has ended.
    """

    workspaces: Sequence[Workspace]
    installer: str = ""
    enterprise: Enterprise | None = None
    refusal: str | None = None

    @property
    def home(self) -> Workspace:
        """The workspace it is for, or the first one of the organisation."""
        return self.workspaces[0]

    def workspace_for(self, values: Mapping[str, Any]) -> Workspace:
        """The workspace that a call with these arguments is about: the one it names, or the one of what it names.

        https://docs.slack.dev/enterprise/developing-for-enterprise-orgs
        """
        named = [one for one in self.workspaces if one.world.team_id == values.get("team_id")]
        meant = [one for one in self.workspaces if _holds(one.world, values)]
        return [*named, *meant, self.home][0]

    def covers(self, team_id: str) -> bool:
        """Whether it holds in this workspace."""
        return any(workspace.world.team_id == team_id for workspace in self.workspaces)


def _holds(world: World, values: Mapping[str, Any]) -> bool:
    """Whether an argument names a thing of this workspace."""
    places = {values.get("channel"), values.get("channel_id")} & world.channels.keys()
    is_group, is_run = values.get("usergroup") in world.usergroups, values.get("function_execution_id")
    return bool(places) or is_group or is_run in world.executions


@dataclass(frozen=True)
class Token:
    """An access token; `expires` is in monotonic seconds, None without rotation."""

    grant: Grant
    expires: float | None = None


@dataclass
class Grants:
    """Every installation of the app. `token_seconds` is the life of a token that rotates, in real seconds."""

    token_seconds: float = TOKEN_SECONDS
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    _tokens: dict[str, Token] = field(default_factory=dict)
    _refreshes: dict[str, Grant] = field(default_factory=dict)

    def give(self, workspace: Workspace, token: str) -> None:
        """Install by the app's own page: all that the manifest asks for, by a token that everybody knows."""
        workspace.is_installed = True
        self._tokens[token] = Token(Grant([workspace]))

    def install(
        self, workspaces: Sequence[Workspace], scopes: Sequence[str], installer: str, enterprise: Enterprise | None
    ) -> Grant:
        """Install, or install again, which adds to the scopes granted before.

        Raises cannot_install_an_org_installed_app for a workspace whose organisation has the app.
        """
        grant = self._current(workspaces, enterprise) or Grant(workspaces, installer, enterprise)
        for workspace in workspaces:
            before = (workspace.manifest.granted or ()) if workspace.is_installed else ()
            workspace.manifest = replace(workspace.manifest, granted=tuple(dict.fromkeys((*before, *scopes))))
            workspace.is_installed, workspace.world.is_enterprise_install = True, enterprise is not None
        return grant

    def _current(self, workspaces: Sequence[Workspace], enterprise: Enterprise | None) -> Grant | None:
        grants = self.of(workspaces[0].world.team_id)
        if enterprise is None and any(grant.enterprise for grant in grants):
            raise SlackError("cannot_install_an_org_installed_app")
        return next((grant for grant in grants if grant.enterprise == enterprise), None)

    def of(self, team_id: str) -> list[Grant]:
        """The installations that hold in this workspace."""
        alive = {id(t.grant): t.grant for t in self._tokens.values() if t.grant.refusal is None}
        return [grant for grant in alive.values() if grant.covers(team_id)]

    def tokens_of(self, grant: Grant) -> list[str]:
        """Its access tokens, the latest last."""
        return [token for token, issued in self._tokens.items() if issued.grant is grant]

    def issue(self, grant: Grant) -> Json:
        """A token in the terms of oauth.v2.access; an earlier one stays good until it expires.

        Without rotation whoever installs again gets the token that the workspace has already. Slack does not
        document that, so nothing may depend on it.
        """
        if grant.home.manifest.rotates_tokens:
            return self._rotating(grant)
        known = self.tokens_of(grant)
        token = known[-1] if known else f"xoxb-{secrets.token_hex(16)}"
        self._tokens[token] = Token(grant)
        return {"access_token": token}

    def _rotating(self, grant: Grant) -> Json:
        token, refresh = f"xoxe.xoxb-1-{secrets.token_hex(24)}", f"xoxe-1-{secrets.token_hex(24)}"
        self._tokens[token] = Token(grant, time.monotonic() + self.token_seconds)
        self._refreshes[refresh] = grant
        return {"access_token": token, "refresh_token": refresh, "expires_in": int(self.token_seconds)}

    def refresh(self, refresh_token: str) -> Grant:
        """Use a refresh token up; raises invalid_refresh_token.

        Slack grants a moment's grace for a second use, without saying how long; none is granted here.
        """
        grant = self._refreshes.pop(refresh_token, None)
        if grant is None or grant.refusal is not None:
            raise SlackError("invalid_refresh_token")
        return grant

    def require(self, token: str) -> Grant:
        """The installation, or the workspace of a step, that a token stands for.

        Raises invalid_auth, token_expired, token_revoked or account_inactive.
        """
        issued = self._tokens.get(token)
        if issued is None:
            return self._of_step(token)
        if issued.grant.refusal is not None:
            raise SlackError(issued.grant.refusal)
        if issued.expires is not None and time.monotonic() >= issued.expires:
            raise SlackError("token_expired")
        return issued.grant

    def _of_step(self, token: str) -> Grant:
        for workspace in self.workspaces.values():
            if workspace.is_step_token(token):
                return Grant([workspace])
        raise SlackError("invalid_auth")

    def expire(self, grant: Grant) -> None:
        """Let its tokens be past their life."""
        for token in self.tokens_of(grant):
            self._tokens[token] = Token(grant, 0.0)

    def end(self, grant: Grant, refusal: str) -> None:
        """Let its tokens be refused from now on."""
        grant.refusal = refusal
        for workspace in grant.workspaces:
            workspace.is_installed = bool(self.of(workspace.world.team_id))
