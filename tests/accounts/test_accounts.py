"""Whose AI Studios account is used for what, asked of a local AI Studios that has three of them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.accounts import connected_accounts, open_accounts
from bot.accounts.account import Account
from bot.accounts.accounts import AccountGone, Accounts
from bot.accounts.models import Credentials
from bot.accounts.vault import Seals, Vault
from bot.aistudios.auth import TokenCache
from bot.aistudios.client import AIStudiosClient
from bot.aistudios.errors import Transient
from bot.database import closed, opened
from bot.demo.aistudios import Account as Customer
from bot.demo.aistudios import DemoModel, LocalAIStudios
from bot.demo.video import short_video
from bot.exports.ports import NoAccount
from tests.scenarios.scene import until_true

KEY = Fernet.generate_key().decode()
OPERATORS = Credentials(app_id="app-operator", user_key=SecretStr("hush-operator"))
ANAS = Credentials(app_id="app-of-ana-0001", user_key=SecretStr("hush-ana"))
BENS = Credentials(app_id="app-of-ben-0002", user_key=SecretStr("hush-ben"))
MODELS = {"app-of-ana-0001": "ANASMODEL01", "app-of-ben-0002": "BENSMODEL02"}

Bot = Callable[..., Accounts]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is read all the time."""
    monkeypatch.setattr(connected_accounts, "READ_SECONDS", 0.02)


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[LocalAIStudios]:
    """The operator's account with the usual avatars, and Ana's and Ben's with one of their own each."""
    customers = [
        Customer(keys.app_id, keys.user_key.get_secret_value(), models=[DemoModel(MODELS[keys.app_id], "Own", "우리")])
        for keys in (ANAS, BENS)
    ]
    local = LocalAIStudios(
        app_id=OPERATORS.app_id,
        user_key=OPERATORS.user_key.get_secret_value(),
        accounts=customers,
        videos=tmp_path / "videos",
        render=short_video,
    )
    async with local as studio:
        yield studio


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """What the replicas share."""
    database = opened(f"sqlite:///{tmp_path}/bot.db")
    yield database
    await closed(database)


@pytest.fixture
async def replica(studio: LocalAIStudios, database: AsyncEngine) -> AsyncIterator[Bot]:
    """Makes the accounts of one more process, not opened yet."""
    made: list[Accounts] = []
    async with httpx.AsyncClient() as http:

        def client_of(credentials: Credentials) -> AIStudiosClient:
            tokens = TokenCache(http, base_url=studio.base_url, credentials=credentials)
            return AIStudiosClient(http, base_url=studio.base_url, tokens=tokens)

        def make(*, operators: bool = True, key: str | None = KEY, keep_seconds: float = 1000.0) -> Accounts:
            vault = Vault(database, Seals([key])) if key else None
            made.append(
                Accounts(client_of, client_of(OPERATORS) if operators else None, vault, keep_seconds=keep_seconds)
            )
            return made[-1]

        yield make
        for accounts in made:
            await accounts.stop()


@pytest.fixture
async def accounts(replica: Bot) -> Accounts:
    """A process that serves."""
    accounts = replica()
    await accounts.open()
    return accounts


def current(accounts: Accounts, team_id: str) -> Account:
    """The account that a workspace uses."""
    return accounts.required_of(team_id)


async def listed(account: Account) -> list[str]:
    """The ids of the avatars that the type-ahead finds."""
    return [model.id for model in await account.avatars.search("", most=100, within=30)]


async def test_each_workspace_sees_its_own_avatars(accounts: Accounts) -> None:
    """Two workspaces with accounts of their own, and one without: nobody finds another's avatar."""
    await accounts.connect("T-ANA", "U1", ANAS)
    await accounts.connect("T-BEN", "U1", BENS)
    assert await listed(current(accounts, "T-ANA")) == ["ANASMODEL01"]
    assert await listed(current(accounts, "T-BEN")) == ["BENSMODEL02"]
    assert not {"ANASMODEL01", "BENSMODEL02"} & set(await listed(current(accounts, "T-ELSE")))


async def test_without_any_account_nothing_can_be_made(replica: Bot) -> None:
    """Where the operator has none, a workspace has none until it connects one, and none again afterwards."""
    accounts = replica(operators=False)
    await accounts.open()
    for _ in range(2):
        assert accounts.of("T-ANA") is None
        with pytest.raises(NoAccount):
            accounts.required_of("T-ANA")
        await accounts.connect("T-ANA", "U1", ANAS)
        assert current(accounts, "T-ANA").id
        await accounts.disconnect("T-ANA")
    with pytest.raises(AccountGone):
        await accounts.by_id(None, "T-ANA")


