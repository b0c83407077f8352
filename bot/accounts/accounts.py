"""The AI Studios accounts that videos are made with: the operator's, and those that workspaces have connected."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from bot.accounts.account import Account
from bot.accounts.connected_accounts import DATABASE_FAILURES, ConnectedAccounts
from bot.accounts.connection import Connection
from bot.accounts.models import Credentials
from bot.accounts.open_accounts import OpenAccounts
from bot.accounts.vault import Vault
from bot.aistudios.client import AIStudiosClient
from bot.aistudios.errors import AIStudiosError, Transient, Unauthorized
from bot.exports.ports import NoAccount

__all__ = ["DATABASE_FAILURES", "Account", "AccountGone", "Accounts", "Check"]

logger = logging.getLogger(__name__)

Check = Literal["accepted", "refused", "unsure"]


class AccountGone(Unauthorized):
    """The account that an export was accepted with is no longer connected here at all."""


class Accounts:
    """Finds the account for a workspace or an export. Without a vault, workspaces can't connect their own.

    `client_of` returns a client with the given credentials, `operators` is the client with the operator's. A replaced
    or disconnected account is kept for `keep_seconds`, for the exports that it has accepted.
    """

    def __init__(
        self,
        client_of: Callable[[Credentials], AIStudiosClient],
        operators: AIStudiosClient | None,
        vault: Vault | None = None,
        *,
        keep_seconds: float = 0.0,
    ) -> None:
        self._client_of = client_of
        self._operators = Account(operators) if operators else None
        self._connected = (
            ConnectedAccounts(vault, OpenAccounts(vault.credentials, client_of), keep_seconds=keep_seconds)
            if vault
            else None
        )
        self._checks: set[asyncio.Task[Check]] = set()

    # Finding an account

    def of(self, team_id: str) -> Account | None:
        """The workspace's own account, otherwise the operator's (of whoever runs the bot).

        None if the workspace's keys can't be decrypted: there is no fallback, by design.
        """
        row = self._connected.current(team_id) if self._connected else None
        account = self._connected.account(row) if self._connected and row else self._operators
        if account:
            account.keep_fresh()
        return account

    def required_of(self, team_id: str) -> Account:
        """The workspace's own account, otherwise the operator's. Raises NoAccount if there is none."""
        account = self.of(team_id)
        if account is None:
            raise NoAccount
        return account

    async def by_id(self, account_id: str | None, team_id: str) -> Account:
        """The account that an export of this workspace was accepted with, even if it was disconnected since.

        Raises AccountGone; Transient if the database fails or its keys can't be decrypted, which can be repaired.
        """
        if account_id is None:
            if self._operators is None:
                raise AccountGone("the operator's AI Studios account is no longer set")
            return self._operators
        if self._connected is None:
            raise Transient("without ENCRYPTION_KEY the keys of connected AI Studios accounts cannot be opened")
        row = await self._connected.row(account_id)
        if row is None or row.team_id != team_id:
            raise AccountGone("the AI Studios account is no longer connected")
        account = self._connected.account(row)
        if account is None:
            raise Transient("the keys of the AI Studios account cannot be opened")
        return account

    def connection(self, team_id: str) -> Connection | None:
        """The workspace's account as the Home tab shows it; None if workspaces can't connect their own."""
        if self._connected is None:
            return None
        account, row = self.of(team_id), self._connected.current(team_id)
        avatars = len(account.avatars.items) if account and account.avatars.is_loaded else None
        has_operators = self._operators is not None
        if account is None or row is None or account.id != row.account_id:
            kind: Literal["operator", "none"] = "operator" if row is None and has_operators else "none"
            return Connection(kind, has_operators, is_unreadable=row is not None, avatars=avatars)
        return Connection(
            "own",
            has_operators,
            app_id_end=account.app_id_end,
            connected_by=row.connected_by,
            connected_at=datetime.fromtimestamp(row.connected_at, UTC),
            avatars=avatars,
        )

    # Changing a workspace's account

    async def check(self, credentials: Credentials, *, within: float) -> Check:
        """Whether AI Studios accepts the credentials; `unsure` if it does not answer `within` so many seconds."""
        asking = asyncio.create_task(self._ask(credentials))
        # The event loop itself holds tasks only weakly.
        self._checks.add(asking)
        asking.add_done_callback(self._checks.discard)
        done, _ = await asyncio.wait({asking}, timeout=within)
        return asking.result() if done else "unsure"

    async def connect(
        self, team_id: str, user_id: str, credentials: Credentials, organisation_id: str | None = None
    ) -> None:
        """Connects this account to the workspace, for new videos. Raises SQLAlchemyError; ValueError without a vault.

        `organisation_id`: the organisation that installed the bot for all of its workspaces, if one did.
        """
        row = await self._connectable().connect(team_id, user_id, credentials, organisation_id)
        logger.info("workspace %s has connected the AI Studios account %s", team_id, row.account_id)

    async def disconnect(self, team_id: str) -> None:
        """Disconnects the workspace's account from new videos. Raises SQLAlchemyError; ValueError without a vault."""
        await self._connectable().end(team_id)
        logger.info("workspace %s has disconnected its AI Studios account", team_id)

    async def forget(self, place_id: str) -> None:
        """Deletes all accounts of a workspace, or of an organisation's workspaces. Raises SQLAlchemyError."""
        if self._connected:
            await self._connected.forget(place_id)

    # Start and stop

    def start(self) -> None:
        """Starts refreshing the operator's lists."""
        if self._operators:
            self._operators.keep_fresh()

    async def open(self) -> None:
        """Reads the connected accounts, and rereads them periodically. Raises DatabaseUnusable."""
        if self._connected:
            await self._connected.open()

    async def stop(self) -> None:
        """Stops the background tasks and closes the accounts."""
        for check in self._checks:
            check.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)
        if self._connected:
            await self._connected.close()
        if self._operators:
            await self._operators.close()

    def _connectable(self) -> ConnectedAccounts:
        if self._connected is None:
            raise ValueError("without a vault no account can be connected")
        return self._connected

    async def _ask(self, credentials: Credentials) -> Check:
        try:
            return "accepted" if await self._client_of(credentials).is_authenticated() else "refused"
        except AIStudiosError:
            return "unsure"
