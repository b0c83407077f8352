"""What AI Studios' answers to a submission become."""

from __future__ import annotations

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.accounts.accounts import Accounts
from bot.accounts.vendor import Upstream
from bot.aistudios.auth import ReadyToken
from bot.aistudios.client import AIStudiosClient
from bot.exports.models import Submission
from tests.slack.oracle import request


async def submitted(retry_after: str) -> Submission:
    """What a submission becomes that AI Studios turns away for so long."""

    async def busy(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": retry_after})

    async def nobody_else(*_: object) -> bool:
        return False

    app = web.Application()
    app.router.add_post("/{path:.*}", busy)
    async with TestServer(app) as server, httpx.AsyncClient() as http:
        client = AIStudiosClient(http, base_url=str(server.make_url("")), tokens=ReadyToken(SecretStr("token")))
        accounts = Accounts(lambda _: client, client)
        return await Upstream(accounts, "https://app.example.com", lambda _: None, nobody_else).submit("V1", request())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ("600", 600.0),
        ("999999999", 600.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 600.0),
        ("inf", 0.0),
        ("nan", 0.0),
        ("-5", 0.0),
    ],
)
async def test_an_export_rests_ten_minutes_at_most(header: str, seconds: float) -> None:
    """Whatever AI Studios asks for, the next try comes while a person may still be waiting."""
    submission = await submitted(header)
    assert (submission.result, submission.retry_after) == ("later", seconds)
