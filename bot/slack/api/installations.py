"""Where the app is installed, with the tokens: stored in the database and renewed before they expire."""

import asyncio
import logging
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from cachetools import LRUCache
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.sqlalchemy import (
    AsyncSQLAlchemyInstallationStore,
    SQLAlchemyInstallationStore,
)
from slack_sdk.oauth.state_store.sqlalchemy import AsyncSQLAlchemyOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential

from bot.database import DatabaseUnusable, create_tables
from bot.single_flight import Result, SingleFlight, StillRunning
from bot.slack.api.calls import LOST_ANSWERS, code_of, is_passing

logger = logging.getLogger(__name__)

# What another replica changes is seen after this long.
FRESH_SECONDS = 60.0
# Slack gives 3 s for the form, and this stands before it. What was known before is better than nothing.
PATIENCE = 1.0
PATIENCE_FOR_NEWS = 0.3
PATIENCE_FOR_TABLES = 10.0
MOST_REMEMBERED = 2000
# A token lives 12 hours (docs.slack.dev/authentication/using-token-rotation); many tries fit into this.
MINUTES_BEFORE_EXPIRY = 120
STATE_SECONDS = 600
CLOSING_SECONDS = 2.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0

# An enterprise's id and a team's: what payloads name, or where the app is installed (an organisation has no team).
Workspace = tuple[str | None, str | None]


class TokenUnavailable(TimeoutError):
    """A workspace's token can't be read or renewed at the moment. Callers retry, as after a lost answer of Slack."""


class States(AsyncSQLAlchemyOAuthStateStore):
    """The OAuth states of installations under way. Anybody can start one; expired states are deleted."""

    async def async_issue(self, *_: Any, **__: Any) -> str:
        now = datetime.now(UTC).replace(tzinfo=None)
        async with self.engine.begin() as connection:
            await connection.execute(self.oauth_states.delete().where(self.oauth_states.c.expire_at <= now))
        return str(await super().async_issue())


class Store(AsyncSQLAlchemyInstallationStore):
    """The SDK's tables of installations. Every method raises SQLAlchemyError when the database fails."""

    async def bot_of(self, enterprise_id: str | None, team_id: str | None) -> Bot | None:
        """The bot installed in the team, otherwise the bot of its organisation; None without either."""
        own = await self.bot_of_team(team_id) if team_id else None
        if own or not enterprise_id:
            return own
        return await self.async_find_bot(enterprise_id=enterprise_id, team_id=None, is_enterprise_install=True)

    async def bot_of_team(self, team_id: str) -> Bot | None:
        """The bot found by the team id alone.

        The team may have joined an organisation after the installation, and payloads of shared channels name the
        organisations of other teams.
        """
        columns = self.bots.c
        own = (columns.client_id == self.client_id) & (columns.team_id == team_id)
        async with self.engine.connect() as connection:
            found = await connection.execute(
                self.bots.select().where(own).order_by(columns.installed_at.desc()).limit(1)
            )
            row = found.mappings().first()
        return SQLAlchemyInstallationStore.build_bot_entity(row) if row else None

    async def count(self) -> int:
        """The number of workspaces and organisations that have the app."""
        columns = self.bots.c
        places = select(columns.enterprise_id, columns.team_id).where(columns.client_id == self.client_id).distinct()
        async with self.engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).select_from(places.subquery())) or 0)

    async def at(self, place: Workspace) -> Bot | None:
        """The bot installed at exactly this place; None without one."""
        enterprise_id, team_id = place
        return await self.bot_of_team(team_id) if team_id else await self.bot_of(enterprise_id, None)


