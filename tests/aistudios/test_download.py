"""The finished video: which addresses are trusted, and what is downloaded from them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.aistudios.addresses import PublicResolver, UnsafeAddress
from bot.aistudios.download import DownloadFailed, Truncated, VideoDownloads
from bot.aistudios.errors import AIStudiosError, Transient

MIB = 1 << 20
VIDEO = bytes(range(256)) * 2048  # half a mebibyte

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class FakeResolver(AbstractResolver):
    """Answers every name with the same addresses, and counts the questions."""

    addresses: list[str]
    asked: list[str] = field(default_factory=list)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if not self.addresses:
            raise OSError("no such name")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True)
class Request:
    """A request as the site received it."""

    raw_path: str
    headers: dict[str, str]
    remote_port: int


@dataclass
class Site:
    """A server for videos at the origin of AI Studios; it records which paths were asked for."""

    handlers: dict[str, Handler]
    asked: list[Request] = field(default_factory=list)
    port: int = 0
    stop: Callable[[], Awaitable[None]] = field(init=False)

    def url(self, path: str = "/video.mp4") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site({"/video.mp4": video})

    async def handle(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        port = request.transport.get_extra_info("peername")[1]
        site.asked.append(Request(request.raw_path, dict(request.headers), port))
        return await site.handlers[request.path](request)

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    async with TestServer(app) as server:
        site.port, site.stop = server.port or 0, server.close
        yield site


@pytest.fixture
async def resolver() -> FakeResolver:
    return FakeResolver(["127.0.0.1"])


@pytest.fixture
async def downloads(site: Site, resolver: FakeResolver) -> AsyncIterator[VideoDownloads]:
    async with VideoDownloads(base_url=site.url(""), resolver=resolver) as downloads:
        yield downloads


async def video(_: web.Request) -> web.Response:
    return web.Response(body=VIDEO, content_type="video/mp4")


def redirect(target: str, status: int = 302) -> Handler:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": target} if target else {})

    return handler


def refusal(status: int, **headers: str) -> Handler:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={name.replace("_", "-"): headers[name] for name in headers})

    return handler


def cut_off(*, with_length: bool) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(VIDEO))} if with_length else {})
        await response.prepare(request)
        await response.write(VIDEO[: len(VIDEO) // 2])
        assert request.transport is not None
        request.transport.close()
        return response

    return handler


async def fetched(downloads: VideoDownloads, url: str) -> bytes:
    async with downloads.open(url) as download:
        return b"".join([chunk async for chunk in download.chunks()])


async def error_of(downloads: VideoDownloads, url: str) -> AIStudiosError:
    with pytest.raises(AIStudiosError) as caught:
        await fetched(downloads, url)
    return caught.value


async def test_video_arrives_in_pieces(site: Site, downloads: VideoDownloads) -> None:
    """Length and type are known before the first byte; no piece is large; together they are the file."""
    long_video = VIDEO * 16
    site.handlers["/video.mp4"] = content(long_video, "video/mp4")
    async with downloads.open(site.url()) as download:
        assert download.length == len(long_video)
        assert download.content_type == "video/mp4"
        pieces = [piece async for piece in download.chunks()]
    assert b"".join(pieces) == long_video
    assert max(map(len, pieces)) < MIB


async def test_request_asks_for_the_bare_file(site: Site, downloads: VideoDownloads) -> None:
    """No compression is asked for, and no credentials go to where the video lies."""
    await fetched(downloads, site.url())
    (request,) = site.asked
    assert request.headers["Accept-Encoding"] == "identity"
    assert "Authorization" not in request.headers


async def test_address_is_sent_as_it_is_spelled(site: Site, downloads: VideoDownloads) -> None:
    """A signed address keeps its escapes."""
    tail = "?sig=a%2Bb%2Fc%3D&name=%41~b+c"
    await fetched(downloads, site.url("/video.mp4") + tail)
    assert site.asked[0].raw_path == "/video.mp4" + tail


async def test_address_with_spaces_and_hangul_is_quoted(site: Site, downloads: VideoDownloads) -> None:
    """What cannot be sent as it is spelled is quoted."""
    site.handlers["/내 영상.mp4"] = video
    assert await fetched(downloads, site.url("/내 영상.mp4")) == VIDEO


async def test_video_without_a_length(site: Site, downloads: VideoDownloads) -> None:
    """A server that does not say how much there is gets no length, and all of it is taken."""

    async def chunked(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(VIDEO)
        return response

    site.handlers["/video.mp4"] = chunked
    async with downloads.open(site.url()) as download:
        assert download.length is None
        assert b"".join([piece async for piece in download.chunks()]) == VIDEO


@pytest.mark.parametrize("with_length", [True, False], ids=["length", "chunked"])
async def test_half_a_video_is_no_video(site: Site, downloads: VideoDownloads, with_length: bool) -> None:
    """A connection that ends before the file does raises, however the length was announced."""
    site.handlers["/video.mp4"] = cut_off(with_length=with_length)
    assert type(await error_of(downloads, site.url())) is Truncated


async def test_silence_in_the_middle_is_transient(site: Site) -> None:
    """A server that stops sending does not keep the bot for ever."""
    hold = asyncio.Event()

    async def stalls(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(VIDEO))})
        await response.prepare(request)
        await response.write(VIDEO[:1000])
        await hold.wait()
        return response

    site.handlers["/video.mp4"] = stalls
    timeout = aiohttp.ClientTimeout(total=None, sock_read=0.2)
    async with VideoDownloads(base_url=site.url(""), timeout=timeout) as downloads:
        assert type(await error_of(downloads, site.url())) is Transient
    hold.set()


async def test_abandoned_download_ends_its_connection(site: Site, downloads: VideoDownloads) -> None:
    """Whoever leaves early does not have the rest sent, and the caller's own error comes through."""

    async def abandoned() -> None:
        async with downloads.open(site.url()) as download:
            await anext(download.chunks())
            raise aiohttp.ClientError("Slack is away")

    with pytest.raises(aiohttp.ClientError, match="Slack is away"):
        await abandoned()
    assert await fetched(downloads, site.url()) == VIDEO
    assert len({request.remote_port for request in site.asked}) == 2


