"""Shared code of the commands that work on the bot's database while the bot runs or not."""

import asyncio
import logging
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.database import DatabaseUnusable
from bot.engine.mailbox import Mailbox
from bot.engine.offline_client import OfflineClient, offline_client
from bot.engine.serializer import JsonSerializer
from bot.exports.history.operator import NotPossible, Operator
from bot.exports.history.records import Records
from bot.exports.models import STORED_TYPES
from bot.settings import InvalidSettings, Settings, load_what_is_right


@dataclass(frozen=True)
class Offline:
    """The services for a command: the engine's client, the table of exports, and the operator's actions."""

    client: OfflineClient
    records: Records
    operator: Operator


Act = Callable[[Offline, Settings], Awaitable[int]]

_WHERE_IT_IS = "the person's profile in Slack → ⋮ → Copy member ID"
_USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")
_TEAM_ID = re.compile(r"[TE][A-Z0-9]{2,}")


class NotDone(Exception):
    """The operator did not confirm, or an argument is invalid. The text says what to do; `code` is the exit code."""

    def __init__(self, words: str, code: int) -> None:
        super().__init__(words)
        self.code = code


def run_offline(act: Act) -> int:
    """Runs a command on the bot's database. Returns the exit code.

    1: it could not be done. 2: something must be corrected first. The reason is printed to stderr.
    """
    # What the engine's client logs is said in plainer words.
    logging.getLogger("dbos").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(_act(act))
    except (InvalidSettings, DatabaseUnusable) as unusable:
        return _complain(f"avatar-bot can't do that yet: {unusable}", 2)
    except NotPossible as impossible:
        return _complain(str(impossible), 1)
    except NotDone as not_done:
        return _complain(str(not_done), not_done.code)


async def _act(act: Act) -> int:
    settings, complaints = load_what_is_right()
    # Of all the settings only this one matters here.
    if wrong := [complaint for complaint in complaints if complaint.startswith("DATABASE_URL:")]:
        raise InvalidSettings(wrong[0])
    serializer = JsonSerializer(STORED_TYPES)
    async with offline_client(settings.database_url.get_secret_value(), serializer) as client:
        records = Records(client.database)
        operator = Operator(client.client, records, Mailbox(client.database, serializer, records))
        return await act(Offline(client, records, operator), settings)


def user_id_of(typed: str) -> str:
    """Parses a Slack user id. Raises NotDone."""
    user_id = typed.strip().removeprefix("<@").removesuffix(">").upper()
    if not _USER_ID.fullmatch(user_id):
        raise NotDone(f"“{typed}” is not a user id such as U0123456789 ({_WHERE_IT_IS}).", 2)
    return user_id


def team_id_of(typed: str) -> str:
    """Parses a workspace's id. Raises NotDone."""
    team_id = typed.strip().upper()
    if not _TEAM_ID.fullmatch(team_id):
        raise NotDone(f"“{typed}” is not a workspace's id such as T0123456789 (in Slack's address in a browser).", 2)
    return team_id


def ask(question: str, *, yes: bool) -> None:
    """Asks the operator to confirm at the terminal; `yes` confirms in advance. Raises NotDone."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise NotDone(f"{question}\nThis is no terminal, so nobody can be asked. Add --yes to do it.", 2)
    try:
        answer = input(f"{question} [y/N] ")
    except (EOFError, KeyboardInterrupt):
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise NotDone("Nothing was done.", 1)


def _complain(words: str, code: int) -> int:
    print(words, file=sys.stderr)
    return code
