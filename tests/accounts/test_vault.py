"""Connected accounts in the database: encrypted for one workspace, and readable by no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.accounts.models import Credentials
from bot.accounts.vault import DoesNotOpen, Row, Seals, Vault
from bot.database import closed, opened

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
KEYS = Credentials(app_id="app-of-the-tests-1234", user_key=SecretStr("hush-user-key"))


def row(sealed: bytes) -> Row:
    """An account of one workspace, with this inside of it."""
    return Row("A1", "T1", sealed, connected_by="U1", connected_at=1.0)


def sealed(*keys: str) -> Row:
    """An account as it is kept under these keys."""
    return row(Seals(keys).seal("T1", "A1", KEYS))


def bytes_in(folder: Path) -> bytes:
    """All that is on the disk."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """An SQLite file."""
    database = opened(f"sqlite:///{tmp_path}/bot.db")
    yield database
    await closed(database)


@pytest.fixture
async def vault(database: AsyncEngine) -> Vault:
    """The table in it."""
    vault = Vault(database, Seals([OLD]))
    await vault.prepare()
    return vault


def test_what_is_sealed_opens_again() -> None:
    """The keys come back as they were typed."""
    assert Seals([OLD]).open(sealed(OLD)) == KEYS


def test_any_of_the_keys_opens() -> None:
    """A key that was put in front leaves what the earlier one sealed readable."""
    assert Seals([NEW, OLD]).open(sealed(OLD)) == KEYS


TAMPERED = {
    "of another workspace": replace(sealed(OLD), team_id="T2"),
    "of another account": replace(sealed(OLD), account_id="A2"),
    "changed": row(sealed(OLD).sealed[:-6] + b"AAAAA="),
    "cut": row(sealed(OLD).sealed[:40]),
    "nothing": row(b""),
    "no seal": row(b'{"team_id":"T1","account_id":"A1","app_id":"a","user_key":"k"}'),
    "under another key": sealed(OTHER),
    "something else that was sealed": row(Fernet(OLD).encrypt(b'{"team_id":"T1"}')),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_anything_else_does_not_open(what: str) -> None:
    """A row that was copied to another workspace, changed, or sealed by somebody else is no account."""
    with pytest.raises(DoesNotOpen):
        Seals([NEW, OLD]).open(TAMPERED[what])


async def test_a_newer_account_ends_the_earlier_one(vault: Vault) -> None:
    """A workspace has one account at a time; the earlier one is kept for its exports, with its end."""
    first = await vault.connect("T1", "U1", KEYS)
    second = await vault.connect("T1", "U2", KEYS)
    elsewhere = await vault.connect("T2", "U1", KEYS)
    ends = {kept.account_id: kept.ended_at is not None for kept in await vault.rows()}
    assert ends == {first.account_id: True, second.account_id: False, elsewhere.account_id: False}


async def test_an_end_is_that_of_one_workspace(vault: Vault) -> None:
    """Disconnecting and forgetting leave every other workspace's account as it is."""
    mine, other = await vault.connect("T1", "U1", KEYS), await vault.connect("T2", "U1", KEYS)
    await vault.end("T1")
    ended = await vault.row(mine.account_id)
    assert ended
    assert ended.ended_at
    await vault.forget("T1")
    assert await vault.rows() == [other]


async def test_an_organisation_that_leaves_is_forgotten_whole(vault: Vault) -> None:
    """All accounts of its workspaces go, and no other's; those of a workspace that has the bot by itself stay."""
    for team_id, organisation_id in (("T1", "E1"), ("T2", "E1"), ("T3", "E2"), ("T4", None)):
        await vault.connect(team_id, "U1", KEYS, organisation_id)
    await vault.forget("E1")
    assert {kept.team_id for kept in await vault.rows()} == {"T3", "T4"}


async def test_what_ended_long_ago_is_deleted(vault: Vault) -> None:
    """Accounts that have ended by then go; those that have not stay, however old."""
    first = await vault.connect("T1", "U1", KEYS)
    second = await vault.connect("T1", "U1", KEYS)
    await vault.clear(first.connected_at)
    assert len(await vault.rows()) == 2
    await vault.clear(second.connected_at + 1)
    assert await vault.rows() == [second]


async def test_an_older_key_can_be_taken_away_after_a_start(database: AsyncEngine, vault: Vault) -> None:
    """With a new key in front everything is sealed anew, so that the new one alone opens it."""
    kept = await vault.connect("T1", "U1", KEYS)
    rotated = Vault(database, Seals([NEW, OLD]))
    await rotated.prepare()
    anew = await rotated.row(kept.account_id)
    assert anew
    assert Seals([NEW]).open(anew) == KEYS
    await rotated.prepare()
    assert await rotated.row(kept.account_id) == anew


async def test_a_row_under_a_lost_key_stays(database: AsyncEngine, vault: Vault) -> None:
    """What no key opens is neither changed nor deleted: the key may be found again."""
    kept = await vault.connect("T1", "U1", KEYS)
    await Vault(database, Seals([OTHER])).prepare()
    assert await vault.rows() == [kept]


async def test_no_file_has_a_secret(vault: Vault, tmp_path: Path) -> None:
    """Neither the user key nor the app id is in any byte of the database's files, nor in what is printed of a row."""
    kept = await vault.connect("T1", "U1", KEYS)
    everything = bytes_in(tmp_path)
    assert kept.account_id.encode() in everything
    for secret in ("hush-user-key", "app-of-the-tests"):
        assert secret.encode() not in everything
        assert secret not in repr(kept)
    assert kept.sealed.decode() not in repr(kept)
