"""People install the bot by Slack's OAuth: the pages they see, what is kept, and what is left when they remove it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.database import closed, opened
from bot.demo.stage import Stage
from bot.demo.video import short_video
from bot.slack.api.installations import Installations
from tests.demo.slack.install.browser import Browser, Page, browser_of
from tests.demo.slack.install.worlds import further_world
from tests.demo.stage import CLIENT_SECRET, staged_for_many
from tests.scenarios.scene import ANA, GENERAL, make_video, open_form, until_true

GREEN = "T0GREEN01"
HERE = "T0AVATARS"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Rows:
    """What the database holds of installations."""

    file: Path

    def of(self, team_id: str) -> list[tuple[object, ...]]:
        """A workspace's, of both tables."""
        with closing(sqlite3.connect(self.file)) as database:
            bots = database.execute("SELECT * FROM slack_bots WHERE team_id = ?", [team_id])
            people = database.execute("SELECT * FROM slack_installations WHERE team_id = ?", [team_id])
            return [*bots, *people]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot for many workspaces that is installed nowhere yet; each test that installs it removes it."""
    slack = {"time_scale": 60, "teams": [further_world(GREEN, "Green")]}
    studio = {"render": short_video, "render_seconds": 0.5}
    async with staged_for_many(tmp_path_factory.mktemp("stage"), slack=slack, studio=studio) as ready:
        yield ready


@pytest_asyncio.fixture(loop_scope="module")
async def browser(stage: Stage) -> AsyncIterator[Browser]:
    """Ana's, signed in to her workspace."""
    async with browser_of(stage.slack, ANA, HERE) as browser:
        yield browser


@pytest.fixture
def rows(stage: Stage) -> Rows:
    """The database's."""
    return Rows(stage.folder / "avatar-bot.db")


def install_url(stage: Stage) -> str:
    return f"{stage.bot.url}/slack/install"


def exchanges(stage: Stage) -> int:
    """How often a code was exchanged for a token."""
    return len(stage.slack.calls_to("oauth.v2.access"))


def brought_back(page: Page) -> Mapping[str, list[str]]:
    """What Slack sent the person back with."""
    return parse_qs(urlsplit(page.url).query)


async def test_whoever_installs_the_bot_can_use_it_at_once(stage: Stage, browser: Browser, script: str) -> None:
    """The page says so, and a video is made, over the workspace's own token."""
    page = await browser.install(install_url(stage))
    assert (page.status, "Avatar Bot is installed" in page.text) == (200, True)
    await make_video(stage, script=script)
    await stage.slack.uninstall(HERE)


async def test_where_each_workspace_brings_its_account_that_is_the_next_step(tmp_path: Path) -> None:
    """Without an AI Studios account of the operator's, whoever has installed the bot is told where to connect one."""
    settings = {"AISTUDIOS_APP_ID": None, "AISTUDIOS_USER_KEY": None}
    async with staged_for_many(tmp_path, settings=settings) as stage:
        async with browser_of(stage.slack, ANA, HERE) as browser:
            page = await browser.install(install_url(stage))
        assert "a workspace admin connects your AI Studios account" in page.text


async def test_the_pages_are_kept_by_nobody(stage: Stage, browser: Browser) -> None:
    """The address at the end holds Slack's code; no cache, no frame and no other site gets anything of it."""
    for page in (await browser.open(install_url(stage)), await browser.install(install_url(stage))):
        assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    await stage.slack.uninstall(HERE)


async def test_a_korean_browser_gets_korean_pages(stage: Stage) -> None:
    """The language is the one that the browser asks for first."""
    async with aiohttp.ClientSession() as http:
        asked = http.get(install_url(stage), headers={"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"})
        async with asked as answer:
            assert "Slack에 추가하기" in await answer.text()


async def test_whoever_cancels_is_told_that_nothing_was_installed(stage: Stage, browser: Browser, rows: Rows) -> None:
    """And nothing was."""
    before = exchanges(stage)
    page = await browser.deny(await browser.consent(install_url(stage)))
    assert (page.status, "Nothing was installed" in page.text) == (200, True)
    assert (exchanges(stage), rows.of(HERE)) == (before, [])