def trickling(*, with_length: bool) -> Handler:
    """A byte now and then, for as long as somebody waits."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(VIDEO))} if with_length else {})
        await response.prepare(request)
        await response.write(VIDEO[:1024])
        while True:
            await response.write(b"\0")
            await asyncio.sleep(0.02)

    return handler


@pytest.mark.parametrize("with_length", [True, False], ids=["length", "chunked"])
async def test_a_video_that_is_too_slow_fails(site: Site, with_length: bool) -> None:
    """Bytes that keep coming, but hardly any, do not hold the bot for days."""
    site.handlers["/video.mp4"] = trickling(with_length=with_length)
    async with VideoDownloads(base_url=site.url(""), grace=0.2) as downloads:
        assert type(await error_of(downloads, site.url())) is Transient


async def test_a_reader_may_be_slow(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the server's own slowness counts: a Slack that takes the video slowly gets all of it."""
    monkeypatch.setattr("bot.aistudios.download.LEAST_SPEED", 1e12)
    async with VideoDownloads(base_url=site.url(""), grace=0.3) as downloads, downloads.open(site.url()) as download:
        pieces = download.chunks()
        first = await anext(pieces)
        await asyncio.sleep(0.5)
        assert first + b"".join([piece async for piece in pieces]) == VIDEO


def content(body: bytes, content_type: str) -> Handler:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type=content_type)

    return handler


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!DOCTYPE html><html>Please log in</html>", "text/html"),
        (b"<!DOCTYPE html><html>Please log in</html>", "application/octet-stream"),
        (b'{"success": false}', "application/json"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\r\n<Error>\xeb\xa7\x8c\xeb\xa3\x8c</Error>', "video/mp4"),
        (b"Please log in. " * 40 + VIDEO, "video/mp4"),
        (VIDEO, "text/html"),
        (b"", "video/mp4"),
    ],
)
async def test_a_page_is_no_video(site: Site, downloads: VideoDownloads, body: bytes, content_type: str) -> None:
    """A login page, an error in words, or nothing at all is not taken for the video, whatever it is called."""
    site.handlers["/video.mp4"] = content(body, content_type)
    assert type(await error_of(downloads, site.url())) is DownloadFailed


CONTAINERS = {
    "mp4": b"\0\0\0\x20ftypisom",
    "webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01",
    "avi": b"RIFF$\x10\x00\x00AVI LIST",
    "ts": b"G@\x00\x10\x00\x00\xb0",
    "ogg": b"OggS\x00\x02",
}


@pytest.mark.parametrize("container", CONTAINERS)
async def test_every_container_is_a_video(site: Site, downloads: VideoDownloads, container: str) -> None:
    """Storage calls videos just octets, and they need not be MP4."""
    body = CONTAINERS[container] + b"and so on"
    site.handlers["/video.mp4"] = content(body, "application/octet-stream")
    assert await fetched(downloads, site.url()) == body


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204, 206, 304])
async def test_answers_that_stay_so(site: Site, downloads: VideoDownloads, status: int) -> None:
    """A refusal is final and carries its status."""
    site.handlers["/video.mp4"] = refusal(status)
    error = await error_of(downloads, site.url())
    assert (type(error), error.status) == (DownloadFailed, status)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_answers_that_may_change(site: Site, downloads: VideoDownloads, status: int) -> None:
    """Where a later try may help the error is Transient, with the wait that was asked for."""
    site.handlers["/video.mp4"] = refusal(status, Retry_After="9")
    error = await error_of(downloads, site.url())
    assert isinstance(error, Transient)
    assert (error.status, error.retry_after) == (status, 9)