async def test_an_export_keeps_the_account_that_it_was_accepted_with(accounts: Accounts) -> None:
    """A replaced and a disconnected account are still there for what they have accepted; new videos use the new one."""
    await accounts.connect("T-ANA", "U1", ANAS)
    first = current(accounts, "T-ANA")
    await accounts.connect("T-ANA", "U1", BENS)
    second = current(accounts, "T-ANA")
    await accounts.disconnect("T-ANA")
    assert current(accounts, "T-ANA").id is None
    for earlier in (first, second):
        assert (await accounts.by_id(earlier.id, "T-ANA")).app_id_end == earlier.app_id_end
    assert [first.app_id_end, second.app_id_end] == ["0001", "0002"]


async def test_another_workspace_never_gets_it(accounts: Accounts) -> None:
    """Who names an account's id in another workspace gets nothing."""
    await accounts.connect("T-ANA", "U1", ANAS)
    with pytest.raises(AccountGone):
        await accounts.by_id(current(accounts, "T-ANA").id, "T-BEN")


async def test_a_forgotten_account_is_gone_at_once(accounts: Accounts) -> None:
    """After an uninstall nothing is left, also of what had ended before."""
    await accounts.connect("T-ANA", "U1", ANAS)
    ids = [current(accounts, "T-ANA").id]
    await accounts.connect("T-ANA", "U1", BENS)
    ids.append(current(accounts, "T-ANA").id)
    await accounts.forget("T-ANA")
    assert current(accounts, "T-ANA").id is None
    for account_id in ids:
        with pytest.raises(AccountGone):
            await accounts.by_id(account_id, "T-ANA")


async def test_another_replica_hears_of_it(replica: Bot, accounts: Accounts) -> None:
    """What one process connects and disconnects, another one uses soon; an export's account is found at once."""
    other = replica()
    await other.open()
    await accounts.connect("T-ANA", "U1", ANAS)
    account_id = current(accounts, "T-ANA").id
    assert (await other.by_id(account_id, "T-ANA")).app_id_end == "0001"

    async def uses(expected: str | None) -> bool:
        return current(other, "T-ANA").id == expected

    await until_true(lambda: uses(account_id), what="the account at the other replica")
    await accounts.disconnect("T-ANA")
    await until_true(lambda: uses(None), what="its end at the other replica")


async def test_an_ended_account_is_deleted_in_time(replica: Bot, database: AsyncEngine) -> None:
    """Once no export can need it, its keys are no longer kept."""
    accounts = replica(keep_seconds=0.0)
    await accounts.open()
    await accounts.connect("T-ANA", "U1", ANAS)
    await accounts.disconnect("T-ANA")
    vault = Vault(database, Seals([KEY]))

    async def is_empty() -> bool:
        return await vault.rows() == []

    await until_true(is_empty, what="an empty table")


async def test_keys_that_no_longer_open(replica: Bot, accounts: Accounts, caplog: pytest.LogCaptureFixture) -> None:
    """With another ENCRYPTION_KEY no videos are made, not on the operator's either; it is logged once, exports wait."""
    await accounts.connect("T-ANA", "U1", ANAS)
    account_id = current(accounts, "T-ANA").id
    other = replica(key=Fernet.generate_key().decode())
    await other.open()
    assert other.of("T-ANA") is None
    shown = other.connection("T-ANA")
    assert shown
    assert (shown.kind, shown.is_unreadable) == ("none", True)
    with pytest.raises(Transient):
        await other.by_id(account_id, "T-ANA")
    assert [one.levelno for one in caplog.records if "decrypted with ENCRYPTION_KEY" in one.message] == [logging.ERROR]


async def test_without_a_key_nothing_is_connected(replica: Bot, accounts: Accounts) -> None:
    """Where ENCRYPTION_KEY is not set (any more), everybody uses the operator's, and earlier exports wait for it."""
    await accounts.connect("T-ANA", "U1", ANAS)
    other = replica(key=None)
    await other.open()
    assert other.connection("T-ANA") is None
    assert current(other, "T-ANA").id is None
    with pytest.raises(Transient):
        await other.by_id(current(accounts, "T-ANA").id, "T-ANA")


