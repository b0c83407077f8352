"""Tokens by workspace: found, remembered, renewed in time, and gone when the app is."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.database import closed, opened
from bot.demo.process import free_port
from bot.slack.api.clients import ManyWorkspaces
from bot.slack.api.installations import Installations, TokenUnavailable
from tests.demo.slack.app import client
from tests.demo.slack.install.installing_app import (
    BLUE,
    CLIENT_ID,
    CLIENT_SECRET,
    GRID,
    NORTH,
    RED,
    SOUTH,
    InstallingApp,
    installing,
)

# A token that lives no longer than this is to be renewed at once.
SHORT_LIFE = 7000
NOBODYS = "T0NOBODY1"


class Replica:
    """What one process of the bot knows of the installations in a database that it may share with others."""

    def __init__(self, app: InstallingApp, folder: Path) -> None:
        self.app = app
        self.file = folder / "bot.db"
        self.rotator = AsyncTokenRotator(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, client=client(app.slack, ""))
        self.database = opened(f"sqlite:///{self.file}")
        self.known = Installations(self.database, CLIENT_ID, self.rotator)

    async def install(self, team_id: str, *, for_organisation: bool = False) -> str:
        """Somebody installs the app; gives the token."""
        answer = await self.app.installed(team_id, for_organisation=for_organisation)
        installation = _installation(answer)
        await self.known.store.async_save(installation)
        self.known.installed(installation)
        return str(answer["access_token"])

    async def works(self, team_id: str, enterprise_id: str | None = None) -> bool:
        """Whether Slack takes the token."""
        token = await self.known.token_of(team_id, enterprise_id)
        try:
            await client(self.app.slack, token or "").auth_test()
        except SlackApiError:
            return False
        return True


def _installation(answer: dict[str, Any]) -> Installation:
    team, enterprise = answer["team"] or {}, answer["enterprise"] or {}
    return Installation(
        app_id=answer["app_id"],
        enterprise_id=enterprise.get("id"),
        team_id=team.get("id"),
        bot_token=answer["access_token"],
        bot_id="B1",
        bot_user_id=answer["bot_user_id"],
        bot_scopes=answer["scope"],
        bot_refresh_token=answer.get("refresh_token"),
        bot_token_expires_in=answer.get("expires_in"),
        user_id=answer["authed_user"]["id"],
        is_enterprise_install=answer["is_enterprise_install"],
    )


@asynccontextmanager
async def _nobody_there(replica: Replica) -> AsyncIterator[None]:
    """Nobody answers where the replica renews its tokens."""
    rotators = replica.rotator.client
    rotators.base_url, there = f"http://127.0.0.1:{free_port()}/api/", rotators.base_url
    yield
    rotators.base_url = there


@pytest.fixture
async def replica(tmp_path: Path) -> AsyncIterator[Replica]:
    """One process, before a Slack whose tokens never expire."""
    async with installing(tmp_path) as app:
        replica = Replica(app, tmp_path)
        await replica.known.open()
        yield replica
        await closed(replica.database)


@pytest.fixture
async def replicas(tmp_path: Path) -> AsyncIterator[tuple[Replica, Replica]]:
    """Two processes on one database, before a Slack whose tokens have to be renewed at once."""
    async with installing(tmp_path, token_rotation=True, token_seconds=SHORT_LIFE) as app:
        first, second = Replica(app, tmp_path), Replica(app, tmp_path)
        await first.known.open()
        await second.known.open()
        yield first, second
        await first.known.close()
        await second.known.close()
        await closed(first.database)
        await closed(second.database)


async def test_each_workspace_has_its_own_token(replica: Replica) -> None:
    """One never stands in for another, and where the app is not installed there is none."""
    red, blue = await replica.install(RED), await replica.install(BLUE)
    tokens = [await replica.known.token_of(team) for team in (RED, BLUE, NOBODYS)]
    assert tokens == [red, blue, None]


async def test_an_organisations_installation_is_for_all_of_its_workspaces(replica: Replica) -> None:
    """And for nobody outside of it."""
    token = await replica.install(NORTH, for_organisation=True)
    tokens = [await replica.known.token_of(team, GRID.id) for team in (NORTH, SOUTH)]
    assert tokens == [token, token]
    assert await replica.known.token_of(SOUTH) is None
    assert await replica.known.token_of(RED, "E0OTHER01") is None


async def test_a_workspaces_own_installation_counts_first(replica: Replica) -> None:
    """Also where a payload names no organisation, or that of whoever shares the channel."""
    own = await replica.install(SOUTH)
    organisations = await replica.install(NORTH, for_organisation=True)
    tokens = [await replica.known.token_of(SOUTH, enterprise) for enterprise in (GRID.id, None, "E0OTHER01")]
    assert tokens == [own] * 3
    assert await replica.known.token_of(NORTH, GRID.id) == organisations


async def test_another_replicas_installation_is_seen_at_once(replica: Replica, tmp_path: Path) -> None:
    """That there is no installation is never remembered."""
    other = Replica(replica.app, tmp_path)
    assert await other.known.token_of(RED) is None
    token = await replica.install(RED)
    assert await other.known.token_of(RED) == token
    await closed(other.database)


async def test_what_was_removed_is_gone_at_once(replica: Replica) -> None:
    """No token of the workspace is left in memory or in the database, and another's is as it was."""
    token, blue = await replica.install(RED), await replica.install(BLUE)
    assert await replica.known.token_of(RED) == token
    assert await replica.known.remove(None, RED, before=time.time() + 1)
    assert (await replica.known.token_of(RED), await replica.known.token_of(BLUE)) == (None, blue)
    with closing(sqlite3.connect(replica.file)) as database:
        kept = [*database.execute("SELECT * FROM slack_bots"), *database.execute("SELECT * FROM slack_installations")]
    assert [token in str(kept), blue in str(kept)] == [False, True]


