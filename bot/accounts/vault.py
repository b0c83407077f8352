"""The accounts that workspaces have connected, stored in the database with encrypted keys."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy import (
    Column,
    Float,
    LargeBinary,
    MetaData,
    RowMapping,
    String,
    Table,
    Update,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.accounts.models import Credentials
from bot.database import create_tables

METADATA = MetaData()
ACCOUNTS = Table(
    "avatar_bot_accounts",
    METADATA,
    Column("account_id", String(64), primary_key=True),
    Column("team_id", String(64), nullable=False, index=True),
    Column("organisation_id", String(64)),
    Column("sealed", LargeBinary, nullable=False),
    Column("connected_by", String(64), nullable=False),
    Column("connected_at", Float(53), nullable=False),
    Column("ended_at", Float(53)),
)


class DoesNotOpen(Exception):
    """Keys can't be decrypted: ENCRYPTION_KEY has changed, or the row was altered or copied from another workspace."""


@dataclass(frozen=True)
class Row:
    """A stored account; times are Unix seconds. After `ended_at` only its running exports use it.

    `organisation_id`: the organisation that had installed the bot for all of its workspaces at that time, if any.
    """

    account_id: str
    team_id: str
    sealed: bytes = field(repr=False)
    connected_by: str
    connected_at: float
    ended_at: float | None = None
    organisation_id: str | None = None


class _Sealed(BaseModel):
    """The encrypted content of a row: the keys, and the workspace and account that they belong to."""

    team_id: str
    account_id: str
    app_id: str
    user_key: str


class Seals:
    """Encrypts with Fernet and the first key, and decrypts with any of the keys."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._newest = Fernet(keys[0])
        self._all = MultiFernet([Fernet(key) for key in keys])

    def seal(self, team_id: str, account_id: str, credentials: Credentials) -> bytes:
        user_key = credentials.user_key.get_secret_value()
        inside = _Sealed(team_id=team_id, account_id=account_id, app_id=credentials.app_id, user_key=user_key)
        return self._newest.encrypt(inside.model_dump_json().encode())

    def open(self, row: Row) -> Credentials:
        """Decrypts a row's credentials. Raises DoesNotOpen, also if they belong to another workspace or account."""
        try:
            inside = _Sealed.model_validate_json(self._all.decrypt(row.sealed))
        except (InvalidToken, ValidationError):
            raise DoesNotOpen from None
        if (inside.team_id, inside.account_id) != (row.team_id, row.account_id):
            raise DoesNotOpen
        return Credentials(app_id=inside.app_id, user_key=SecretStr(inside.user_key))

    def renewed(self, sealed: bytes) -> bytes | None:
        """Encrypts the content again with the first key; None if it already is, or if no key decrypts it."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            pass
        else:
            return None
        try:
            return self._all.rotate(sealed)
        except InvalidToken:
            return None


class Vault:
    """The table of accounts. Every method raises SQLAlchemyError when the database fails."""

    def __init__(self, database: AsyncEngine, seals: Seals) -> None:
        self._database = database
        self._seals = seals

    def credentials(self, row: Row) -> Credentials:
        """The decrypted credentials of a row. Raises DoesNotOpen."""
        return self._seals.open(row)

    async def prepare(self) -> None:
        """Creates the table if it is missing, and encrypts every row with the first key."""
        await create_tables(self._database, METADATA.create_all)
        await self._renew_seals()

    async def rows(self) -> list[Row]:
        async with self._database.connect() as connection:
            found = await connection.execute(select(ACCOUNTS))
            return [_row(mapping) for mapping in found.mappings()]

    async def row(self, account_id: str) -> Row | None:
        async with self._database.connect() as connection:
            found = await connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.account_id == account_id))
            mapping = found.mappings().one_or_none()
            return _row(mapping) if mapping else None

    async def connect(
        self, team_id: str, user_id: str, credentials: Credentials, organisation_id: str | None = None
    ) -> Row:
        """Stores a workspace's new account and ends an earlier one; returns the new row."""
        account_id, now = secrets.token_hex(8), time.time()
        sealed = self._seals.seal(team_id, account_id, credentials)
        row = Row(account_id, team_id, sealed, connected_by=user_id, connected_at=now, organisation_id=organisation_id)
        async with self._database.begin() as connection:
            await connection.execute(_end_of(team_id, now))
            await connection.execute(insert(ACCOUNTS).values(**vars(row)))
        return row

    async def end(self, team_id: str) -> None:
        """Ends the workspace's account; only its running exports still use it."""
        async with self._database.begin() as connection:
            await connection.execute(_end_of(team_id, time.time()))

    async def forget(self, place_id: str) -> None:
        """Deletes all accounts of a workspace, or of an organisation's workspaces."""
        is_theirs = (ACCOUNTS.c.team_id == place_id) | (ACCOUNTS.c.organisation_id == place_id)
        async with self._database.begin() as connection:
            await connection.execute(delete(ACCOUNTS).where(is_theirs))

    async def clear(self, ended_before: float) -> None:
        """Deletes accounts that have ended before then (Unix seconds)."""
        async with self._database.begin() as connection:
            await connection.execute(delete(ACCOUNTS).where(ACCOUNTS.c.ended_at < ended_before))

    async def _renew_seals(self) -> None:
        """Encrypts every row with the first key, so that the other keys are no longer needed."""
        for row in await self.rows():
            if sealed := self._seals.renewed(row.sealed):
                async with self._database.begin() as connection:
                    this = ACCOUNTS.c.account_id == row.account_id
                    await connection.execute(update(ACCOUNTS).where(this).values(sealed=sealed))


def _end_of(team_id: str, now: float) -> Update:
    lives = (ACCOUNTS.c.team_id == team_id) & ACCOUNTS.c.ended_at.is_(None)
    return update(ACCOUNTS).where(lives).values(ended_at=now)


def _row(mapping: RowMapping) -> Row:
    return Row(**mapping)
