"""`avatar-bot check`: what is right, what is wrong, and how to fix it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.fernet import Fernet
from pydantic import SecretStr
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.accounts.vault import Seals, Vault
from bot.aistudios.auth import Credentials
from bot.cli.check.installed_workspaces import workspace_rows
from bot.cli.check.public_url import public_url_rows
from bot.cli.check.services import clock_row, scope_rows, slack_rows, socket_rows, studio_rows
from bot.cli.report import Row
from bot.cli.setup.value_sources import WHERE
from bot.database import closed, opened
from bot.demo.process import free_port
from bot.engine.runtime import Engine
from bot.engine.serializer import JsonSerializer
from bot.settings import Settings, load_what_is_right
from bot.slack.api.installations import Installations
from bot.slack.api.scopes import BOT_SCOPES
from tests.cli.command import Ended, names_in, run
from tests.cli.conftest import Services
from tests.demo.stage import CLIENT_ID, CLIENT_SECRET
from tests.scenarios.scene import quickly_staged

pytestmark = pytest.mark.asyncio(loop_scope="module")


def states(ended: Ended) -> dict[str, str]:
    """The state of each piece in the table, as it comes through a pipe."""
    rows = (line for line in ended.out.splitlines()[1:-1] if not line.startswith(" "))
    pairs = (line.split("  ", 1) for line in rows)
    return {piece: rest.split()[0] for piece, rest in pairs}


def settings(**values: str) -> Settings:
    """Settings with these values, as far as they are right."""
    return load_what_is_right(**{name.lower(): value for name, value in values.items()})[0]


def only(rows: list[Row], piece: str) -> Row:
    """The row of one piece."""
    (row,) = (row for row in rows if row.piece == piece)
    return row


async def test_everything_is_right(services: Services, tmp_path: Path) -> None:
    """Before the first start: exit code 0, a row for each piece and each scope, and the folder stays empty."""
    ended = await run(tmp_path, "check", settings={**services.settings, "SLACK_APP_TOKEN": "xapp-demo-app-token"})
    found = states(ended)
    assert (ended.code, ended.err, set(found.values())) == (0, "", {"right"})
    assert {f"scope {scope}" for scope in BOT_SCOPES} <= found.keys()
    assert "Avatar Works" in ended.out
    assert "7 models and 2 workspaces" in ended.out
    assert names_in(tmp_path) == []


async def test_what_is_wrong_is_said_at_once(services: Services, tmp_path: Path) -> None:
    """Exit code 1; each wrong piece has its way to fix it, the others are looked at, and no secret is shown."""
    wrong = {
        "SLACK_BOT_TOKEN": "xoxb-hush",
        "SLACK_APP_TOKEN": "xapp-hush",
        "AISTUDIOS_USER_KEY": "hush",
        "PORT": "three",
        "WEBHOOK_SECRET": "hush",
        "DATABASE_URL": f"sqlite:///{tmp_path}/letter.txt/bot.db",
    }
    (tmp_path / "letter.txt").touch()
    ended = await run(tmp_path, "check", settings={**services.settings, **wrong})
    found = states(ended)
    broken = {"PORT", "Slack token", "Socket Mode token", "AI Studios credentials", "database"}
    assert (ended.code, {piece for piece, state in found.items() if state == "wrong"}) == (1, broken)
    assert (found["clock"], found["signing secret"], found["PUBLIC_URL"]) == ("right", "right", "note")
    assert found["WEBHOOK_SECRET"] == "note"
    assert sum(line.strip().startswith("→ ") for line in ended.out.splitlines()) == len(broken)
    assert "5 things are wrong" in ended.out
    assert "\x1b" not in ended.out
    assert "hush" not in ended.said


async def test_without_any_settings(tmp_path: Path) -> None:
    """What is needed is named, and nobody is asked in vain; a link to a file that others may read is noted."""
    elsewhere = tmp_path / "shared.env"
    elsewhere.touch()
    elsewhere.chmod(0o640)
    (tmp_path / ".env").symlink_to(elsewhere)
    ended = await run(tmp_path, "check", settings={"PORT": str(free_port())})
    found = states(ended)
    assert ended.code == 1
    assert found["SLACK_BOT_TOKEN"] == found["AISTUDIOS_USER_KEY"] == "wrong"
    assert found["Slack token"] == found["AI Studios credentials"] == found["PUBLIC_URL"] == found[".env"] == "note"
    assert "avatar-bot init" in ended.out
    assert "Traceback" not in ended.said


async def test_beside_the_running_bot(tmp_path: Path) -> None:
    """The bot itself answers, on its port and at its address, and it works on its database."""
    async with quickly_staged(tmp_path) as stage:
        place = {"HOST": "127.0.0.1", "SLACK_BOT_TOKEN": "xoxb-demo-bot-token"}
        chosen = {**place, "SLACK_SIGNING_SECRET": "demo-signing-secret", "PORT": str(stage.bot.port)}
        rows = await public_url_rows(settings(**chosen, PUBLIC_URL=stage.bot.url))
        assert [row.found for row in rows] == [
            f"the bot is running on 127.0.0.1:{stage.bot.port}",
            f"{stage.bot.url} leads to this bot",
        ]
        (row,) = await public_url_rows(settings(**{**chosen, "SLACK_SIGNING_SECRET": "another"}))
        assert row.is_wrong
        assert "other secrets" in row.found


MANY = {"SLACK_BOT_TOKEN": "", "SLACK_CLIENT_ID": CLIENT_ID, "SLACK_CLIENT_SECRET": CLIENT_SECRET}


async def test_for_many_workspaces(services: Services, tmp_path: Path) -> None:
    """Before anybody has installed it: the app's secrets are taken, and each workspace brings its account."""
    lacking = {"AISTUDIOS_APP_ID": "", "AISTUDIOS_USER_KEY": "", "ENCRYPTION_KEY": Fernet.generate_key().decode()}
    ended = await run(tmp_path, "check", settings={**services.settings, **MANY, **lacking})
    found = states(ended)
    assert (ended.code, ended.err, names_in(tmp_path)) == (0, "", [])
    assert found["Slack app"] == found["clock"] == found["installations"] == found["ENCRYPTION_KEY"] == "right"
    assert found["redirect address"] == found["AI Studios credentials"] == "note"
    assert "/slack/oauth_redirect" in ended.out
    assert "not installed yet: people install it at" in ended.out
    assert "scope" not in ended.out


