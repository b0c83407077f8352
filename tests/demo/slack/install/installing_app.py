"""A tiny app that people install by OAuth, and the workspaces that it can get into."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import Enterprise, LocalSlack
from tests.demo.slack.app import SECRET, Json, TinyApp, client, manifest
from tests.demo.slack.install.browser import Page, browser_of
from tests.demo.slack.install.worlds import further_world

CLIENT_ID, CLIENT_SECRET = "11.22", "hush"
RED, BLUE = "T0RED0001", "T0BLUE001"
NORTH, SOUTH = "T0NORTH01", "T0SOUTH01"
GRID = Enterprise("E0GRID001", "Grid Inc")
ANA, MINJI = "U0ANA0001", "U0MINJI01"
SCOPES = ("chat:write", "channels:read", "channels:join", "users:read", "files:read")


class InstallingApp(TinyApp):
    """Sends people to Slack, and shows what they are sent back with."""

    url = ""

    @property
    def redirect_uri(self) -> str:
        """Where Slack sends people back to."""
        return f"{self.url}/slack/oauth_redirect"

    @property
    def install_url(self) -> str:
        """Where people begin."""
        return f"{self.url}/slack/install"

    def authorize_url(self, **changes: str) -> str:
        """Slack's consent page; a parameter changed to nothing is left out."""
        usual = {"client_id": CLIENT_ID, "scope": ",".join(SCOPES), "redirect_uri": self.redirect_uri, "state": "s"}
        query = {name: value for name, value in (usual | changes).items() if value}
        return self.slack.api_url.replace("/api/", f"/oauth/v2/authorize?{urlencode(query)}")

    async def install(self, _: web.Request) -> web.Response:
        """`GET /slack/install`."""
        return web.Response(text=f'<a href="{self.authorize_url()}">Add to Slack</a>', content_type="text/html")

    async def take_back(self, request: web.Request) -> web.Response:
        """`GET /slack/oauth_redirect`."""
        return web.json_response(dict(request.query))

    async def token(self, code: str, **changes: Any) -> Json:
        """The answer of oauth.v2.access to a code."""
        usual = {"code": code, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        arguments = usual | {"redirect_uri": self.redirect_uri} | changes
        answer = await AsyncWebClient(base_url=self.slack.api_url, retry_handlers=[]).oauth_v2_access(**arguments)
        assert isinstance(answer.data, dict)
        return answer.data

    async def installed(self, team_id: str, user: str = ANA, *, for_organisation: bool = False) -> Json:
        """Lets somebody go the whole way, and fetches the token."""
        async with browser_of(self.slack, user, team_id) as browser:
            code = brought(await browser.install(self.install_url, for_organisation=for_organisation))["code"]
        return await self.token(code)

    async def client_of(self, team_id: str) -> AsyncWebClient:
        """A Web API client with the token of a fresh installation."""
        return client(self.slack, (await self.installed(team_id))["access_token"])


def brought(page: Page) -> dict[str, str]:
    """What Slack sent somebody back with."""
    return dict(json.loads(page.text))


@asynccontextmanager
async def installing(
    folder: Path, *, token_rotation: bool = False, time_scale: float = 1000, token_seconds: float = 43_200
) -> AsyncIterator[InstallingApp]:
    """The app before a Slack with two workspaces and an organisation of two, installed nowhere."""
    source = manifest()
    source["settings"]["token_rotation_enabled"] = token_rotation
    source["settings"]["event_subscriptions"]["bot_events"] += ["app_uninstalled", "tokens_revoked"]
    teams = [
        further_world(RED, "Red"),
        further_world(BLUE, "Blue"),
        further_world(NORTH, "North", enterprise=GRID),
        further_world(SOUTH, "South", enterprise=GRID),
    ]
    slack = LocalSlack(
        manifest=source,
        signing_secret=SECRET,
        files=folder,
        teams=teams,
        client=(CLIENT_ID, CLIENT_SECRET),
        time_scale=time_scale,
        token_seconds=token_seconds,
    )
    async with slack, _served(slack) as app:
        source["oauth_config"]["redirect_urls"] = [app.redirect_uri]
        yield app


@asynccontextmanager
async def _served(slack: LocalSlack) -> AsyncIterator[InstallingApp]:
    server = web.Application()
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    app = InstallingApp(slack)
    server.router.add_post("/slack/events", app.handle)
    server.router.add_get("/slack/install", app.install)
    server.router.add_get("/slack/oauth_redirect", app.take_back)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    app.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    slack.request_url = f"{app.url}/slack/events"
    yield app
    await runner.cleanup()