async def test_compressed_video_is_refused(site: Site, downloads: VideoDownloads) -> None:
    """Compressed bytes are no video, and their length is not the file's."""
    site.handlers["/video.mp4"] = refusal(200, Content_Encoding="gzip")
    assert type(await error_of(downloads, site.url())) is DownloadFailed


async def test_nobody_there_is_transient(site: Site, downloads: VideoDownloads) -> None:
    """A server that does not listen may be back later."""
    url = site.url()
    await site.stop()
    assert type(await error_of(downloads, url)) is Transient


async def test_unknown_name_is_transient(downloads: VideoDownloads, resolver: FakeResolver) -> None:
    """DNS that has no answer may have one later."""
    resolver.addresses.clear()
    assert type(await error_of(downloads, "https://cdn.example/video.mp4")) is Transient


async def test_name_that_dns_cannot_hold_is_unsafe(site: Site) -> None:
    """A label of more than 63 letters is refused before anybody is asked."""
    async with VideoDownloads(base_url=site.url("")) as downloads:
        assert type(await error_of(downloads, f"https://{'a' * 64}.example/video.mp4")) is UnsafeAddress


@given(st.from_regex(r"(https?:)?//[ -~]{0,30}", fullmatch=True) | st.text())
async def test_any_text_is_an_address_or_refused(url: str) -> None:
    """Whatever stands where an address should, the errors are ours."""
    async with VideoDownloads(base_url="http://127.0.0.1:9", resolver=FakeResolver(["10.0.0.1"])) as downloads:
        assert type(await error_of(downloads, url)) is UnsafeAddress


@pytest.mark.parametrize(
    "addresses",
    [["8.8.8.8"], ["8.8.8.8", "2606:4700:4700::1111"], ["::ffff:8.8.8.8"], ["64:ff9b::808:808"]],
)
async def test_names_of_public_addresses_resolve_as_usual(addresses: list[str]) -> None:
    """Public addresses pass unchanged, also as IPv4 inside IPv6 where a network has nothing else."""
    public = PublicResolver(FakeResolver(addresses))
    assert [found["host"] for found in await public.resolve("cdn.example", 443)] == addresses
    await public.close()


UNSAFE = [
    "http://cdn.example/video.mp4",
    "http://127.0.0.1:{other}/video.mp4",
    "http://localhost:{port}/video.mp4",
    "http://[::1]:{port}/video.mp4",
    "https://127.0.0.1:{port}/video.mp4",
    "https://127.0.0.1/video.mp4",
    "https://[::1]/video.mp4",
    "https://[::]/video.mp4",
    "https://0.0.0.0/video.mp4",
    "https://10.1.2.3/video.mp4",
    "https://100.64.0.1/video.mp4",
    "https://169.254.169.254/latest/meta-data",
    "https://172.16.0.1/video.mp4",
    "https://192.168.0.1/video.mp4",
    "https://224.0.0.1/video.mp4",
    "https://255.255.255.255/video.mp4",
    "https://[fe80::1]/video.mp4",
    "https://[fe80::1%25eth0]/video.mp4",
    "https://[fd00::1]/video.mp4",
    "https://[ff02::1]/video.mp4",
    "https://[::ffff:127.0.0.1]/video.mp4",
    "https://[::ffff:a00:1]/video.mp4",
    "https://[::127.0.0.1]/video.mp4",
    "https://[64:ff9b::7f00:1]/video.mp4",
    "https://[2002:7f00:1::]/video.mp4",
    "https://2130706433/video.mp4",
    "https://0x7f000001/video.mp4",
    "https://0x7f.1/video.mp4",
    "https://017700000001/video.mp4",
    "https://127.1/video.mp4",
    "https://127.0.0.1./video.mp4",
    "https://１２７.0.0.1/video.mp4",
    "https://inner.example/video.mp4",
    "https://localhost/video.mp4",
    "http://user@127.0.0.1:{port}/video.mp4",
    "http://:@127.0.0.1:{port}/video.mp4",
    "http://127.0.0.1:{port}@cdn.example/video.mp4",
    "https://user:pass@cdn.example/video.mp4",
    "https://cdn.example\\@127.0.0.1/video.mp4",
    "https://cdn.example:99999/video.mp4",
    "https://",
    "https:///video.mp4",
    "//cdn.example/video.mp4",
    "/video.mp4",
    "",
    "video.mp4",
    "file:///etc/passwd",
    "ftp://cdn.example/video.mp4",
    "data:video/mp4;base64,AAAA",
    "https://exa mple/video.mp4",
    "https://cdn.example\r\nHost: x/video.mp4",
]