@pytest.mark.parametrize("wrong", ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"])
async def test_an_app_that_slack_does_not_know(services: Services, wrong: str) -> None:
    """Either of the two may be wrong, and is not shown."""
    chosen = {name: value for name, value in (services.settings | MANY).items() if value}
    row = only(await slack_rows(settings(**chosen | {wrong: "hush"})), "Slack app")
    assert row.is_wrong
    assert WHERE[wrong] in row.fix
    assert "hush" not in row.found + row.fix


async def test_what_is_not_for_many_workspaces_is_to_be_left_out(services: Services, tmp_path: Path) -> None:
    """Nobody is told to copy it again."""
    ended = await run(tmp_path, "check", settings={**services.settings, **MANY, "SLACK_BOT_TOKEN": "xoxb-1"})
    assert states(ended)["SLACK_BOT_TOKEN"] == "wrong"
    assert "remove its line from .env" in ended.out
    assert "Bot User OAuth Token" not in ended.out


async def test_installations_and_their_accounts_are_counted(tmp_path: Path) -> None:
    """Of this app, and each workspace once; accounts that the key does not open are named by their workspace."""
    url, old, new = f"sqlite:///{tmp_path}/bot.db", Fernet.generate_key().decode(), Fernet.generate_key().decode()
    await made(url)
    chosen = {"SLACK_SIGNING_SECRET": "s", "PUBLIC_URL": "https://bot.example.com", "DATABASE_URL": url}
    chosen |= {name: value for name, value in MANY.items() if value}
    rows = await workspace_rows(settings(**chosen, ENCRYPTION_KEY=old))
    assert only(rows, "installations").found.startswith("not installed yet")
    database = opened(url)
    for app, team in ((CLIENT_ID, "T1"), (CLIENT_ID, "T1"), (CLIENT_ID, "T2"), ("9.9", "T3")):
        installations = Installations(database, app, AsyncTokenRotator(client_id=app, client_secret="hush"))
        await installations.open()
        await installations.store.async_save(Installation(app_id="A1", team_id=team, user_id="U1"))
    vault = Vault(database, Seals([old]))
    await vault.prepare()
    await vault.connect("T2", "U1", Credentials(app_id="a", user_key=SecretStr("hush")))
    await closed(database)
    rows = await workspace_rows(settings(**chosen, ENCRYPTION_KEY=f"{new},{old}"))
    assert only(rows, "installations").found.startswith("in 2 workspaces")
    assert only(rows, "ENCRYPTION_KEY").found == "decrypts the AI Studios accounts of 1 workspace"
    row = only(await workspace_rows(settings(**chosen, ENCRYPTION_KEY=new)), "ENCRYPTION_KEY")
    assert (row.is_wrong, row.found) == (True, "cannot decrypt the accounts of T2")
    assert "admins connect the accounts again" in row.fix


async def made(url: str) -> None:
    """A database on which a bot was started once."""
    engine = Engine(url, JsonSerializer(()))
    await engine.launch()
    await engine.stop()


async def test_a_scope_that_is_not_granted() -> None:
    """It is named, with what it is for and where to add it; scopes beyond the bot's do no harm."""
    rows = scope_rows("channels:manage, " + ",".join(scope for scope in BOT_SCOPES if scope != "files:write"))
    (row,) = (row for row in rows if row.is_wrong)
    assert row.piece == "scope files:write"
    assert BOT_SCOPES["files:write"] in row.found
    assert "https://api.slack.com/apps" in row.fix


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(0, "within"), (-59, "within"), (61, "61 s ahead of Slack's"), (-400, "400 s behind Slack's")],
)
async def test_the_clock(ahead: int, said: str) -> None:
    """More than a minute between the clocks is wrong, in either direction."""
    slacks = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    row = clock_row(format_datetime(slacks, usegmt=True), (slacks + timedelta(seconds=ahead)).timestamp())
    assert said in row.found
    assert row.is_wrong is (abs(ahead) > 60)


