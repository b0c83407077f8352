"""Fetching an uploaded script: only from Slack, only so much, and once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import Requester
from bot.scripts.accepted_files import MOST_BYTES, UnreadableScript
from bot.slack.api.uploads import MOST_REMEMBERED, NotFetched, StillReading, UploadedScripts, is_slacks

OWNER = "U0OWNER01"
ASKING = Requester(team_id="T1", user_id=OWNER, locale="en-US")
TOKEN = "xoxb-of-the-bot"
PATIENCE = 20.0


class FileHost:
    """A Slack that knows any file: what files.info says of it, and what lies at its address."""

    def __init__(self) -> None:
        self.info: dict[str, Any] = {}
        self.answer: dict[str, Any] = {"body": b"Hello."}
        self.open = asyncio.Event()
        self.open.set()
        self.fetched: list[str] = []
        self.told_tokens: list[str] = []
        self.address = ""

    async def files_info(self, request: web.Request) -> web.Response:
        """Any file is the owner's script of a few bytes, unless the test says otherwise."""
        file_id = request.query["file"]
        url = f"{self.address}/files/{file_id}"
        file = {"id": file_id, "user": OWNER, "name": "script.txt", "size": 6, "url_private": url}
        return web.json_response({"ok": True, "file": file | self.info})

    async def content(self, request: web.Request) -> web.StreamResponse:
        """The bytes, or what the test says, once the test lets them go."""
        self.fetched.append(request.match_info["file_id"])
        self.told_tokens.append(request.headers["Authorization"])
        await self.open.wait()
        return web.Response(**self.answer)


@pytest.fixture
async def host() -> AsyncIterator[FileHost]:
    """A Slack to fetch from."""
    host, app = FileHost(), web.Application()
    app.router.add_get("/api/files.info", host.files_info)
    app.router.add_get("/files/{file_id}", host.content)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield host
    host.open.set()
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """The session that everything goes over."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def scripts(http: aiohttp.ClientSession) -> UploadedScripts:
    """A reader that has read nothing yet."""
    return UploadedScripts(http)


@pytest.fixture
def client(host: FileHost, http: aiohttp.ClientSession) -> AsyncWebClient:
    """The bot's client."""
    return AsyncWebClient(token=TOKEN, base_url=f"{host.address}/api/", session=http, retry_handlers=[])


async def test_a_script_is_fetched_with_the_bots_token(
    host: FileHost, client: AsyncWebClient, scripts: UploadedScripts
) -> None:
    """The words in the file come back."""
    assert await scripts.read(client, "F1", ASKING, within=PATIENCE) == "Hello."
    assert host.told_tokens == [f"Bearer {TOKEN}"]


async def test_a_file_is_read_once(host: FileHost, client: AsyncWebClient, scripts: UploadedScripts) -> None:
    """The next press has the words at once, also when the reading took longer than the first press could wait."""
    host.open.clear()
    with pytest.raises(StillReading):
        await scripts.read(client, "F1", ASKING, within=0.01)
    host.open.set()
    assert await scripts.read(client, "F1", ASKING, within=PATIENCE) == "Hello."
    assert await scripts.read(client, "F1", ASKING, within=PATIENCE) == "Hello."
    assert host.fetched == ["F1"]


@pytest.mark.parametrize(
    "answer",
    [
        {"body": b"<html>Sign in</html>", "content_type": "text/html"},
        {"status": 302, "headers": {"Location": "/login"}},
        {"status": 403},
        {"status": 500},
    ],
)
async def test_what_is_not_the_file_is_not_read(
    host: FileHost, client: AsyncWebClient, scripts: UploadedScripts, answer: dict[str, Any]
) -> None:
    """A login page is no script; the next press tries again."""
    host.answer = answer
    with pytest.raises(NotFetched):
        await scripts.read(client, "F1", ASKING, within=PATIENCE)
    host.answer = {"body": b"Hello."}
    assert await scripts.read(client, "F1", ASKING, within=PATIENCE) == "Hello."


