"""A person's browser, in which apps are installed."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from types import TracebackType
from typing import Any
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from bot.demo.slack import LocalSlack
from bot.demo.slack.install.oauth import SESSION

AUTHORIZE = "/oauth/v2/authorize"
REDIRECTS = {301, 302, 303, 307, 308}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.extend(value for name, value in attrs if tag == "a" and name == "href" and value)


@dataclass(frozen=True)
class Page:
    """What the browser shows, after the redirects."""

    url: str
    status: int
    text: str
    headers: Any

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        parser = _Links()
        parser.feed(self.text)
        return [urljoin(self.url, link) for link in parser.found]

    @property
    def asks_for_consent(self) -> bool:
        """Whether it is Slack's question, not the app's page or a complaint."""
        return URL(self.url).path == AUTHORIZE and self.status == 200


class Browser:
    """Keeps cookies, follows redirects, and is signed in to one workspace of this Slack.

    Plain http on loopback counts as secure, as it does in browsers.
    """

    def __init__(self, slack_url: str, app_url: str, session: str) -> None:
        self._slack = URL(slack_url).origin()
        self._signed_in = {SESSION: session}
        trusted = [self._slack, URL(app_url).origin()]
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=trusted)
        self._http = aiohttp.ClientSession(cookie_jar=jar)

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def open(self, url: str, **form: str) -> Page:
        """A page, or the answer to a form that is sent to it."""
        method, address = ("POST" if form else "GET"), URL(url, encoded=True)
        while True:
            # Cookies know no ports; the app, on another one, does not see Slack's.
            cookies = self._signed_in if address.origin() == self._slack else {}
            request = self._http.request(method, address, data=form, cookies=cookies, allow_redirects=False)
            async with request as answer:
                page = Page(str(address), answer.status, await answer.text(), answer.headers)
            if page.status not in REDIRECTS:
                return page
            method, form = "GET", {}
            address = URL(urljoin(page.url, page.headers["Location"]), encoded=True)

    async def consent(self, install_url: str) -> Page:
        """Slack's question, reached from the app's install page, whether it redirects or has a link."""
        page = await self.open(install_url)
        onward = [link for link in page.links if URL(link).path == AUTHORIZE]
        return page if page.asks_for_consent or not onward else await self.open(onward[0])

    async def allow(self, page: Page, *, for_organisation: bool = False) -> Page:
        """Press Allow; the app's page at the end of the way."""
        return await self.open(page.url, decision="allow", **({"for": "organisation"} if for_organisation else {}))

    async def deny(self, page: Page) -> Page:
        """Press Cancel; the app's page at the end of the way."""
        return await self.open(page.url, decision="deny")

    async def install(self, install_url: str, *, for_organisation: bool = False) -> Page:
        """Go the whole way, allowing everything."""
        return await self.allow(await self.consent(install_url), for_organisation=for_organisation)


def browser_of(slack: LocalSlack, user_id: str, team_id: str | None = None) -> Browser:
    """Somebody's browser, signed in to their workspace, once the app's `request_url` is known."""
    return Browser(slack.workspace.base_url, slack.request_url or "", slack.sign_in(user_id, team_id))
