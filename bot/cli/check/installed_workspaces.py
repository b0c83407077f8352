"""Checks the installations of a bot for many workspaces, and whether the accounts connected there can be decrypted."""

from collections.abc import Sequence

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.accounts.vault import ACCOUNTS, DoesNotOpen, Seals, Vault
from bot.cli.report import Row
from bot.database import DatabaseUnusable, closed, opened
from bot.engine.inspection import inspect as inspect_database
from bot.settings import Settings
from bot.slack.api.installations import Store
from bot.web.oauth import INSTALL_PATH, REDIRECT_PATH

_INSTALLED, _KEY = "installations", "ENCRYPTION_KEY"


async def workspace_rows(settings: Settings) -> list[Row]:
    """The installations and accounts in the database; empty when it can't be used, which `database_rows` reports."""
    url = settings.database_url.get_secret_value()
    database = opened(url)
    try:
        is_new = (await inspect_database(url)).tables == "none"
        return [*await _install_rows(settings, database, is_new), await _key_row(settings, database, is_new)]
    except (DatabaseUnusable, SQLAlchemyError):
        return []
    finally:
        await closed(database)


async def _install_rows(settings: Settings, database: AsyncEngine, is_new: bool) -> list[Row]:
    if settings.slack_client_id is None:
        return []
    redirect = f"{settings.public_url}{REDIRECT_PATH}: the app must have it (`avatar-bot manifest --url` adds it)"
    store = Store(settings.slack_client_id, database)
    number = 0 if is_new or not await _has(database, store.bots.name) else await store.count()
    place = f"{settings.public_url}{INSTALL_PATH}"
    where = f"in {_counted(number)}; others" if number else "not installed yet: people"
    found = f"{where} install it at {place}"
    return [Row("redirect address", "note", redirect), Row(_INSTALLED, "right", found)]


async def _key_row(settings: Settings, database: AsyncEngine, is_new: bool) -> Row:
    if not settings.encryption_keys:
        return Row(_KEY, "note", "not set: all workspaces use your AI Studios account, and can't connect their own")
    vault = Vault(database, Seals(settings.encryption_keys))
    closed_to_us, number = ([], 0) if is_new or not await _has(database, ACCOUNTS.name) else await _opened(vault)
    if closed_to_us:
        fix = (
            "add the key that they were stored with behind the new one, with a comma between them; "
            "if it is lost, their admins connect the accounts again in the bot's Home tab"
        )
        return Row(_KEY, "wrong", f"cannot decrypt the accounts of {', '.join(closed_to_us)}", fix)
    found = (
        f"decrypts the AI Studios accounts of {_counted(number)}"
        if number
        else "no workspace has connected an account yet"
    )
    return Row(_KEY, "right", found)


async def _opened(vault: Vault) -> tuple[Sequence[str], int]:
    """The workspaces whose account can't be decrypted, and the number of workspaces with an account."""
    rows = [row for row in await vault.rows() if row.ended_at is None]
    closed_to_us: list[str] = []
    for row in rows:
        try:
            vault.credentials(row)
        except DoesNotOpen:
            closed_to_us.append(row.team_id)
    return closed_to_us, len(rows)


async def _has(database: AsyncEngine, table: str) -> bool:
    async with database.connect() as connection:
        return await connection.run_sync(lambda sync: inspect(sync).has_table(table))


def _counted(number: int) -> str:
    return "1 workspace" if number == 1 else f"{number} workspaces"
