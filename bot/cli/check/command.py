"""`avatar-bot check`: checks every component and says how to fix problems."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from bot.cli.check.database import database_rows
from bot.cli.check.installed_workspaces import workspace_rows
from bot.cli.check.public_url import public_url_rows
from bot.cli.check.services import slack_rows, socket_rows, studio_rows
from bot.cli.report import Row, console, print_report
from bot.cli.setup.value_sources import WHERE
from bot.settings import LEAVE_OUT, InvalidSettings, Settings, load_what_is_right, no_longer_used

_ELSEWHERE = "correct it in the environment or in .env; docs/settings.md says what it takes"

_SEEN = "other users of this machine may read it, and it holds secrets; `chmod 600 .env` keeps them out"


@dataclass(frozen=True)
class _Piece:
    """A component that is checked once the settings that it needs (`takes`) are valid."""

    title: str
    takes: frozenset[str]
    look: Callable[[Settings], Awaitable[list[Row]]]


def run_check() -> int:
    """Checks every component and prints a table. Returns the exit code: 1 when anything is wrong, otherwise 0."""
    # What the clients log is in the table, in plainer words.
    logging.getLogger().addHandler(logging.NullHandler())
    screen = console()
    with screen.status("Checking every part …"):
        rows = _all_rows()
    print_report(screen, rows)
    return 1 if any(row.is_wrong for row in rows) else 0


def _all_rows() -> list[Row]:
    try:
        settings, complaints = load_what_is_right()
    except InvalidSettings as invalid:
        return _settings_rows([str(invalid)])
    wrong = {complaint.partition(":")[0] for complaint in complaints}
    return [*_settings_rows(complaints), *_unused_rows(), *_env_rows(), *asyncio.run(_looked_at(settings, wrong))]


def _settings_rows(complaints: Collection[str]) -> list[Row]:
    if not complaints:
        return [Row("settings", "right", "all of them are valid")]
    parts = (complaint.partition(": ") for complaint in complaints)
    return [Row(variable, "wrong", words, _way_to_fix(variable, words)) for variable, _, words in parts]


def _unused_rows() -> list[Row]:
    """A note for each variable that is set and has no meaning any more."""
    return [Row(variable, "note", words) for variable, words in no_longer_used().items()]


def _env_rows() -> list[Row]:
    """A note when other users may read `.env`, or the file that it links to."""
    try:
        is_private = not Path(".env").stat().st_mode & 0o077
    except OSError:
        return []
    return [] if is_private else [Row(".env", "note", _SEEN)]


def _way_to_fix(variable: str, complaint: str) -> str:
    if variable == ".env":
        return "save it as text in UTF-8 that the bot's user may read"
    if LEAVE_OUT in complaint:
        return "remove its line from .env, or unset it where the bot is started"
    if variable.startswith("SLACK_CLIENT_"):
        return f"copy both from {WHERE[variable]}; `avatar-bot init --many` asks for them"
    place = WHERE.get(variable)
    return f"copy it from {place}; `avatar-bot init` asks for it" if place else _ELSEWHERE


async def _looked_at(settings: Settings, wrong: Collection[str]) -> list[Row]:
    """Checks all components concurrently."""
    is_for_many = settings.slack_client_id or settings.encryption_key
    pieces = [*_PIECES, _WORKSPACES] if is_for_many else _PIECES
    groups = await asyncio.gather(*(_rows(piece, settings, wrong) for piece in pieces))
    return [row for group in groups for row in group]


async def _rows(piece: _Piece, settings: Settings, wrong: Collection[str]) -> list[Row]:
    if lacking := sorted(piece.takes & set(wrong)):
        return [Row(piece.title, "note", f"not checked until {' and '.join(lacking)} can be used")]
    return await piece.look(settings)


async def _signing_rows(settings: Settings) -> list[Row]:
    if settings.slack_signing_secret:
        found = "set; whether it is the right one shows when Slack calls"
        return [Row("signing secret", "right", found)]
    return [Row("signing secret", "right", "none, and Socket Mode needs none")]


_PIECES = (
    _Piece(
        "Slack token",
        frozenset({"SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_API_URL"}),
        slack_rows,
    ),
    _Piece("signing secret", frozenset({"SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"}), _signing_rows),
    _Piece("Socket Mode token", frozenset({"SLACK_APP_TOKEN", "SLACK_API_URL"}), socket_rows),
    _Piece(
        "AI Studios credentials",
        frozenset({"AISTUDIOS_APP_ID", "AISTUDIOS_USER_KEY", "AISTUDIOS_BASE_URL"}),
        studio_rows,
    ),
    _Piece("database", frozenset({"DATABASE_URL"}), database_rows),
    # The addresses of webhooks are made with one of these secrets.
    _Piece(
        "PUBLIC_URL",
        frozenset({"PUBLIC_URL", "HOST", "PORT", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"}),
        public_url_rows,
    ),
)
_WORKSPACES = _Piece("workspaces", frozenset({"PUBLIC_URL", "DATABASE_URL", "ENCRYPTION_KEY"}), workspace_rows)