@pytest.mark.parametrize(
    "info",
    [
        {"user": "U0STRANGE"},
        {"user": None},
        {"url_private": "https://evil.example/files/F1"},
        {"url_private": "https://[broken"},
        {"url_private": ""},
    ],
)
async def test_nothing_is_fetched_from_elsewhere_or_from_others(
    host: FileHost, client: AsyncWebClient, scripts: UploadedScripts, info: dict[str, Any]
) -> None:
    """Another person's file is not read, and the bot's token goes to no other host than Slack's."""
    host.info = info
    with pytest.raises(NotFetched):
        await scripts.read(client, "F1", ASKING, within=PATIENCE)
    assert host.fetched == []


@pytest.mark.parametrize(
    ("info", "reason"), [({"size": MOST_BYTES + 1}, "too_large"), ({"name": "picture.png"}, "kind")]
)
async def test_what_cannot_be_a_script_is_not_fetched(
    host: FileHost, client: AsyncWebClient, scripts: UploadedScripts, info: dict[str, Any], reason: str
) -> None:
    """Size and kind are known before."""
    host.info = info
    with pytest.raises(UnreadableScript) as refused:
        await scripts.read(client, "F1", ASKING, within=PATIENCE)
    assert (refused.value.reason, host.fetched) == (reason, [])


async def test_a_file_larger_than_it_says_is_not_read(
    host: FileHost, client: AsyncWebClient, scripts: UploadedScripts
) -> None:
    """The bound holds for what comes, whatever was announced."""
    host.answer = {"body": b"x" * (MOST_BYTES + 1)}
    with pytest.raises(UnreadableScript) as refused:
        await scripts.read(client, "F1", ASKING, within=PATIENCE)
    assert refused.value.reason == "too_large"


async def test_a_file_that_broke_off_is_not_read(
    client: AsyncWebClient, host: FileHost, scripts: UploadedScripts
) -> None:
    """A connection that is refused is no error of the form's."""
    host.info = {"url_private": "http://127.0.0.1:1/files/F1"}
    with pytest.raises(NotFetched):
        await scripts.read(client, "F1", ASKING, within=PATIENCE)


async def test_what_is_remembered_is_bounded(host: FileHost, client: AsyncWebClient, scripts: UploadedScripts) -> None:
    """Of very many files the first are forgotten, and would be read again."""
    for number in range(MOST_REMEMBERED + 1):
        await scripts.read(client, f"F{number}", ASKING, within=PATIENCE)
    await scripts.read(client, f"F{MOST_REMEMBERED}", ASKING, within=PATIENCE)
    assert host.fetched.count(f"F{MOST_REMEMBERED}") == 1
    await scripts.read(client, "F0", ASKING, within=PATIENCE)
    assert host.fetched.count("F0") == 2


@pytest.mark.parametrize(
    ("address", "api", "is_theirs"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.txt", "https://slack.com/api/", True),
        ("https://files.slack-gov.com/files-pri/T1-F1/a.txt", "https://slack-gov.com/api/", True),
        ("https://slack.com/a.txt", "https://slack.com/api/", True),
        ("http://files.slack.com/a.txt", "https://slack.com/api/", False),
        ("https://files.slack.com.evil.example/a.txt", "https://slack.com/api/", False),
        ("https://evilslack.com/a.txt", "https://slack.com/api/", False),
        ("https://slack.com@evil.example/a.txt", "https://slack.com/api/", False),
        ("https:///a.txt", "https://slack.com/api/", False),
        ("", "https://slack.com/api/", False),
    ],
)
def test_slacks_own_addresses(address: str, api: str, is_theirs: bool) -> None:
    """Files lie at the API's host or below it, over the same scheme."""
    assert is_slacks(address, api) is is_theirs


async def test_the_same_ids_in_another_workspace_are_another_file(
    host: FileHost, client: AsyncWebClient, scripts: UploadedScripts
) -> None:
    """What was read for one workspace is not given to another one."""
    for team_id in ("T1", "T2"):
        await scripts.read(client, "F1", ASKING.model_copy(update={"team_id": team_id}), within=PATIENCE)
    assert host.fetched == ["F1", "F1"]
