"""Downloads the finished video in pieces, and only from public addresses or AI Studios itself.

The address comes from outside, so it must not lead into the network that the bot runs in: https and public,
or the very origin of AI Studios. aiohttp instead of httpx because its connector uses the bot's own resolver and
connects to exactly the addresses that were checked; had they been checked beforehand, a second DNS answer
could be another one.

Where the environment names a proxy for the address, the bot connects to the proxy alone, and the proxy resolves
the name. The scheme, numeric hosts, redirects and NO_PROXY's hosts are then checked as without a proxy, and a name that
the bot's own DNS resolves to an inner address is refused. A name that only the proxy's DNS resolves to an inner address
must be refused by the proxy: the bot cannot see it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.aistudios.addresses import PublicResolver, UnsafeAddress, is_public_literal, looks_numeric
from bot.aistudios.errors import AIStudiosError, Transient, parse_retry_after
from bot.proxies import proxy_for

MAX_REDIRECTS = 5
# No total timeout: a long video may take long. A download slower than this for a while is ended.
LEAST_SPEED = 50_000  # bytes per second
GRACE = 60.0  # seconds
TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10, sock_connect=10, sock_read=60)
LOOKUP_SECONDS = 3.0  # for a name that a proxy is going to resolve anyway

# The first bytes of every video container include one that no text has: of a length, a version, or a marker.
SNIFFED = 512
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_PAGES = frozenset({"text/html", "application/json"})

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class DownloadFailed(AIStudiosError):
    """The video can't be downloaded from this address; another try won't help."""


class Truncated(Transient):
    """The connection ended before the whole video had arrived."""


@dataclass(frozen=True)
class Download:
    """A video that is being downloaded. `length` is in bytes, None if the server does not report it."""

    length: int | None
    content_type: str
    _opening: bytes
    _body: _Body

    async def chunks(self) -> AsyncIterator[bytes]:
        """The video in pieces as they arrive, less than 1 MiB each.

        Raises Truncated if the connection ends early, Transient if it is slower than LEAST_SPEED.
        """
        piece = self._opening
        while piece:
            yield piece
            piece = await self._body.read()


class _Body:
    """Reads a response's body, requiring an average of LEAST_SPEED after the first `grace` seconds.

    Only the time that is spent waiting for the server counts: the reader may be slow.
    """

    def __init__(self, response: aiohttp.ClientResponse, grace: float) -> None:
        self._content = response.content
        self._left = grace

    async def opening(self) -> bytes:
        """The first pieces, enough to distinguish a page from a video."""
        opening = b""
        while len(opening) < SNIFFED and (piece := await self.read()):
            opening += piece
        return opening

    async def read(self) -> bytes:
        """The bytes that have arrived, empty at the end. Raises Truncated or Transient."""
        asked_at = time.monotonic()
        try:
            async with asyncio.timeout(self._left):
                # Not read(n): it would cut and join what was received, and copy nearly every byte once more.
                piece = await self._content.readany()
        except aiohttp.ClientPayloadError as error:
            raise Truncated("the video broke off before its end") from error
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(error) from error
        self._left += len(piece) / LEAST_SPEED - (time.monotonic() - asked_at)
        return piece


class VideoDownloads:
    """Downloads finished videos. An async context manager, to be entered in the event loop that uses it.

    `base_url` is that of AI Studios, whose own origin need not be public. `grace`: see LEAST_SPEED.
    """

    def __init__(
        self,
        *,
        base_url: str,
        resolver: AbstractResolver | None = None,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
        grace: float = GRACE,
    ) -> None:
        self._vendor_origin = _origin(_parsed(base_url))
        self._resolver = resolver
        self._timeout = timeout
        self._grace = grace
        self._sessions = AsyncExitStack()

    async def __aenter__(self) -> Self:
        # Two sessions: what may be reached at AI Studios' origin must not be reachable under a name from outside.
        self._public = PublicResolver(self._resolver or aiohttp.ThreadedResolver())
        self._unchecked = await self._sessions.enter_async_context(self._session(aiohttp.ThreadedResolver()))
        self._checked = await self._sessions.enter_async_context(self._session(self._public))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sessions.aclose()

    @asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[Download]:
        """Starts a download; its chunks can be read while the context lasts.

        Raises UnsafeAddress, DownloadFailed (403, 404, a page instead of a video, …) or Transient (5xx, 429, network).
        """
        response = await self._follow(_parsed(url))
        body = _Body(response, self._grace)
        try:
            opening = await body.opening()
            _check_is_video(response.content_type, opening)
            yield Download(response.content_length, response.content_type, opening, body)
        finally:
            # Closed, not released: the rest of an abandoned video need not arrive.
            response.close()

    def _session(self, resolver: AbstractResolver) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            auto_decompress=False,
            # Content-Length is then the length of the file.
            headers={"Accept-Encoding": "identity"},
        )

    async def _follow(self, address: URL) -> aiohttp.ClientResponse:
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._get(address)
            if response.status not in _REDIRECTS:
                return _opened(response)
            response.close()
            address = _redirected(address, response)
        raise DownloadFailed(f"the video's address redirects more than {MAX_REDIRECTS} times")

    async def _get(self, address: URL) -> aiohttp.ClientResponse:
        proxy = proxy_for(address)
        try:
            session = await self._session_for(address, proxy)
            return await session.get(address, allow_redirects=False, proxy=proxy)
        except ValueError:  # aiohttp's InvalidURL, and Python's UnicodeError about a name that DNS cannot hold
            raise UnsafeAddress("the video's address is not a URL") from None
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(error) from error

    async def _session_for(self, address: URL, proxy: URL | None) -> aiohttp.ClientSession:
        """The session to use for the address. Raises UnsafeAddress."""
        if address.user is not None or address.password is not None:
            raise UnsafeAddress("the video's address holds a user name")
        if _origin(address) == self._vendor_origin:
            return self._unchecked
        if address.scheme != "https":
            raise UnsafeAddress("the video's address is neither https nor at AI Studios")
        # aiohttp asks the resolver about names only.
        host = address.raw_host or ""
        if looks_numeric(host) and not is_public_literal(host):
            raise UnsafeAddress("the video's address is not public")
        if proxy is None:
            return self._checked
        await self._check_known_name(host)
        # The only name that this session resolves for the address is the proxy's, which may well be an inner one.
        return self._unchecked

    async def _check_known_name(self, host: str) -> None:
        """Raises UnsafeAddress if the bot's own DNS resolves the name to an inner address; an unknown name passes."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(LOOKUP_SECONDS):
                await self._public.resolve(host)