async def test_services_that_do_not_answer() -> None:
    """A refused connection is told for each service, with its address."""
    nobody = "http://127.0.0.1:1"
    chosen = settings(
        SLACK_BOT_TOKEN="xoxb-1",
        SLACK_APP_TOKEN="xapp-1",
        AISTUDIOS_APP_ID="a",
        AISTUDIOS_USER_KEY="k",
        SLACK_API_URL=nobody,
        AISTUDIOS_BASE_URL=nobody,
    )
    for look in (slack_rows, socket_rows, studio_rows):
        (row,) = await look(chosen)
        assert row.is_wrong
        assert nobody in row.found + row.fix


async def test_slack_has_trouble(services: Services) -> None:
    """An answer that is no refusal asks for patience, not for another token."""
    services.slack.faults.add("auth.test", status=503)
    row = only(await slack_rows(settings(**services.settings)), "Slack token")
    assert "Slack gave no usable answer" in row.found
    assert "try again later" in row.fix


@asynccontextmanager
async def stranger(answer: web.Response) -> AsyncIterator[str]:
    """A server that is no bot; gives its address."""

    async def handle(_: web.Request) -> web.Response:
        return answer

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def with_secrets(**values: str) -> Settings:
    return settings(SLACK_SIGNING_SECRET="s", HOST="127.0.0.1", **values)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (web.Response(text='{"answer": "yes", "ok": true}'), "something else answers, with HTTP status 200"),
        (web.Response(status=404), "something else answers, with HTTP status 404"),
        (
            web.Response(status=301, headers={"Location": "https://www.example.com/?token=hush"}),
            "it redirects to https://www.example.com/",
        ),
    ],
)
async def test_a_public_address_that_leads_elsewhere(answer: web.Response, said: str) -> None:
    """Whatever a stranger answers, it is not taken for the bot, and a redirect is not followed."""
    async with stranger(answer) as address:
        row = only(await public_url_rows(with_secrets(PORT=str(free_port()), PUBLIC_URL=address)), "PUBLIC_URL")
    assert row.is_wrong
    assert row.found.endswith(said)
    assert "port" in row.fix


async def test_a_public_address_with_nobody_behind_it() -> None:
    """A refused connection and a name that does not exist are told apart."""
    for address, said in (
        ("http://127.0.0.1:1", "Connection refused"),
        ("https://bot.invalid", "its name is not found"),
    ):
        row = only(await public_url_rows(with_secrets(PORT=str(free_port()), PUBLIC_URL=address)), "PUBLIC_URL")
        assert row.found.endswith(said)


async def test_a_place_that_is_taken_or_not_there() -> None:
    """Where the bot can't listen, it is said why."""
    async with stranger(web.Response()) as address:
        (row,) = await public_url_rows(with_secrets(PORT=address.rpartition(":")[2]))
        assert "something else listens" in row.found
    (row,) = await public_url_rows(settings(SLACK_SIGNING_SECRET="s", HOST="203.0.113.5", PORT=str(free_port())))
    assert "can't listen on 203.0.113.5" in row.found
