"""A bot that reaches the outside through a proxy only: API calls and downloads go there, but for NO_PROXY's hosts."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.aistudios.addresses import UnsafeAddress
from bot.aistudios.client import AIStudiosClient
from bot.aistudios.download import VideoDownloads
from bot.aistudios.errors import Transient
from bot.aistudios.models import CustomExport
from bot.proxies import proxy_for
from tests.aistudios.proxy import Proxy, proxying, tls_contexts
from tests.aistudios.test_download import UNSAFE, VIDEO, FakeResolver, error_of, fetched
from tests.aistudios.tokens import FixedToken

STUDIO, VIDEOS = "https://studio.example", "https://videos.example/video.mp4"
EXPORT = CustomExport(language="en", text="Hello.", model="m-1")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine uses is not used here."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TestServer]:
    """AI Studios and its storage, by https."""
    serving, trusting = tls_contexts(tmp_path, ["studio.example", "videos.example", "127.0.0.1"])
    monkeypatch.setattr(aiohttp, "TCPConnector", partial(aiohttp.TCPConnector, ssl=trusting))
    monkeypatch.setattr(httpx, "AsyncClient", partial(httpx.AsyncClient, verify=trusting))
    server = TestServer(_app())
    await server.start_server(ssl=serving)
    yield server
    await server.close()


@pytest.fixture
async def plain_server() -> AsyncIterator[TestServer]:
    """The same by http, as the local AI Studios is."""
    server = TestServer(_app())
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def proxy(server: TestServer) -> AsyncIterator[Proxy]:
    """A proxy that leads to the server."""
    async with proxying(server.port or 0) as proxy:
        yield proxy


def _app() -> web.Application:
    async def video(_: web.Request) -> web.Response:
        return web.Response(body=VIDEO, content_type="video/mp4")

    async def workspaces(_: web.Request) -> web.Response:
        return web.json_response({"success": True, "data": [{"workspaceId": "w-1", "workspaceName": "One"}]})

    app = web.Application()
    app.router.add_get("/video.mp4", video)
    app.router.add_get("/api/odin/v3/dropdown/workspaces", workspaces)
    return app


async def workspaces_at(base_url: str) -> list[str]:
    """An API call, by a client that is made as the bot's is."""
    async with httpx.AsyncClient(limits=httpx.Limits(keepalive_expiry=2)) as http:
        client = AIStudiosClient(http, base_url=base_url, tokens=FixedToken())
        return [workspace.id for workspace in await client.workspaces()]


async def test_an_api_call_goes_through_the_proxy(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that only the proxy can resolve are reached, by a tunnel."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://localhost:{proxy.port}")
    assert await workspaces_at(STUDIO) == ["w-1"]
    assert proxy.asked == ["CONNECT studio.example:443"]


async def test_an_export_that_the_proxy_does_not_let_out(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel that was not opened has carried nothing: another try costs nothing twice."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://localhost:{proxy.port}")
    proxy.status = 403
    async with httpx.AsyncClient() as http:
        client = AIStudiosClient(http, base_url=STUDIO, tokens=FixedToken())
        with pytest.raises(Transient):
            await client.create_export(EXPORT)
    async with VideoDownloads(base_url=STUDIO, resolver=FakeResolver([])) as downloads:
        assert type(await error_of(downloads, VIDEOS)) is Transient


async def test_a_download_goes_through_the_proxy(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """From AI Studios itself and from its storage; the proxy's own name may be an inner one."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://localhost:{proxy.port}")
    async with VideoDownloads(base_url=STUDIO, resolver=FakeResolver([])) as downloads:
        assert await fetched(downloads, VIDEOS) == VIDEO
        assert await fetched(downloads, f"{STUDIO}/video.mp4") == VIDEO
    assert proxy.asked == ["CONNECT videos.example:443", "CONNECT studio.example:443"]


async def test_a_proxy_with_a_password(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told who asks, by API calls and downloads alike (RFC 7617)."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://bot:s3cret@127.0.0.1:{proxy.port}")
    await workspaces_at(STUDIO)
    async with VideoDownloads(base_url=STUDIO, resolver=FakeResolver([])) as downloads:
        await fetched(downloads, VIDEOS)
    assert proxy.credentials == ["Basic " + b64encode(b"bot:s3cret").decode()] * 2


async def test_what_no_proxy_names_is_reached_directly(
    plain_server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same calls to the same address: by the proxy, and past it once NO_PROXY names the host."""
    base_url = str(plain_server.make_url("")).rstrip("/")
    async with (
        proxying(plain_server.port or 0) as proxy,
        VideoDownloads(base_url=base_url, resolver=FakeResolver([])) as downloads,
    ):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert await workspaces_at(base_url) == ["w-1"]
        assert await fetched(downloads, f"{base_url}/video.mp4") == VIDEO
        by_proxy = [f"GET {base_url}/api/odin/v3/dropdown/workspaces", f"GET {base_url}/video.mp4"]
        assert proxy.asked == by_proxy
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,.example")
        assert await workspaces_at(base_url) == ["w-1"]
        assert await fetched(downloads, f"{base_url}/video.mp4") == VIDEO
        assert proxy.asked == by_proxy


async def test_unsafe_addresses_are_not_asked_of_a_proxy(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is refused without a proxy is refused with one, as far as the bot's own DNS knows the names."""
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
    async with VideoDownloads(base_url="http://127.0.0.1:9", resolver=FakeResolver(["127.0.0.1"])) as downloads:
        for template in UNSAFE:
            url = template.replace("{port}", "10").replace("{other}", "11")
            assert (url, type(await error_of(downloads, url))) == (url, UnsafeAddress)
    assert proxy.asked == []


async def test_a_name_that_no_proxy_exempts_is_checked_as_ever(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY opens no way into the inner network: the address of the connection itself is checked."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("NO_PROXY", "videos.example")
    resolver = FakeResolver(["127.0.0.1"])
    async with VideoDownloads(base_url=STUDIO, resolver=resolver) as downloads:
        assert type(await error_of(downloads, VIDEOS)) is UnsafeAddress
    assert (resolver.asked, proxy.asked) == (["videos.example"], [])


async def test_names_that_cannot_be_sent(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A label of more than 63 letters is refused before the proxy is asked."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    async with VideoDownloads(base_url=STUDIO) as downloads:
        assert type(await error_of(downloads, f"https://{'a' * 64}.example/video.mp4")) is UnsafeAddress
    assert proxy.asked == []


def test_which_proxy_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one of the scheme, else the one for all; a proxy that speaks neither http nor https is none."""
    https, http = URL("https://a.example/"), URL("http://a.example/")
    assert (proxy_for(https), proxy_for(http)) == (None, None)
    monkeypatch.setenv("ALL_PROXY", "proxy.example:3128")
    monkeypatch.setenv("HTTPS_PROXY", "https://secure.example")
    assert (proxy_for(https), proxy_for(http)) == (URL("https://secure.example"), URL("http://proxy.example:3128"))
    monkeypatch.setenv("HTTPS_PROXY", "socks5://socks.example")
    assert proxy_for(https) is None
    exempt = {"a.example": True, ".example": True, "*": True, "other.example": False, "b.a.example": False}
    for no_proxy, is_exempt in exempt.items():
        monkeypatch.setenv("NO_PROXY", no_proxy)
        assert (no_proxy, proxy_for(http) is None) == (no_proxy, is_exempt)
