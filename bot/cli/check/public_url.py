"""Checks from outside that PUBLIC_URL leads to this bot: sends a test event and verifies the answer."""

import hmac
import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from errno import EADDRINUSE

import aiohttp
from aiohttp import web
from yarl import URL

from bot.cli.check.network import reason
from bot.cli.report import Row
from bot.exports.webhook_addresses import SELF_CHECK, WebhookAddresses
from bot.proxies import proxy_for
from bot.settings import Settings
from bot.web.self_check import SelfCheck

SECONDS = 6
_TIMEOUT = aiohttp.ClientTimeout(total=SECONDS)
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 — compared, not listened on
_LARGEST_ANSWER = 4096


async def public_url_rows(settings: Settings) -> list[Row]:
    """Whether the bot listens on HOST and PORT, and whether PUBLIC_URL leads there.

    When nothing listens, the check itself does while it runs, so that an install can be checked before its first start.
    """
    try:
        async with _standing_in(settings):
            here = Row("HOST and PORT", "right", f"free for the bot: {_place(settings)}")
            return [here, await _public_row(settings)]
    except OSError as error:
        if error.errno != EADDRINUSE:
            return [_cannot_listen(settings, error)]
    here = await _listener_row(settings)
    return [here] if here.is_wrong else [here, await _public_row(settings)]


@asynccontextmanager
async def _standing_in(settings: Settings) -> AsyncIterator[None]:
    """Listens on HOST and PORT and answers test events while the context lasts. Raises OSError when it can't listen."""
    app = web.Application()
    SelfCheck(_addresses(settings, None)).register(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        yield
    finally:
        await runner.cleanup()


async def _listener_row(settings: Settings) -> Row:
    """Whether the process that listens on HOST and PORT is the bot."""
    host = _EVERYWHERE.get(settings.host, settings.host)
    trouble = await _trouble(_addresses(settings, f"http://{host}:{settings.port}"))
    if trouble is None:
        return Row("HOST and PORT", "right", f"the bot is running on {_place(settings)}")
    found = f"something else listens on {_place(settings)}, or a bot with other secrets ({trouble})"
    return Row("HOST and PORT", "wrong", found, "stop it, start the bot again with these settings, or set another PORT")


async def _public_row(settings: Settings) -> Row:
    if settings.public_url is None:
        found = f"not set: the bot asks AI Studios every {settings.poll_seconds:g} s instead of getting webhooks"
        return Row("PUBLIC_URL", "note", found)
    trouble = await _trouble(_addresses(settings, settings.public_url))
    if trouble is None:
        return Row("PUBLIC_URL", "right", f"{settings.public_url} leads to this bot")
    fix = f"make it lead to port {settings.port} of this machine (reverse proxy, tunnel, firewall), without a redirect"
    return Row("PUBLIC_URL", "wrong", f"{settings.public_url} does not lead to this bot: {trouble}", fix)


async def _trouble(addresses: WebhookAddresses) -> str | None:
    """The reason why the bot does not answer at these addresses; None when it answers."""
    nonce = secrets.token_hex(16)
    try:
        status, location, body = await _sent(addresses.url(SELF_CHECK) or "", nonce)
    except (aiohttp.ClientError, TimeoutError) as error:
        return reason(error, SECONDS)
    if hmac.compare_digest(_answer(body).encode(), addresses.answer(nonce).encode()):
        return None
    return f"it redirects to {location}" if location else f"something else answers, with HTTP status {status}"


async def _sent(url: str, nonce: str) -> tuple[int, str | None, bytes]:
    """Sends a test event. Returns the status, the target of a redirect, and the body.

    Redirects are not followed, because AI Studios might not follow them either.
    """
    event = {"progress": 0, "backendTaskId": nonce}
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT) as http,
        http.post(url, json=event, allow_redirects=False, proxy=proxy_for(URL(url))) as answer,
    ):
        is_redirect = 300 <= answer.status < 400
        location = answer.headers.get("Location", "another address").partition("?")[0] if is_redirect else None
        return answer.status, location, await answer.content.read(_LARGEST_ANSWER)


def _answer(body: bytes) -> str:
    try:
        content = json.loads(body)
    except ValueError:
        return ""
    return str(content.get("answer")) if isinstance(content, dict) else ""


def _cannot_listen(settings: Settings, error: OSError) -> Row:
    found = f"the bot can't listen on {_place(settings)}: {os.strerror(error.errno or 0)}"
    return Row("HOST and PORT", "wrong", found, "set HOST to an address of this machine, and PORT to a free port")


def _addresses(settings: Settings, url: str | None) -> WebhookAddresses:
    return WebhookAddresses(settings.webhook_key, url)


def _place(settings: Settings) -> str:
    return f"{settings.host}:{settings.port}"
