"""The accounts that workspaces have connected, cached in every replica.

The vault's table is cached and reread every few seconds, so that forms need no query and replicas soon see accounts
that were connected through another replica.
"""

import asyncio
import logging
import time

from sqlalchemy.exc import SQLAlchemyError

from bot.accounts.account import Account
from bot.accounts.models import Credentials
from bot.accounts.open_accounts import OpenAccounts
from bot.accounts.vault import Row, Vault
from bot.aistudios.errors import Transient
from bot.database import DatabaseUnusable

logger = logging.getLogger(__name__)

READ_SECONDS = 15.0
PATIENCE_FOR_DATABASE = 10.0

DATABASE_FAILURES = (SQLAlchemyError, OSError, TimeoutError)


class ConnectedAccounts:
    """The cached rows of the vault, by workspace and by account.

    A replaced or disconnected account is kept for `keep_seconds`, for the exports that it has accepted.
    """

    def __init__(self, vault: Vault, opened: OpenAccounts, *, keep_seconds: float) -> None:
        self._vault = vault
        self._opened = opened
        self._keep_seconds = keep_seconds
        self._rows: dict[str, Row] = {}
        self._current: dict[str, Row] = {}
        self._begun = self._newest = 0
        self._is_known = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    def current(self, team_id: str) -> Row | None:
        """The row of the account that a workspace uses now; None if it has none."""
        return self._current.get(team_id)

    def account(self, row: Row) -> Account | None:
        """The account of this row; None if its keys can't be decrypted."""
        return self._opened.open(row)

    async def row(self, account_id: str) -> Row | None:
        """The row with this id, from the database if it is not cached; None if there is none. Raises Transient."""
        if row := self._rows.get(account_id):
            return row
        try:
            async with asyncio.timeout(PATIENCE_FOR_DATABASE):
                await self._is_known.wait()
                return await self._vault.row(account_id)
        except DATABASE_FAILURES as error:
            raise Transient(f"the table of AI Studios accounts could not be read: {_why(error)}") from None

    async def connect(self, team_id: str, user_id: str, credentials: Credentials, organisation_id: str | None) -> Row:
        """Stores the workspace's new account; an earlier one is replaced. Raises SQLAlchemyError."""
        row = await self._vault.connect(team_id, user_id, credentials, organisation_id)
        await self._read()
        return row

    async def end(self, team_id: str) -> None:
        """Disconnects the workspace's account; only its running exports still use it. Raises SQLAlchemyError."""
        await self._vault.end(team_id)
        await self._read()

    async def forget(self, place_id: str) -> None:
        """Deletes all accounts of a workspace, or of an organisation's workspaces. Raises SQLAlchemyError."""
        await self._vault.forget(place_id)
        await self._read()

    async def open(self) -> None:
        """Creates the table if it is missing, reads it, and rereads it periodically. Raises DatabaseUnusable."""
        try:
            async with asyncio.timeout(PATIENCE_FOR_DATABASE):
                await self._vault.prepare()
                await self._read()
        except DATABASE_FAILURES as error:
            raise DatabaseUnusable(f"the table of AI Studios accounts can't be used: {_why(error)}") from None
        self._is_known.set()
        self._reading = asyncio.create_task(self._keep_reading())

    async def close(self) -> None:
        """Stops rereading, and closes the accounts."""
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self._opened.close()

    async def _read(self) -> None:
        """Reads the table; of two concurrent reads, the result of the later one is kept. Raises SQLAlchemyError."""
        self._begun += 1
        this = self._begun
        rows = await self._vault.rows()
        if this < self._newest:
            return
        self._newest = this
        self._rows = {row.account_id: row for row in rows}
        living = sorted((row for row in rows if row.ended_at is None), key=lambda row: row.connected_at)
        self._current = {row.team_id: row for row in living}
        self._opened.close_others_than(self._rows)

    async def _keep_reading(self) -> None:
        fails = False
        while True:
            await asyncio.sleep(READ_SECONDS)
            self._opened.close_idle()
            try:
                async with asyncio.timeout(PATIENCE_FOR_DATABASE):
                    await self._read()
                    await self._clear()
            except DATABASE_FAILURES as error:
                if not fails:
                    logger.warning("the table of AI Studios accounts could not be read: %s", _why(error))
                fails = True
            else:
                fails = False

    async def _clear(self) -> None:
        """Deletes accounts that ended so long ago that no export can need them."""
        needed_since = time.time() - self._keep_seconds
        if any(row.ended_at and row.ended_at < needed_since for row in self._rows.values()):
            await self._vault.clear(needed_since)
            await self._read()


def _why(error: Exception) -> str:
    """The error's description without the SQL statement and its parameters."""
    return str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
