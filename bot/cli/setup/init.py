"""`avatar-bot init`: asks for the settings that the bot needs, checks each answer, and writes `.env`."""

import asyncio
import getpass
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.cli.check.database import database_rows
from bot.cli.check.services import app_rows, socket_rows, studio_rows, token_rows
from bot.cli.report import Row
from bot.cli.setup.env_file import assignment, read_text, values_in, with_values, write_privately
from bot.cli.setup.value_sources import WHERE
from bot.settings import Settings, load_what_is_right, new_encryption_key

_FILE = Path(".env")
_UNTOUCHED = "\nNothing was written; everything is as it was."
_WELCOME = """\
This asks for what the bot needs, checks it, and writes it to .env in this folder.
Secrets are not shown while you type them. Ctrl-C leaves everything as it was."""
_NEXT = """
.env is written; only you can read it (mode 600). Next:

  avatar-bot check   checks everything once more, together
  avatar-bot serve   starts the bot; then type /avatar in a channel"""
_KEEP_OR_TYPE = "  Type it again, or press Enter to keep it anyway."

Values = dict[str, str]


_KEY_MADE = """
ENCRYPTION_KEY is created: it encrypts the AI Studios accounts that workspace admins connect.
  Keep a copy where you keep passwords; without it those accounts can't be used any more."""


@dataclass(frozen=True)
class _Field:
    """A value to ask for. Enter takes the default, or leaves the value out when `without` says what that means.

    Without either a value is required. When the first field of a question is left out, its other fields are skipped.
    """

    variable: str
    title: str
    is_secret: bool = False
    default: str = ""
    without: str = ""


@dataclass(frozen=True)
class _Question:
    """Fields that are checked together. They are skipped when the variable `unless` is set."""

    fields: tuple[_Field, ...]
    look: Callable[[Settings], Coroutine[Any, Any, list[Row]]] | None = None
    unless: str = ""


_SIGNING = _Question((_Field("SLACK_SIGNING_SECRET", "The signing secret", is_secret=True),), unless="SLACK_APP_TOKEN")
_STUDIO_KEY = _Field("AISTUDIOS_USER_KEY", "The user key of AI Studios' API", is_secret=True)
_DATABASE = _Question(
    (
        _Field(
            "DATABASE_URL",
            "The database, sqlite:///file.db or postgresql://user:password@host:5432/name",
            is_secret=True,
            default="sqlite:///avatar-bot.db",
        ),
    ),
    database_rows,
)
_FOR_ONE_WORKSPACE = (
    _Question((_Field("SLACK_BOT_TOKEN", "The bot's token, xoxb-…", is_secret=True),), token_rows),
    _Question(
        (
            _Field(
                "SLACK_APP_TOKEN",
                "The app's token for Socket Mode, xapp-…",
                is_secret=True,
                without="Slack calls the bot at a public address",
            ),
        ),
        socket_rows,
    ),
    _SIGNING,
    _Question(
        (
            _Field(
                "PUBLIC_URL",
                "The bot's public address, such as https://bot.example.com",
                without="none; the bot asks AI Studios how far a video is",
            ),
        )
    ),
    _Question(
        (_Field("AISTUDIOS_APP_ID", "The app id of AI Studios' API"), _STUDIO_KEY),
        studio_rows,
    ),
    _DATABASE,
)
_FOR_MANY_WORKSPACES = (
    _Question(
        (
            _Field("SLACK_CLIENT_ID", "The app's client id"),
            _Field("SLACK_CLIENT_SECRET", "The app's client secret", is_secret=True),
        ),
        app_rows,
    ),
    _SIGNING,
    _Question((_Field("PUBLIC_URL", "The bot's public address, such as https://bot.example.com"),)),
    _Question(
        (
            _Field(
                "AISTUDIOS_APP_ID",
                "The app id of AI Studios' API, for workspaces without an account of their own",
                without="each workspace connects its own account",
            ),
            _STUDIO_KEY,
        ),
        studio_rows,
    ),
    _DATABASE,
)
# What is for one workspace only, and stands in the way of many.
_OF_ONE_WORKSPACE = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")


def run_init(*, many: bool) -> int:
    """Asks for the settings and writes `.env`. Returns the exit code. `many`: the bot is for many workspaces."""
    # What the clients log is said in plainer words.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        text = read_text(_FILE)
        print(_WELCOME)
        kept = values_in(text)
        answers = (
            _for_many(kept)
            if many or "SLACK_CLIENT_ID" in kept | _environment()
            else _all_answers(_FOR_ONE_WORKSPACE, kept)
        )
        write_privately(_FILE, with_values(text, answers))
    except (KeyboardInterrupt, EOFError):
        print(_UNTOUCHED)
        return 130
    except UnicodeDecodeError:
        print(".env can't be read: it is not text in UTF-8. Nothing was written.", file=sys.stderr)
        return 2
    except OSError as error:
        print(f".env can't be read and written here: {error.strerror}. Nothing was written.", file=sys.stderr)
        return 2
    print(_NEXT)
    return 0