async def test_what_was_installed_since_stays(replica: Replica) -> None:
    """News of an uninstallation that comes late, or again, does not end what came after it."""
    token = await replica.install(RED)
    assert not await replica.known.remove(None, RED, before=time.time() - 60)
    assert await replica.known.token_of(RED) == token


async def test_an_organisations_end_leaves_a_workspaces_own_installation(replica: Replica) -> None:
    """Each is removed by itself."""
    own = await replica.install(SOUTH)
    await replica.install(NORTH, for_organisation=True)
    assert await replica.known.remove(GRID.id, None, before=time.time() + 1)
    assert await replica.known.token_of(NORTH, GRID.id) is None
    assert await replica.known.token_of(SOUTH, GRID.id) == own


async def test_calls_are_refused_where_the_app_is_not_installed(replica: Replica) -> None:
    """As Slack refuses an app that was removed, and without asking it."""
    async with aiohttp.ClientSession() as http:
        clients = ManyWorkspaces(replica.known.token_of, replica.app.slack.api_url.rstrip("/"), http)
        with pytest.raises(SlackApiError) as refused:
            await clients.of(RED).chat_postMessage(channel="C1", text="Hello")
    assert refused.value.response["error"] == "account_inactive"
    assert replica.app.slack.calls == []


async def test_a_token_is_renewed_before_it_expires(replicas: tuple[Replica, Replica]) -> None:
    """The new pair is written down, so that a process that starts later has it."""
    first, second = replicas
    token = await first.install(RED)
    renewed = await first.known.token_of(RED)
    first.app.slack.expire_tokens(RED)
    assert renewed not in (token, None)
    assert await second.works(RED)


async def test_replicas_renew_a_token_side_by_side(replicas: tuple[Replica, Replica], tmp_path: Path) -> None:
    """Slack takes each refresh token once; who comes second has a token that is good, and the next one is kept."""
    await replicas[0].install(RED)
    assert await asyncio.gather(*(replica.works(RED) for replica in replicas for _ in range(5))) == [True] * 10
    replicas[0].app.slack.expire_tokens(RED)
    later = Replica(replicas[0].app, tmp_path)
    assert await later.works(RED)
    await closed(later.database)


async def test_a_token_goes_on_while_it_cannot_be_renewed(
    replicas: tuple[Replica, Replica], caplog: pytest.LogCaptureFixture
) -> None:
    """There are two hours for it; the log says what Slack said, without the tokens."""
    replica = replicas[0]
    token = await replica.install(RED)
    with sqlite3.connect(replica.file) as database:
        database.execute("UPDATE slack_bots SET bot_refresh_token = 'xoxe-1-hush'")
    assert await replica.known.token_of(RED) == token
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert record.getMessage() == f"the token of {RED} is not renewed: invalid_refresh_token"


async def test_an_expired_token_waits_for_slack(replicas: tuple[Replica, Replica]) -> None:
    """While Slack is away it may yet be renewed; then it is, and calls go on."""
    replica = replicas[0]
    await replica.install(RED)
    with sqlite3.connect(replica.file) as database:
        database.execute("UPDATE slack_bots SET bot_token_expires_at = '2020-01-01 00:00:00.000000'")
    replica.app.slack.expire_tokens(RED)
    async with _nobody_there(replica):
        with pytest.raises(TokenUnavailable):
            await replica.known.token_of(RED)
    assert await replica.works(RED)


async def test_a_known_token_needs_no_database(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is locked delays nothing that was known before, and what was not known is told apart from nothing."""
    monkeypatch.setattr("bot.slack.api.installations.FRESH_SECONDS", 0.0)
    token = await replica.install(RED)
    assert await replica.known.token_of(RED) == token
    with closing(sqlite3.connect(replica.file, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        assert await replica.known.token_of(RED) == token
        with pytest.raises(TokenUnavailable):
            await replica.known.token_of(BLUE)
