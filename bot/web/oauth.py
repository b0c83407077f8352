"""`/slack/install` and `/slack/oauth_redirect`: installs the app in workspaces by Slack's OAuth.

https://docs.slack.dev/authentication/installing-with-oauth
"""

import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import aiohttp
from aiohttp import hdrs, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy.exc import SQLAlchemyError
from yarl import URL

from bot.i18n import LOCALES, t
from bot.proxies import proxy_for
from bot.web.rates import Rate

logger = logging.getLogger(__name__)

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
# Each beginning is a row in the database for ten minutes, and anybody may begin: it stays at some hundreds.
INSTALLS_PER_SECOND, INSTALLS_AT_ONCE = 1.0, 50
# What the address of a return says may be made up, and is logged so often.
COMPLAINTS_PER_SECOND, COMPLAINTS_AT_ONCE = 1 / 60, 10

# Bolt's words for why an installation ends early, and the page about each; Slack's own come in the address.
_PAGES = {"access_denied": "denied", "invalid_browser": "stale", "invalid_state": "stale"}
# The address holds the code, which goes to nobody else; nothing is kept, loaded or framed.
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 15vh auto; padding: 0 1rem }}
a {{ display: inline-block; padding: .6rem 1rem; border-radius: .4rem; background: #1f2937; color: #fff;
text-decoration: none }}
:lang(ko) {{ word-break: keep-all }}</style>
</head><body><h1>{title}</h1><p>{words}</p><p><a href="{link}">{button}</a></p></body></html>
"""


@dataclass(frozen=True)
class SlackApp:
    """The app's settings at Slack. `authorize_url` is Slack's consent page, `redirect_url` the bot's page after it."""

    client_id: str
    client_secret: str
    scopes: Sequence[str]
    authorize_url: str
    redirect_url: str


class InstallingClient(AsyncWebClient):
    """A client that logs Slack's refusals for the operator. Bolt's own log lines would contain the OAuth code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        proxy = proxy_for(URL(self.base_url))
        self.proxy = str(proxy) if proxy else None

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        try:
            return await super().api_call(api_method, **arguments)
        except SlackApiError as error:
            logger.warning("an installation failed at %s: %s", api_method, error.response.get("error"))
            raise


class Install:
    """Bolt's OAuth flow with the bot's own pages. `installed` is called with each stored installation.

    With `needs_account` the last page says that the workspace has to connect an AI Studios account first.
    """

    def __init__(
        self,
        app: SlackApp,
        client: AsyncWebClient,
        installations: AsyncInstallationStore,
        states: AsyncOAuthStateStore,
        installed: Callable[[Installation], None],
        *,
        needs_account: bool,
    ) -> None:
        self._installed = installed
        self._next_step = "install.connect" if needs_account else "install.done"
        self._rate = Rate(INSTALLS_PER_SECOND, INSTALLS_AT_ONCE)
        self._complaints = Rate(COMPLAINTS_PER_SECOND, COMPLAINTS_AT_ONCE)
        settings = AsyncOAuthSettings(
            client_id=app.client_id,
            client_secret=app.client_secret,
            scopes=app.scopes,
            user_scopes=[],
            redirect_uri=app.redirect_url,
            authorization_url=app.authorize_url,
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
            installation_store=installations,
            state_store=states,
            callback_options=AsyncCallbackOptions(success=self._succeeded, failure=self._failed),
        )
        self._flow = _Flow(client=client, settings=settings, logger=logging.Logger("unheard", logging.CRITICAL))

    def register(self, app: web.Application) -> None:
        app.router.add_get(INSTALL_PATH, self._begin)
        app.router.add_get(REDIRECT_PATH, self._end)

    async def _begin(self, request: web.Request) -> web.Response:
        if wait := self._rate.take():
            return await _too_many(request, wait)
        # Without the query: Bolt would put a part of it into Slack's address as it is.
        return await self._answered(self._flow.handle_installation, request, query="")

    async def _end(self, request: web.Request) -> web.Response:
        return await self._answered(self._flow.handle_callback, request, query=request.query_string)

    async def _answered(
        self, handle: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]], request: web.Request, *, query: str
    ) -> web.Response:
        asked = _read(request, query)
        try:
            answer = await handle(asked)
        except (TimeoutError, SQLAlchemyError, aiohttp.ClientError) as error:
            logger.error("an installation failed: %s", type(error).__name__)
            answer = _failure(asked, "failed", 503)
        return await _response(answer)

    async def _succeeded(self, args: AsyncSuccessArgs) -> BoltResponse:
        installation = args.installation
        logger.info("installed in %s", installation.team_id or installation.enterprise_id)
        self._installed(installation)
        locale = _locale(args.request)
        # https://docs.slack.dev/interactivity/deep-linking
        link = f"slack://app?team={installation.team_id or ''}&id={installation.app_id or ''}&tab=home"
        title, words = t(locale, "install.done_title"), t(locale, self._next_step)
        return _answer(_html(locale, title, words, link, t(locale, "install.open_slack")))

    async def _failed(self, args: AsyncFailureArgs) -> BoltResponse:
        page = _PAGES.get(args.reason, "failed")
        if page == "failed" and not self._complaints.take():
            logger.warning("an installation was not finished: %.100r", args.reason)
        return _failure(args.request, page, args.suggested_status_code)


class _Flow(AsyncOAuthFlow):
    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:
        locale = _locale(request)
        return _html(locale, t(locale, "install.title"), t(locale, "install.intro"), url, t(locale, "install.button"))


def _read(request: web.Request, query: str = "") -> AsyncBoltRequest:
    return AsyncBoltRequest(body="", query=query, headers=dict(request.headers))


async def _response(answer: BoltResponse) -> web.Response:
    response = await to_aiohttp_response(answer)
    response.headers.update(_HEADERS)
    return response


async def _too_many(request: web.Request, wait: float) -> web.Response:
    """The page shown when too many installations are started. It starts none. `wait` is in seconds."""
    response = await _response(_failure(_read(request), "failed", 429))
    response.headers[hdrs.RETRY_AFTER] = str(math.ceil(wait))
    return response


def _failure(request: AsyncBoltRequest, page: str, status: int) -> BoltResponse:
    locale = _locale(request)
    title, words = t(locale, f"install.{page}_title"), t(locale, f"install.{page}")
    return _answer(_html(locale, title, words, INSTALL_PATH, t(locale, "install.again")), status)


def _answer(html: str, status: int = 200) -> BoltResponse:
    return BoltResponse(status=status, body=html, headers={"Content-Type": "text/html; charset=utf-8"})


def _html(locale: str, title: str, words: str, link: str, button: str) -> str:
    title, words, button = (escape(text, quote=False) for text in (title, words, button))
    return _PAGE.format(language=locale, title=title, words=words, link=escape(link), button=button)


def _locale(request: AsyncBoltRequest) -> str:
    """The first language in the browser's Accept-Language that the catalogue has; otherwise English."""
    preferred = request.headers.get("accept-language", [""])[0].strip().lower()
    return next((locale for locale in LOCALES if preferred.startswith(locale)), LOCALES[0])