def _for_many(kept: Values) -> Values:
    """Removes the settings of a single workspace, asks, and creates the key that encrypts accounts."""
    answers: Values = {name: "" for name in _OF_ONE_WORKSPACE if name in kept}
    for name in answers:
        print(f"\n{name} is removed: it is for a bot in one workspace.")
    left = {name: value for name, value in kept.items() if name not in answers}
    answers |= _all_answers(_FOR_MANY_WORKSPACES, left)
    if "ENCRYPTION_KEY" not in _environment() | kept:
        answers["ENCRYPTION_KEY"] = new_encryption_key()
        print(_KEY_MADE)
    return answers


def _environment() -> Values:
    """The environment variables that are not empty. They take precedence over `.env`."""
    return {name.upper(): value for name, value in os.environ.items() if value}


def _all_answers(questions: Sequence[_Question], kept: Values) -> Values:
    """The new answers to all questions, by variable."""
    environment, answers = _environment(), Values()
    for question in questions:
        known = kept | environment | answers
        offered = {field.variable: known.get(field.variable, "") for field in question.fields}
        if known.get(question.unless) and not all(offered.values()):
            continue
        print()
        answers |= _answered(question, offered, is_fixed=bool(environment.keys() & offered.keys()))
    return answers


def _answered(question: _Question, offered: Values, *, is_fixed: bool) -> Values:
    """The new answers to one question; empty when the present ones are valid or set in the environment."""
    if not all(offered.values()):
        return _asked(question, offered, None)
    if (trouble := _trouble(question, offered)) is None:
        _say_kept(question, offered)
        return {}
    print(f"{' and '.join(offered)}: the value that is set can't be used.\n{trouble}")
    if is_fixed:
        print("  It comes from the environment, which takes precedence over .env: please correct it there.")
        return {}
    return _asked(question, offered, offered)


def _asked(question: _Question, offered: Values, tried: Values | None) -> Values:
    """Asks until the answers are valid, or repeated although `tried` has failed before."""
    while True:
        given = _given(question, offered)
        if not any(given.values()):
            return {}
        if given == tried:
            print("  Kept as it is; `avatar-bot check` checks it again.")
            return given
        if (trouble := _trouble(question, given)) is None:
            return given
        print(f"{trouble}\n{_KEEP_OR_TYPE}")
        offered = tried = given


def _given(question: _Question, offered: Values) -> Values:
    """The typed value of each field. Fields after one that is left out are not asked for."""
    given: Values = {}
    for field in question.fields:
        given[field.variable] = _typed(field, offered[field.variable] or field.default, given)
        if not given[field.variable]:
            break
    return given


def _typed(field: _Field, offered: str, before: Mapping[str, str]) -> str:
    """A value that is valid together with the values `before` it; empty when it may be left out."""
    print(f"{field.title} ({field.variable})")
    if place := WHERE.get(field.variable):
        print(f"  {place}")
    while True:
        value = _read(_prompt(field, offered), is_secret=field.is_secret) or offered
        if not value and field.without:
            return ""
        if (complaint := _complaint(field.variable, {**before, field.variable: value})) is None:
            return value
        print(f"  It {complaint}.")


def _prompt(field: _Field, offered: str) -> str:
    if offered:
        shown = offered if offered == field.default else _masked(field, offered)
        return f"  [Enter: {shown}] > "
    return f"  [Enter: {field.without}] > " if field.without else "  > "


def _read(prompt: str, *, is_secret: bool) -> str:
    """A line without surrounding spaces. A secret is hidden at a terminal, and read as a plain line from a pipe."""
    if is_secret and sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    return input(prompt).strip()


def _complaint(variable: str, given: Mapping[str, str]) -> str | None:
    """The problem of a value together with the other `given` values, by the settings or by `.env`; None when valid."""
    if not (value := given[variable]):
        return "is needed"
    _, complaints = load_what_is_right(**{name.lower(): text for name, text in given.items() if text})
    own = (words for name, _, words in (line.partition(": ") for line in complaints) if name == variable)
    if words := next(own, None):
        return words
    try:
        assignment(variable, value)
    except ValueError as unwritable:
        return str(unwritable)
    return None


def _trouble(question: _Question, given: Mapping[str, str]) -> str | None:
    """The problem of the values; None when they are valid, which is printed."""
    for variable, value in given.items():
        if value and (complaint := _complaint(variable, given)):
            return f"  {variable} {complaint}."
    if question.look is None:
        return None
    settings, _ = load_what_is_right(**{name.lower(): value for name, value in given.items() if value})
    rows = asyncio.run(question.look(settings))
    if wrong := next((row for row in rows if row.is_wrong), None):
        return f"  {wrong.piece}: {wrong.found}\n  → {wrong.fix}"
    print(f"  Right: {rows[0].found}")
    return None


def _say_kept(question: _Question, known: Values) -> None:
    for field in question.fields:
        print(f"{field.variable} is kept ({_masked(field, known[field.variable])})")


def _masked(field: _Field, value: str) -> str:
    """The value; of a secret only its end."""
    if not field.is_secret:
        return value
    return f"…{value[-4:]}" if len(value) >= 16 else "…"
