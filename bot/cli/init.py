"""`avatar-bot init`: asks for what the bot needs, checks each answer, and writes `.env`."""

import asyncio
import getpass
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.cli.database import database_rows
from bot.cli.env_file import assignment, read_text, values_in, with_values, write_privately
from bot.cli.report import Row
from bot.cli.services import slack_rows, socket_rows, studio_rows
from bot.cli.where import WHERE
from bot.settings import Settings, load_what_is_right

_FILE = Path(".env")
_UNTOUCHED = "\nNothing was written; everything is as it was."
_WELCOME = """\
This asks for what the bot needs, checks it, and writes it to .env in this folder.
What you type at a secret is not shown. Ctrl-C leaves everything as it was."""
_NEXT = """
.env is written; only you can read it (mode 600). Next:

  avatar-bot check   looks at every piece once more, together
  avatar-bot serve   starts the bot; then type /avatar in a channel"""
_KEEP_OR_TYPE = "  Type it again, or press Enter to keep it all the same."

Values = dict[str, str]


@dataclass(frozen=True)
class _Field:
    """One value to ask for. Enter alone takes the default, or means what `without` says; else a value is needed."""

    variable: str
    title: str
    is_secret: bool = False
    default: str = ""
    without: str = ""


@dataclass(frozen=True)
class _Question:
    """Values that are checked together; they are not asked for where the variable `unless` is set."""

    fields: tuple[_Field, ...]
    look: Callable[[Settings], Coroutine[Any, Any, list[Row]]] | None = None
    unless: str = ""


_QUESTIONS = (
    _Question((_Field("SLACK_BOT_TOKEN", "The bot's token, xoxb-…", is_secret=True),), slack_rows),
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
    _Question((_Field("SLACK_SIGNING_SECRET", "The signing secret", is_secret=True),), unless="SLACK_APP_TOKEN"),
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
        (
            _Field("AISTUDIOS_APP_ID", "The app id of AI Studios' API"),
            _Field("AISTUDIOS_USER_KEY", "The user key of AI Studios' API", is_secret=True),
        ),
        studio_rows,
        unless="AISTUDIOS_TOKEN",
    ),
    _Question(
        (
            _Field(
                "DATABASE_URL",
                "The database, sqlite:///file.db or postgresql://user:password@host:5432/name",
                is_secret=True,
                default="sqlite:///avatar-bot.db",
            ),
        ),
        database_rows,
    ),
)


def run_init() -> int:
    """Asks and writes; gives the process's exit code."""
    # What the clients log is said in plainer words.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        text = read_text(_FILE)
        print(_WELCOME)
        write_privately(_FILE, with_values(text, _all_answers(values_in(text))))
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


def _all_answers(kept: Values) -> Values:
    """What was typed, question by question."""
    # The environment wins over .env, for the bot as well.
    environment = {name.upper(): value for name, value in os.environ.items() if value}
    answers: Values = {}
    for question in _QUESTIONS:
        known = kept | environment | answers
        offered = {field.variable: known.get(field.variable, "") for field in question.fields}
        if known.get(question.unless) and not all(offered.values()):
            continue
        print()
        answers |= _answered(question, offered, is_fixed=bool(environment.keys() & offered.keys()))
    return answers


def _answered(question: _Question, offered: Values, *, is_fixed: bool) -> Values:
    """The answers to one question that are not there already; what the environment fixes can't be answered here."""
    if not all(offered.values()):
        return _asked(question, offered, None)
    if (trouble := _trouble(question, offered)) is None:
        _say_kept(question, offered)
        return {}
    print(f"{' and '.join(offered)}: what is set can't be used as it is.\n{trouble}")
    if is_fixed:
        print("  It comes from the environment, which wins over .env: please set it right there.")
        return {}
    return _asked(question, offered, offered)


def _asked(question: _Question, offered: Values, tried: Values | None) -> Values:
    """Asks until the answers are right, or kept although they were `tried` in vain."""
    while True:
        given = {field.variable: _typed(field, offered[field.variable] or field.default) for field in question.fields}
        if not any(given.values()):
            return {}
        if given == tried:
            print("  Kept as it is; `avatar-bot check` will look at it again.")
            return given
        if (trouble := _trouble(question, given)) is None:
            return given
        print(f"{trouble}\n{_KEEP_OR_TYPE}")
        offered = tried = given


def _typed(field: _Field, offered: str) -> str:
    """A value that the settings take, or nothing where nothing may be given."""
    print(f"{field.title} ({field.variable})")
    if place := WHERE.get(field.variable):
        print(f"  {place}")
    while True:
        value = _read(_prompt(field, offered), is_secret=field.is_secret) or offered
        if not value and field.without:
            return ""
        if (complaint := _complaint(field.variable, value)) is None:
            return value
        print(f"  It {complaint}.")


def _prompt(field: _Field, offered: str) -> str:
    if offered:
        shown = offered if offered == field.default else _masked(field, offered)
        return f"  [Enter: {shown}] > "
    return f"  [Enter: {field.without}] > " if field.without else "  > "


def _read(prompt: str, *, is_secret: bool) -> str:
    """A line without what surrounds it; from a pipe also a secret is read as it comes."""
    if is_secret and sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    return input(prompt).strip()


def _complaint(variable: str, value: str) -> str | None:
    """What the settings, or the file, have against a value."""
    if not value:
        return "is needed"
    _, complaints = load_what_is_right(**{variable.lower(): value})
    own = (words for name, _, words in (line.partition(": ") for line in complaints) if name == variable)
    if words := next(own, None):
        return words
    try:
        assignment(variable, value)
    except ValueError as unwritable:
        return str(unwritable)
    return None


def _trouble(question: _Question, given: Mapping[str, str]) -> str | None:
    """What stands against the values; what is right about them is said."""
    for variable, value in given.items():
        if value and (complaint := _complaint(variable, value)):
            return f"  {variable} {complaint}."
    if question.look is None:
        return None
    settings, _ = load_what_is_right(**{name.lower(): value for name, value in given.items() if value})
    rows = asyncio.run(question.look(settings))
    if wrong := next((row for row in rows if row.is_wrong), None):
        return f"  {wrong.piece}: {wrong.found}\n  → {wrong.mend}"
    print(f"  Right: {rows[0].found}")
    return None


def _say_kept(question: _Question, known: Values) -> None:
    for field in question.fields:
        print(f"{field.variable} is kept ({_masked(field, known[field.variable])})")


def _masked(field: _Field, value: str) -> str:
    """As much of a secret as it takes to tell it from another."""
    if not field.is_secret:
        return value
    return f"…{value[-4:]}" if len(value) >= 16 else "…"
