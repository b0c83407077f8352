"""The AI Studios accounts that videos are made with: the operator's, and those that workspaces have connected.

Which account is whose is kept in memory and looked up anew every few seconds, so that no form waits for the database
and every replica knows soon what was connected at another one.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot.accounts.avatars import AvatarList
from bot.accounts.connection import Connection
from bot.accounts.vault import DoesNotOpen, Row, Vault
from bot.accounts.vendor_workspaces import WorkspaceList
from bot.aistudios.auth import Credentials
from bot.aistudios.client import AIStudiosClient
from bot.aistudios.errors import AIStudiosError, Transient, Unauthorized
from bot.engine.runtime import DatabaseUnusable

logger = logging.getLogger(__name__)

R = TypeVar("R")

LOOK_SECONDS = 15.0
PATIENCE_FOR_DATABASE = 10.0
# The lists of an account that nobody uses are no longer refreshed, and of so many accounts they are kept at once.
IDLE_SECONDS = 1800.0
MOST_AWAKE = 200
SHOWN_OF_APP_ID = 4

DATABASE_FAILURES = (SQLAlchemyError, OSError, TimeoutError)
Check = Literal["accepted", "refused", "unsure"]


class NoAccount(Exception):
    """The workspace has no AI Studios account to make a video with; nothing was begun."""


class AccountGone(Unauthorized):
    """The account that an export was accepted with is no longer connected here at all."""


class Account:
    """One account of AI Studios and its lists. `id` is None for the operator's."""

    def __init__(self, client: AIStudiosClient, account_id: str | None = None, app_id: str = "") -> None:
        self.id = account_id
        self.client = client
        self.avatars = AvatarList(client.models)
        self.workspaces = WorkspaceList(client.workspaces)
        self.app_id_end = app_id[-SHOWN_OF_APP_ID:]
        self.used_at = time.monotonic()
        self._is_awake = False

    def wake(self) -> None:
        """From now on its lists are kept fresh."""
        if not self._is_awake:
            self._is_awake = True
            self.avatars.start()
            self.workspaces.start()

    async def rest(self) -> None:
        self._is_awake = False
        await asyncio.gather(self.avatars.stop(), self.workspaces.stop())