def unsafe_addresses(site: Site) -> list[str]:
    """The unsafe addresses, with the ports of this site."""
    return [url.replace("{port}", str(site.port)).replace("{other}", str(site.port + 1)) for url in UNSAFE]


async def is_found_unsafe(downloads: VideoDownloads, url: str) -> bool:
    """Whether nothing is fetched from this address because it is unsafe."""
    try:
        await fetched(downloads, url)
    except AIStudiosError as error:
        return type(error) is UnsafeAddress
    return False


async def test_unsafe_addresses_are_not_asked(site: Site, downloads: VideoDownloads) -> None:
    """Neither an inner address, in whatever spelling, nor plain http elsewhere gets a request."""
    fetchable = [url for url in unsafe_addresses(site) if not await is_found_unsafe(downloads, url) or site.asked]
    assert fetchable == []


async def test_redirects_to_unsafe_addresses_are_not_followed(site: Site, downloads: VideoDownloads) -> None:
    """A redirect is trusted no more than the first address was."""
    followed = []
    for url in unsafe_addresses(site):
        if "://" not in url or not url.isprintable():
            continue
        site.handlers["/moved"] = redirect(url)
        site.asked.clear()
        if not await is_found_unsafe(downloads, site.url("/moved")) or len(site.asked) != 1:
            followed.append(url)
    assert followed == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
        ["::1"],
        ["::ffff:10.0.0.1"],
        ["169.254.169.254"],
        ["fe80::1%2"],
    ],
)
async def test_names_of_inner_addresses_are_not_asked(
    site: Site, downloads: VideoDownloads, resolver: FakeResolver, addresses: list[str]
) -> None:
    """A name is judged by what it resolves to, in the one resolution that the connection uses."""
    resolver.addresses[:] = addresses
    error = await error_of(downloads, f"https://cdn.example:{site.port}/video.mp4")
    assert type(error) is UnsafeAddress
    assert resolver.asked == ["cdn.example"]
    assert site.asked == []


async def test_only_the_vendors_origin_may_be_an_inner_one(site: Site, resolver: FakeResolver) -> None:
    """A vendor at an inner name is reached at its origin, but not by https to the same name and port."""
    home = f"http://localhost:{site.port}"
    async with VideoDownloads(base_url=home + "/", resolver=resolver) as downloads:
        assert await fetched(downloads, home.replace("localhost", "LocalHost") + "/video.mp4") == VIDEO
        elsewhere = home.replace("http:", "https:") + "/video.mp4"
        assert type(await error_of(downloads, elsewhere)) is UnsafeAddress


async def test_redirects_within_bounds_are_followed(site: Site, downloads: VideoDownloads) -> None:
    """Absolute and relative redirects within the vendor's origin lead to the video."""
    home = site.url("")
    for target in ("/video.mp4", "video.mp4", f"{home}/video.mp4", f"//{home.removeprefix('http://')}/video.mp4"):
        for status in (301, 302, 303, 307, 308):
            site.handlers["/moved"] = redirect(target, status)
            assert await fetched(downloads, site.url("/moved")) == VIDEO, (target, status)


async def test_redirects_end(site: Site, downloads: VideoDownloads) -> None:
    """Five redirects are followed, a sixth is not."""
    for step in range(6):
        site.handlers[f"/{step}"] = redirect(f"/{step + 1}")
    site.handlers["/6"] = video
    assert await fetched(downloads, site.url("/1")) == VIDEO
    assert type(await error_of(downloads, site.url("/0"))) is DownloadFailed


async def test_redirect_to_nowhere_fails(site: Site, downloads: VideoDownloads) -> None:
    """A redirect without an address is no way to the video."""
    site.handlers["/moved"] = redirect("")
    assert type(await error_of(downloads, site.url("/moved"))) is DownloadFailed


async def test_errors_do_not_quote_the_address(site: Site, downloads: VideoDownloads) -> None:
    """A signed address is as good as the video: it is in no error."""
    site.handlers["/video.mp4"] = refusal(403)
    for url in (site.url("/video.mp4?sig=s3cret"), "http://cdn.example/?sig=s3cret"):
        error = await error_of(downloads, url)
        assert "s3cret" not in f"{error} {error!r}"
