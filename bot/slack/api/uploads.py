"""Scripts in files that people upload in the form: downloaded from Slack, read, and cached for a few minutes."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from cachetools import TTLCache
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.exports.models import Requester
from bot.proxies import proxy_for
from bot.scripts.accepted_files import FILE_TYPES, MOST_BYTES, UnreadableScript
from bot.scripts.files import read_script
from bot.single_flight import Result, SingleFlight, StillRunning
from bot.slack.api.calls import LOST_ANSWERS

logger = logging.getLogger(__name__)

MOST_REMEMBERED = 50
REMEMBERED_SECONDS = 600.0
# Each may hold a few megabytes and keep a thread busy for a second; the others wait.
MOST_AT_ONCE = 4
_CHUNK = 64 * 1024

# A team's id, a file's and its owner's.
File = tuple[str, str, str]


class StillReading(Exception):
    """The file has not been read in time; reading continues in the background."""


class NotFetched(Exception):
    """Slack did not return the file. The text is the reason, for the log."""


class UploadedScripts:
    """Reads each file once, over an aiohttp session that the caller owns."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._turn = asyncio.Semaphore(MOST_AT_ONCE)
        # That a file holds no script is remembered as well.
        self._scripts = SingleFlight[File, str | UnreadableScript](
            TTLCache[File, Result[str | UnreadableScript]](MOST_REMEMBERED, REMEMBERED_SECONDS)
        )

    async def read(self, client: AsyncWebClient, file_id: str, requester: Requester, *, within: float) -> str:
        """The script in a file that this person uploaded; `client` is the client of their workspace.

        Raises StillReading after `within` seconds, NotFetched, UnreadableScript.
        """
        file = (requester.team_id, file_id, requester.user_id)
        fetch = partial(self._read_in_turn, client, file_id, requester.user_id)
        try:
            script = await self._scripts.call(file, fetch, within=within, fresh=REMEMBERED_SECONDS)
        except StillRunning as late:
            raise StillReading from late
        if isinstance(script, UnreadableScript):
            raise script
        return script

    async def _read_in_turn(self, client: AsyncWebClient, file_id: str, user_id: str) -> str | UnreadableScript:
        async with self._turn:
            try:
                return await self._fetch_and_read(client, file_id, user_id)
            except UnreadableScript as unreadable:
                return unreadable

    async def _fetch_and_read(self, client: AsyncWebClient, file_id: str, user_id: str) -> str:
        try:
            file = (await client.files_info(file=file_id)).get("file") or {}
            content = await self._fetched(client, file, user_id)
        except (SlackApiError, *LOST_ANSWERS, NotFetched) as error:
            logger.info("a script's file could not be fetched: %s", type(error).__name__)
            raise NotFetched from error
        return await asyncio.to_thread(read_script, str(file.get("name") or ""), content)

    async def _fetched(self, client: AsyncWebClient, file: Mapping[str, Any], user_id: str) -> bytes:
        if file.get("user") != user_id:
            raise NotFetched("it is another person's file")
        if not is_script_file(str(file.get("name") or "")):
            raise UnreadableScript("kind")
        if int(file.get("size") or 0) > MOST_BYTES:
            raise UnreadableScript("too_large")
        address = str(file.get("url_private") or "")
        if not is_slacks(address, client.base_url):
            raise NotFetched("it lies elsewhere")
        headers = {"Authorization": f"Bearer {client.token}"}
        proxy = proxy_for(URL(address))
        async with self._http.get(address, headers=headers, allow_redirects=False, proxy=proxy) as response:
            # Whoever may not read it is sent to the login page, which is HTML.
            if response.status != 200 or response.content_type == "text/html":
                raise NotFetched(f"{response.status} {response.content_type}")
            return await _bounded(response)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > MOST_BYTES:
            raise UnreadableScript("too_large")
    return bytes(content)


def is_script_file(name: str) -> bool:
    """Whether the file's extension is one of FILE_TYPES. Other files are not downloaded."""
    return name.rpartition(".")[2].lower() in FILE_TYPES


def is_slacks(address: str, api: str) -> bool:
    """Whether a URL belongs to the Slack of this API. The bot's token is sent to no other host.

    Slack's API is at slack.com (slack-gov.com for governments), its files are at files. of that domain.
    """
    try:
        theirs, ours = urlsplit(address), urlsplit(api)
        hosts = (theirs.hostname or "", ours.hostname or "")
    except ValueError:
        return False
    return theirs.scheme == ours.scheme and (hosts[0] == hosts[1] or hosts[0].endswith(f".{hosts[1]}"))
