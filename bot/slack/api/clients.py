"""Slack's Web API clients, with the token of one workspace or of many."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.metrics import NO_METRICS, Metrics
from bot.slack.api.client import SlackClient

# What Slack answers to the token of an app that was uninstalled (docs.slack.dev, errors of each method).
UNINSTALLED = "account_inactive"

TokenOf = Callable[[str, str | None], Awaitable[str | None]]


class Clients(Protocol):
    """Returns the client for a workspace. Its token is looked up at its first call, not before."""

    def of(self, team_id: str, enterprise_id: str | None = None) -> AsyncWebClient: ...


class OneWorkspace:
    """One client with one token for every workspace."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    def of(self, team_id: str, enterprise_id: str | None = None) -> AsyncWebClient:  # noqa: ARG002 — as `Clients` has it
        return self._client


class ManyWorkspaces:
    """A client for each workspace, over an aiohttp session that the caller owns.

    `token_of` returns the token of a team and its enterprise, or None where the app is not installed.
    """

    def __init__(
        self, token_of: TokenOf, api_url: str, http: aiohttp.ClientSession, metrics: Metrics = NO_METRICS
    ) -> None:
        self._token_of = token_of
        self._api_url = api_url
        self._http = http
        self._metrics = metrics

    def of(self, team_id: str, enterprise_id: str | None = None) -> AsyncWebClient:
        async def token() -> str | None:
            return await self._token_of(team_id, enterprise_id)

        return InstalledClient(
            token, team_id=team_id, base_url=self._api_url + "/", session=self._http, metrics=self._metrics
        )


class InstalledClient(SlackClient):
    """A client that looks up its token before each call, because exports outlive rotating tokens.

    `token` is the token of the last call. Where the app is not installed, a call raises SlackApiError with
    `account_inactive` without asking Slack.
    """

    def __init__(self, current_token: Callable[[], Awaitable[str | None]], *, team_id: str, **options: Any) -> None:
        # The token of an org-wide installation is for many workspaces, so that each call names its own
        # (docs.slack.dev/enterprise/developing-for-enterprise-orgs). No retry handlers: the SDK's own would send a
        # message a second time after a broken connection.
        super().__init__(team_id=team_id or None, retry_handlers=[], **options)
        self._current_token = current_token

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        token = await self._current_token()
        if token is None:
            raise SlackApiError("the app is not installed in this workspace", {"ok": False, "error": UNINSTALLED})
        self.token = token
        return await super().api_call(api_method, **arguments)