class Installations:
    """Tokens by workspace: cached for a minute, with one query and one renewal at a time for each workspace."""

    def __init__(self, database: AsyncEngine, client_id: str, rotator: AsyncTokenRotator) -> None:
        self.store = Store(client_id, database)
        # The SDK would log the state itself, which proves that Slack's answer is meant for this browser.
        self.states = States(STATE_SECONDS, database, logger=logging.Logger("unheard", logging.CRITICAL))
        self._rotator = rotator
        self._bots = SingleFlight[Workspace, Bot | None](LRUCache[Workspace, Result[Bot | None]](MOST_REMEMBERED))
        self._turns: WeakValueDictionary[Workspace, asyncio.Lock] = WeakValueDictionary()

    async def open(self) -> None:
        """Creates missing tables. Raises DatabaseUnusable."""
        try:
            async with asyncio.timeout(PATIENCE_FOR_TABLES):
                await create_tables(self.store.engine, self._create_all)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise DatabaseUnusable(
                f"the tables of Slack's installations can't be used: {type(error).__name__}"
            ) from None

    def _create_all(self, connection: Connection) -> None:
        for metadata in (self.store.metadata, self.states.metadata):
            metadata.create_all(connection)

    async def token_of(self, team_id: str, enterprise_id: str | None = None) -> str | None:
        """The bot's token; None where the app is not installed.

        Raises TokenUnavailable, at the latest after PATIENCE.
        """
        bot = await self.bot_of(team_id, enterprise_id)
        return bot.bot_token if bot else None

    async def bot_of(self, team_id: str | None, enterprise_id: str | None) -> Bot | None:
        """The bot of a workspace or of its organisation. Raises TokenUnavailable, at the latest after PATIENCE."""
        workspace = (enterprise_id, team_id or None)
        known = self._bots.latest(workspace)
        # Where there is none, one may be soon.
        fresh = FRESH_SECONDS if known and _seconds_left(known) > FRESH_SECONDS else 0.0
        try:
            return await self._bots.call(
                workspace,
                partial(self._read, workspace),
                within=PATIENCE_FOR_NEWS if known else PATIENCE,
                fresh=fresh,
            )
        except (StillRunning, TokenUnavailable) as error:
            if known is None or _seconds_left(known) <= 0:
                raise TokenUnavailable from error
            return known

    async def authorize(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """Bolt's authorize result for a workspace. Raises TokenUnavailable, at the latest after PATIENCE."""
        bot = await self.bot_of(team_id, enterprise_id)
        if bot is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_id=bot.bot_id,
            bot_user_id=bot.bot_user_id,
            bot_token=bot.bot_token,
        )

    def installed(self, installation: Installation) -> None:
        """Forgets the cached token of a place where the app has just been installed, perhaps again."""
        self.drop(installation.enterprise_id, installation.team_id)

    def drop(self, enterprise_id: str | None, team_id: str | None) -> None:
        """Forgets the cached tokens of a workspace; without a team, of the whole organisation."""
        for workspace in self._bots.known_keys():
            if (workspace[1] == team_id) if team_id else (workspace[0] == enterprise_id):
                self._bots.forget(workspace)

    async def remove(self, enterprise_id: str | None, team_id: str | None, *, before: float) -> bool:
        """Deletes an installation older than `before` (Unix seconds); returns whether no newer one is left.

        Without a team it is the organisation's installation. Raises SQLAlchemyError.
        """
        place = (enterprise_id, team_id)
        self.drop(*place)
        while bot := await self.store.at(place):
            if bot.installed_at >= before:
                return False
            await self.store.async_delete_all(enterprise_id=bot.enterprise_id, team_id=bot.team_id)
        self.drop(*place)
        return True

    async def close(self) -> None:
        """Waits briefly until renewals under way are stored."""
        await self._bots.close(within=CLOSING_SECONDS)

    async def _read(self, workspace: Workspace) -> Bot | None:
        """Raises TokenUnavailable."""
        try:
            bot = await self.store.bot_of(*workspace)
            return await self._renewed(bot) if bot and _seconds_left(bot) < MINUTES_BEFORE_EXPIRY * 60 else bot
        except Exception as error:
            logger.warning("an installation could not be read: %s", type(error).__name__)
            raise TokenUnavailable from error

    async def _renewed(self, bot: Bot) -> Bot | None:
        """The bot with a renewed token, or with its old token while Slack returns no other."""
        place = (bot.enterprise_id, bot.team_id)
        turn = self._turns.setdefault(place, asyncio.Lock())
        async with turn:
            latest = await self.store.at(place)  # it was somebody else's turn before
            rotated = await self._rotated(latest) if latest else None
            if rotated:
                await self._save(rotated)
                return rotated
            # Each refresh token is taken once: where ours was refused, another replica's may be there.
            return await self.store.at(place)

    async def _rotated(self, bot: Bot) -> Bot | None:
        """The bot with a new token; None when a renewal is not due or not possible.

        Raises TokenUnavailable when the token has expired and a later try may renew it.
        """
        try:
            return await self._rotator.perform_bot_token_rotation(
                bot=bot, minutes_before_expiration=MINUTES_BEFORE_EXPIRY
            )
        except (SlackTokenRotationError, *LOST_ANSWERS) as error:
            refused = error.api_error if isinstance(error, SlackTokenRotationError) else None
            why = code_of(refused) if refused else type(error).__name__
            logger.warning("the token of %s is not renewed: %s", bot.team_id or bot.enterprise_id, why)
            if _seconds_left(bot) <= 0 and (refused is None or is_passing(refused)):
                raise TokenUnavailable from error
        return None

    async def _save(self, bot: Bot) -> None:
        """Retries until the bot is stored: Slack takes only this new refresh token from now on."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(SQLAlchemyError),
            wait=wait_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
            after=_log_unsaved,
        )
        await retrying(self.store.async_save_bot, bot)


def _log_unsaved(attempt: RetryCallState) -> None:
    error = attempt.outcome.exception() if attempt.outcome else None
    logger.error("a renewed token could not be stored: %s", type(error).__name__)


def _seconds_left(bot: Bot) -> float:
    """Seconds until the token expires; infinite for a token that does not rotate."""
    return bot.bot_token_expires_at - time.time() if bot.bot_token_expires_at else float("inf")