async def test_a_link_that_was_used_is_old(stage: Stage, browser: Browser) -> None:
    """Its state counts once, whatever became of it."""
    page = await browser.install(install_url(stage))
    before = exchanges(stage)
    again = await browser.open(page.url)
    assert (again.status, "started in another browser" in again.text, exchanges(stage)) == (401, True, before)
    await stage.slack.uninstall(HERE)


async def test_a_link_counts_in_the_browser_that_began(stage: Stage, browser: Browser) -> None:
    """Whoever is sent somebody else's link installs nothing by it."""
    consent = await browser.consent(install_url(stage))
    before = exchanges(stage)
    async with browser_of(stage.slack, ANA, GREEN) as another:
        page = await another.allow(await another.open(consent.url))
    assert (page.status, "started in another browser" in page.text, exchanges(stage)) == (400, True, before)


@pytest.mark.parametrize("query", ["", "?code=1.2.3", "?code=1.2.3&state=", "?state=x&code=y", "?error=%3Cscript%3E"])
async def test_a_made_up_return_installs_nothing(stage: Stage, browser: Browser, query: str) -> None:
    """The answer is a page in plain words, which quotes nothing of what was sent."""
    before = exchanges(stage)
    page = await browser.open(f"{stage.bot.url}/slack/oauth_redirect{query}")
    assert "Start again" in page.text
    assert "script>" not in page.text
    assert exchanges(stage) == before


async def test_strangers_cannot_change_what_slack_is_asked(stage: Stage, browser: Browser) -> None:
    """What stands behind the install page's address does not reach Slack's."""
    page = await browser.consent(f"{install_url(stage)}?team=T1%26scope%3Dadmin%26redirect_uri%3Dhttps://evil.example")
    asked = brought_back(page)
    assert (asked["redirect_uri"], "team" in asked) == ([f"{stage.bot.url}/slack/oauth_redirect"], False)
    assert "admin" not in asked["scope"][0]


async def test_a_flood_of_made_up_returns_does_not_fill_the_log(stage: Stage, browser: Browser) -> None:
    """An operator reads why installations fail; what strangers make up is told of a few times, and on one line each."""
    for number in range(50):
        await browser.open(f"{stage.bot.url}/slack/oauth_redirect?error=made_up{number}%0Amade_up&state=x")
    told = [line for line in stage.bot.log.read_text().splitlines() if "made_up" in line]
    assert 0 < len(told) < 20
    assert all("was not finished" in line for line in told)


async def test_nobody_else_on_the_machine_reads_what_is_kept(stage: Stage) -> None:
    """The database holds tokens and scripts: the file and those beside it are for the bot's user only."""
    files = list(stage.folder.glob("avatar-bot.db*"))
    assert len(files) > 1
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []


async def test_a_refusal_of_slacks_shows_no_details(stage: Stage, browser: Browser, rows: Rows) -> None:
    """The person is asked to try again; what Slack said is in the log, for whoever runs the bot."""
    stage.slack.faults.add("oauth.v2.access", error="bad_client_secret")
    page = await browser.install(install_url(stage))
    assert "couldn't be installed just now" in page.text
    assert "bad_client_secret" not in page.text
    assert "bad_client_secret" in stage.bot.log.read_text()
    assert rows.of(HERE) == []


async def test_nothing_secret_is_logged(stage: Stage, browser: Browser) -> None:
    """No token, no code, no state and no client secret, also of what fails."""
    installed = await browser.install(install_url(stage))
    await browser.open(installed.url)
    secrets = [*brought_back(installed)["code"], *brought_back(installed)["state"], CLIENT_SECRET, "xoxb-"]
    assert [secret for secret in secrets if secret in stage.bot.log.read_text()] == []
    await stage.slack.uninstall(HERE)


