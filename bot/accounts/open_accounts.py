"""The connected accounts in use: opened on first use, closed when idle."""

import asyncio
import logging
from collections.abc import Callable, Container

from cachetools import TTLCache

from bot.accounts.account import Account
from bot.accounts.models import Credentials
from bot.accounts.vault import DoesNotOpen, Row
from bot.aistudios.client import AIStudiosClient

logger = logging.getLogger(__name__)

# An account's lists are refreshed for so long after its last use, and for at most so many accounts at once.
IDLE_SECONDS = 1800.0
MOST_OPEN = 200


class OpenAccounts:
    """The open accounts, by id.

    `credentials_of` returns a row's credentials, or raises DoesNotOpen; `client_of` returns a client with them.
    """

    def __init__(
        self, credentials_of: Callable[[Row], Credentials], client_of: Callable[[Credentials], AIStudiosClient]
    ) -> None:
        self._credentials_of = credentials_of
        self._client_of = client_of
        self._accounts = _Accounts(self._close)
        self._unreadable: set[str] = set()
        self._closing: set[asyncio.Task[None]] = set()

    def open(self, row: Row) -> Account | None:
        """The account of this row; None if its keys can't be decrypted."""
        account = self._accounts.get(row.account_id) or self._new(row)
        if account:
            # Setting it again restarts its idle time.
            self._accounts[row.account_id] = account
        return account

    def close_idle(self) -> None:
        """Closes the accounts unused for IDLE_SECONDS."""
        self._accounts.expire()

    def close_others_than(self, account_ids: Container[str]) -> None:
        """Closes the accounts whose ids are not among these."""
        for account_id in list(self._accounts):
            if account_id not in account_ids:
                self._close(self._accounts.pop(account_id))

    async def close(self) -> None:
        """Closes all accounts."""
        self.close_idle()
        self.close_others_than(())
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _new(self, row: Row) -> Account | None:
        try:
            credentials = self._credentials_of(row)
        except DoesNotOpen:
            self._log_unreadable(row)
            return None
        return Account(self._client_of(credentials), row.account_id, credentials.app_id)

    def _log_unreadable(self, row: Row) -> None:
        """Logs unreadable keys once for each account, not at every use."""
        if row.account_id not in self._unreadable:
            logger.error(
                "the AI Studios keys of workspace %s can't be decrypted with ENCRYPTION_KEY: set the key that "
                "encrypted them, or let an admin connect the account again",
                row.team_id,
            )
        self._unreadable.add(row.account_id)

    def _close(self, account: Account) -> None:
        # The event loop itself holds tasks only weakly.
        task = asyncio.create_task(account.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


class _Accounts(TTLCache[str, Account]):
    """Closes accounts that it evicts, as least recently used or as idle for too long."""

    def __init__(self, close: Callable[[Account], None]) -> None:
        super().__init__(maxsize=MOST_OPEN, ttl=IDLE_SECONDS)
        self._close = close

    def expire(self, time: float | None = None) -> list[tuple[str, Account]]:
        expired = list(super().expire(time))
        for _, account in expired:
            self._close(account)
        return expired

    def popitem(self) -> tuple[str, Account]:
        account_id, account = super().popitem()
        self._close(account)
        return account_id, account