class Accounts:
    """Knows whose account is used for what. Without a vault no workspace can connect one of its own.

    `studio_of` speaks to AI Studios with the given credentials, `operators` with the operator's. An account that was
    replaced or disconnected is kept for `keep_seconds`, for the exports that it has accepted.
    """

    def __init__(
        self,
        studio_of: Callable[[Credentials], AIStudiosClient],
        operators: AIStudiosClient | None,
        vault: Vault | None = None,
        *,
        keep_seconds: float = 0.0,
    ) -> None:
        self._studio_of = studio_of
        self._operators = Account(operators) if operators else None
        self._vault = vault
        self._keep_seconds = keep_seconds
        self._rows: dict[str, Row] = {}
        self._current: dict[str, Row] = {}
        self._looks = self._newest_look = 0
        self._is_known = asyncio.Event()
        self._opened: dict[str, Account] = {}
        self._unreadable: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    # Whose account is it?

    def of(self, team_id: str) -> Account | None:
        """The account that a workspace makes new videos with: its own, or the operator's where it has none.

        Where its keys cannot be opened there is none: it chose not to make its videos on the operator's account.
        """
        row = self._current.get(team_id)
        account = self._open(row) if row else self._operators
        if account:
            account.wake()
        return account

    def required_of(self, team_id: str) -> Account:
        """The same. Raises NoAccount."""
        account = self.of(team_id)
        if account is None:
            raise NoAccount
        return account

    async def by_id(self, account_id: str | None, team_id: str) -> Account:
        """The account that an export of this workspace was accepted with, also when it has ended since.

        Raises AccountGone; Transient while it cannot be found out, or its keys cannot be opened: that can be mended.
        """
        if account_id is None:
            if self._operators is None:
                raise AccountGone("the operator's AI Studios account is no longer set")
            return self._operators
        row = self._rows.get(account_id) or await self._looked_up(account_id)
        if row is None or row.team_id != team_id:
            raise AccountGone("the AI Studios account is no longer connected")
        account = self._open(row)
        if account is None:
            raise Transient("the keys of the AI Studios account cannot be opened")
        return account

    def connection(self, team_id: str) -> Connection | None:
        """What a workspace is shown of its account; None where it cannot connect one of its own."""
        if self._vault is None:
            return None
        account, row = self.of(team_id), self._current.get(team_id)
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

    # What a workspace does with its account

    async def check(self, credentials: Credentials, *, within: float) -> Check:
        """Whether AI Studios accepts the credentials; `unsure` when it does not say so in time (seconds)."""
        asking = self._begin(self._ask(credentials))
        done, _ = await asyncio.wait({asking}, timeout=within)
        return asking.result() if done else "unsure"

    async def connect(
        self, team_id: str, user_id: str, credentials: Credentials, organisation_id: str | None = None
    ) -> None:
        """The workspace uses this account from now on. Raises SQLAlchemyError; ValueError without a vault.

        `organisation_id`: the organisation that has the bot for all of its workspaces, where one has.
        """
        row = await self._kept().connect(team_id, user_id, credentials, organisation_id)
        await self._look()
        logger.info("workspace %s has connected the AI Studios account %s", team_id, row.account_id)

    async def disconnect(self, team_id: str) -> None:
        """New videos are no longer made with the workspace's account. Raises SQLAlchemyError; ValueError likewise."""
        await self._kept().end(team_id)
        await self._look()
        logger.info("workspace %s has disconnected its AI Studios account", team_id)

    async def forget(self, place_id: str) -> None:
        """Deletes all that a workspace, or an organisation's workspaces, have connected. Raises SQLAlchemyError."""
        if self._vault:
            await self._vault.forget(place_id)
            await self._look()

    # Keeping current

    def start(self) -> None:
        """The operator's lists are kept fresh from now on."""
        if self._operators:
            self._operators.wake()

    async def open(self) -> None:
        """Reads which workspace has which account, and keeps looking. Raises DatabaseUnusable."""
        if self._vault is None:
            return
        try:
            async with asyncio.timeout(PATIENCE_FOR_DATABASE):
                await self._vault.prepare()
                await self._look()
        except DATABASE_FAILURES as error:
            raise DatabaseUnusable(f"the table of AI Studios accounts can't be used: {_why(error)}") from None
        self._is_known.set()
        self._begin(self._keep_looking())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        awake = [*self._opened.values(), *([self._operators] if self._operators else [])]
        await asyncio.gather(*self._tasks, *(account.rest() for account in awake), return_exceptions=True)

    async def _keep_looking(self) -> None:
        fails = False
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                async with asyncio.timeout(PATIENCE_FOR_DATABASE):
                    await self._look()
                    await self._clear()
            except DATABASE_FAILURES as error:
                if not fails:
                    logger.warning("the table of AI Studios accounts could not be read: %s", _why(error))
                fails = True
            else:
                fails = False
            self._rest_where_idle()

    async def _look(self) -> None:
        """Reads the table; of two that read at once, the one that began first does not have the last word."""
        self._looks += 1
        this = self._looks
        rows = await self._kept().rows()
        if this < self._newest_look:
            return
        self._newest_look = this
        self._rows = {row.account_id: row for row in rows}
        living = sorted((row for row in rows if row.ended_at is None), key=lambda row: row.connected_at)
        self._current = {row.team_id: row for row in living}
        for gone in self._opened.keys() - self._rows.keys():
            self._close(gone)

    async def _clear(self) -> None:
        """Deletes what has ended so long ago that no export can need it."""
        needed_since = time.time() - self._keep_seconds
        if any(row.ended_at and row.ended_at < needed_since for row in self._rows.values()):
            await self._kept().clear(needed_since)
            await self._look()

    async def _looked_up(self, account_id: str) -> Row | None:
        """An account that was connected at another replica a moment ago. Raises Transient."""
        if self._vault is None:
            raise Transient("without ENCRYPTION_KEY the keys of connected AI Studios accounts cannot be opened")
        try:
            async with asyncio.timeout(PATIENCE_FOR_DATABASE):
                await self._is_known.wait()
                return await self._vault.row(account_id)
        except DATABASE_FAILURES as error:
            raise Transient(f"the table of AI Studios accounts could not be read: {_why(error)}") from None

    def _kept(self) -> Vault:
        if self._vault is None:
            raise ValueError("without a vault no account can be connected")
        return self._vault

    # Accounts at hand

    def _open(self, row: Row) -> Account | None:
        """The account at hand, the one used last at the end; None when its keys cannot be opened."""
        account = self._opened.pop(row.account_id, None) or self._new(row)
        if account:
            account.used_at = time.monotonic()
            self._opened[row.account_id] = account
        while len(self._opened) > MOST_AWAKE:
            self._close(next(iter(self._opened)))
        return account

    def _new(self, row: Row) -> Account | None:
        try:
            credentials = self._kept().credentials(row)
        except DoesNotOpen:
            if row.account_id not in self._unreadable:
                logger.error(
                    "the AI Studios keys of workspace %s don't open with ENCRYPTION_KEY: set the key that they were "
                    "sealed with, or let an admin connect the account again",
                    row.team_id,
                )
            self._unreadable.add(row.account_id)
            return None
        return Account(self._studio_of(credentials), row.account_id, credentials.app_id)

    def _rest_where_idle(self) -> None:
        idle_since = time.monotonic() - IDLE_SECONDS
        for account_id in [key for key, account in self._opened.items() if account.used_at < idle_since]:
            self._close(account_id)

    def _close(self, account_id: str) -> None:
        self._begin(self._opened.pop(account_id).rest())

    async def _ask(self, credentials: Credentials) -> Check:
        try:
            return "accepted" if await self._studio_of(credentials).is_authenticated() else "refused"
        except AIStudiosError:
            return "unsure"

    def _begin(self, work: Coroutine[Any, Any, R]) -> "asyncio.Task[R]":
        """The event loop itself holds tasks only weakly."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _why(error: Exception) -> str:
    """Without the statement, and what it was about."""
    return str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