async def test_a_database_that_is_away_changes_nothing(
    accounts: Accounts, database: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    """Accounts that were read before stay in use; others cannot be looked up, and the log says so once."""
    await accounts.connect("T-ANA", "U1", ANAS)
    own = current(accounts, "T-ANA").id
    async with database.begin() as connection:
        await connection.execute(text("ALTER TABLE avatar_bot_accounts RENAME TO elsewhere"))

    async def is_logged() -> bool:
        return "could not be read" in caplog.text

    await until_true(is_logged, what="a line in the log")
    assert current(accounts, "T-ANA").id == own
    with pytest.raises(Transient):
        await accounts.by_id("never-heard-of", "T-ANA")
    assert caplog.text.count("could not be read") == 1
    assert "SELECT" not in caplog.text


@pytest.fixture
def closed_accounts(monkeypatch: pytest.MonkeyPatch) -> list[Account]:
    """The accounts whose lists are refreshed no longer."""
    closed_ones: list[Account] = []
    close = Account.close

    async def recorded(account: Account) -> None:
        await close(account)
        closed_ones.append(account)

    monkeypatch.setattr(Account, "close", recorded)
    return closed_ones


async def until_closed(account: Account, closed_accounts: list[Account]) -> None:
    """Waits for the account's end."""

    async def is_closed() -> bool:
        return account in closed_accounts

    await until_true(is_closed, what="an account that is closed")


async def test_only_some_are_kept_open(
    replica: Bot, closed_accounts: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many workspaces there are, those that were used last are open; the others are opened when needed."""
    monkeypatch.setattr(open_accounts, "MOST_OPEN", 2)
    accounts = replica()
    await accounts.open()
    teams = [f"T{number}" for number in range(4)]
    for team_id in teams:
        await accounts.connect(team_id, "U1", ANAS)
    first = current(accounts, "T0")
    assert current(accounts, "T0") is first
    for team_id in teams[1:]:
        current(accounts, team_id)
    await until_closed(first, closed_accounts)
    again = current(accounts, "T0")
    assert again is not first
    assert again.id == first.id
    assert await listed(again) == ["ANASMODEL01"]


async def test_an_account_that_nobody_uses_is_closed(
    replica: Bot, closed_accounts: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lists are refreshed no longer after a while; used again, it is opened anew."""
    monkeypatch.setattr(open_accounts, "IDLE_SECONDS", 0.05)
    accounts = replica()
    await accounts.open()
    await accounts.connect("T-ANA", "U1", ANAS)
    first = current(accounts, "T-ANA")
    await until_closed(first, closed_accounts)
    assert current(accounts, "T-ANA") is not first


async def test_a_deleted_account_is_closed(accounts: Accounts, closed_accounts: list[Account]) -> None:
    """Nothing is asked any more with keys that are gone."""
    await accounts.connect("T-ANA", "U1", ANAS)
    first = current(accounts, "T-ANA")
    await accounts.forget("T-ANA")
    await until_closed(first, closed_accounts)


WRONG = Credentials(app_id=ANAS.app_id, user_key=SecretStr("hush-wrong"))


async def test_credentials_are_checked(accounts: Accounts, studio: LocalAIStudios) -> None:
    """AI Studios' own answer counts; when it is late or an error, the check is unsure."""
    assert await accounts.check(ANAS, within=30) == "accepted"
    assert await accounts.check(WRONG, within=30) == "refused"
    studio.faults.add("/auth/token", status=500)
    assert await accounts.check(ANAS, within=30) == "unsure"
    studio.faults.add("/auth/token", delay=2.0)
    assert await accounts.check(ANAS, within=0.1) == "unsure"


async def test_what_a_workspace_is_shown(accounts: Accounts) -> None:
    """The end of the app id, who connected it and when, and how many avatars there are; never a key."""
    await accounts.connect("T-ANA", "U0ANA0001", ANAS)
    await listed(current(accounts, "T-ANA"))
    shown = accounts.connection("T-ANA")
    assert shown
    assert shown.connected_at
    assert (shown.kind, shown.app_id_end, shown.connected_by, shown.avatars) == ("own", "0001", "U0ANA0001", 1)
    assert "hush" not in repr(shown)
    assert ANAS.app_id not in repr(shown)


async def test_no_secret_is_logged(accounts: Accounts, caplog: pytest.LogCaptureFixture) -> None:
    """At the lowest level, too, neither key nor app id is in the log of ours."""
    with caplog.at_level(logging.DEBUG, "bot"):
        await accounts.connect("T-ANA", "U1", WRONG)
        assert await accounts.check(WRONG, within=30) == "refused"
        await current(accounts, "T-ANA").avatars.loaded(within=0.2)
        await accounts.disconnect("T-ANA")
    assert "T-ANA" in caplog.text
    assert "hush" not in caplog.text
    assert ANAS.app_id not in caplog.text