def _parsed(url: str, base: URL | None = None) -> URL:
    """Parses the URL, keeping its spelling if possible: the signature of a signed URL may depend on it."""
    try:
        spelled = URL(url, encoded=url.isascii() and url.isprintable() and " " not in url)
        address = base.join(spelled) if base else spelled
        # yarl checks the scheme here, but the port only when it is read.
        _origin(address.origin())
    except ValueError:
        raise UnsafeAddress("the video's address is not a URL") from None
    return address


def _origin(address: URL) -> tuple[str, str | None, int | None]:
    return address.scheme, address.host, address.port


def _redirected(address: URL, response: aiohttp.ClientResponse) -> URL:
    location = response.headers.get("Location")
    if not location:
        raise DownloadFailed("the video's address redirects nowhere", status=response.status)
    return _parsed(location, address)


def _opened(response: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    encoding = response.headers.get("Content-Encoding", "identity")
    if response.status == 200 and encoding.lower() == "identity":
        return response
    response.close()
    if response.status == 200:
        raise DownloadFailed("the video came compressed, unasked", status=200)
    raise _refusal(response.status, response.headers.get("Retry-After"))


def _check_is_video(content_type: str, opening: bytes) -> None:
    """Raises DownloadFailed for a page or an empty body; other content types pass: storage often sends octet-stream."""
    if not opening:
        raise DownloadFailed("the video is empty", status=200)
    if content_type in _PAGES or not _CONTROL.search(opening, 0, SNIFFED):
        raise DownloadFailed(f"a page came instead of the video ({content_type})", status=200)


def _refusal(status: int, retry_after: str | None) -> AIStudiosError:
    message = f"the video's server answered with HTTP {status}"
    if status >= 500 or status in {408, 425, 429}:
        return Transient(message, status=status, retry_after=parse_retry_after(retry_after))
    return DownloadFailed(message, status=status)


def _unreachable(error: Exception) -> Transient:
    return Transient(f"the video's server could not be reached ({type(error).__name__})")