async def test_nothing_is_left_of_a_workspace_that_removed_the_bot(stage: Stage, browser: Browser, rows: Rows) -> None:
    """Its token is deleted; another workspace's stays, and the bot can come back at once."""
    await browser.install(install_url(stage))
    async with browser_of(stage.slack, ANA, GREEN) as greens:
        await greens.install(install_url(stage))
    await open_form(stage)
    replies = await stage.slack.uninstall(HERE)
    assert [reply.status for reply in replies] == [200, 200]
    assert (rows.of(HERE), len(rows.of(GREEN))) == ([], 2)
    await browser.install(install_url(stage))
    await open_form(stage)
    for team_id in (HERE, GREEN):
        await stage.slack.uninstall(team_id)


async def test_revoked_tokens_are_forgotten(stage: Stage, browser: Browser, rows: Rows) -> None:
    """Without its token the bot can do nothing there, so that the installation is gone as well."""
    await browser.install(install_url(stage))
    await stage.slack.revoke_tokens(HERE)
    assert rows.of(HERE) == []


async def test_an_export_of_a_workspace_that_removed_the_bot_comes_to_its_end(
    stage: Stage, browser: Browser, script: str
) -> None:
    """Its video has nowhere to go. The log says so, and no call is tried again and again."""
    await browser.install(install_url(stage))
    stage.studio.hold()
    await make_video(stage, script=script)
    await stage.slack.uninstall(HERE)
    stage.studio.release()
    await until_true(lambda: _all_ended(stage), what="the end of the export")


async def _all_ended(stage: Stage) -> bool:
    with closing(sqlite3.connect(stage.folder / "avatar-bot.db")) as database:
        (running,) = database.execute("SELECT count(*) FROM workflow_status WHERE status = 'PENDING'").fetchone()
    return bool(running == 0)


async def test_a_command_from_where_the_bot_is_not_installed_is_answered(stage: Stage, browser: Browser) -> None:
    """In plain words, and only to whoever typed it."""
    await browser.install(install_url(stage))
    with closing(sqlite3.connect(stage.folder / "avatar-bot.db")) as database, database:
        database.execute("DELETE FROM slack_bots")
    someone = stage.slack.person(ANA)
    known = len(someone.ephemerals())
    await someone.slash_command("/avatar", "", GENERAL)
    said = await stage.slack.until(lambda: someone.ephemerals()[known:], what="the answer")
    assert "isn't installed" in said[0].text


async def test_strangers_cannot_fill_the_database(stage: Stage, browser: Browser) -> None:
    """Whoever begins again and again is told to come later; that costs no row, and then people can install again."""
    begun, refused = 0, None
    async with aiohttp.ClientSession() as http:
        while refused is None:
            async with http.get(install_url(stage)) as answer:
                begun += answer.status == 200
                refused = answer.headers.get("Retry-After") if answer.status == 429 else None
                page = await answer.text()
    assert "Start again" in page
    assert int(refused) <= 2
    with closing(sqlite3.connect(stage.folder / "avatar-bot.db")) as database:
        (rows,) = database.execute("SELECT count(*) FROM slack_oauth_states").fetchone()
    assert 0 < begun <= rows < 200

    async def is_let_in() -> bool:
        return (await browser.open(install_url(stage))).status == 200

    await until_true(is_let_in, what="the page for installing")


async def test_replicas_share_installations_on_postgres(database_url: str) -> None:
    """Two that start at once on an empty database make its tables, and what one writes down the other has."""
    databases = [opened(database_url) for _ in range(2)]
    rotator = AsyncTokenRotator(client_id="11.22", client_secret="hush")
    first, second = (Installations(database, "11.22", rotator) for database in databases)
    await asyncio.gather(first.open(), second.open())
    installation = Installation(enterprise_id="E1", team_id=HERE, app_id="A1", user_id=ANA, bot_token="xoxb-1")
    await first.store.async_save(installation)
    assert await second.token_of(HERE) == "xoxb-1"
    state = await first.states.async_issue()
    assert [await second.states.async_consume(state) for _ in range(2)] == [True, False]
    assert await second.remove("E1", HERE, before=time.time() + 1)
    assert await first.store.bot_of_team(HERE) is None
    for database in databases:
        await closed(database)
