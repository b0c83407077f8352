"""The log's lines: their form, what they are about, and what they never hold."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bot
from bot.logs import REDACTED, Redactor, bind_log_context, handler, isolate_log_context

SECRET = 'hush "secret" /ü'
TOKENS = (
    *("xoxb-1234567890-abcdef", "xoxp-1-2-3-abc", "xapp-1-A0B1-2-cafe", "xwfp-1-abcdef"),
    *("xoxe-1-abc", "xoxe.xoxb-1-Mi0yLWFi"),
)


class Terminal(io.StringIO):
    """A stream that a person reads."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger that writes to what is no terminal."""
    yield from logging_to(io.StringIO())


@pytest.fixture
def terminal() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger that writes to a terminal."""
    yield from logging_to(Terminal())


def logging_to(stream: io.StringIO) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger of its own."""
    logger, writing = logging.getLogger("tests.logs"), handler(stream, [SECRET])
    logger.addHandler(writing)
    logger.propagate = False
    with isolate_log_context():
        yield logger, stream
    logger.removeHandler(writing)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Each line of the log."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


Log = tuple[logging.Logger, io.StringIO]


def test_a_file_gets_json(log: Log) -> None:
    """One line per record, with time, level, logger and message."""
    logger, stream = log
    logger.warning("two\n%s", "lines")
    (line,) = lines(stream)
    assert set(line) == {"time", "level", "logger", "message"}
    assert line["level"] == "WARNING"
    assert line["message"] == "two\nlines"


def test_a_terminal_gets_text(terminal: Log) -> None:
    """People read a sentence, and the ids that it is about."""
    logger, stream = terminal
    bind_log_context(export_id="V1", team_id="T1", user_id="U1")
    logger.warning("something is odd")
    assert stream.getvalue().endswith("WARNING tests.logs: something is odd [V1 T1 U1]\n")


def test_a_line_names_the_ids_that_are_bound(log: Log) -> None:
    """What is bound later adds to what was bound before."""
    logger, stream = log
    bind_log_context(team_id="T1", user_id="U1")
    bind_log_context(export_id="V1", user_id=None)
    logger.warning("here")
    (line,) = lines(stream)
    assert (line["export_id"], line["team_id"], line["user_id"]) == ("V1", "T1", "U1")


async def test_tasks_and_threads_inherit_the_ids(log: Log) -> None:
    """A task begins with the ids of whoever began it; what it binds itself stays in it."""
    logger, stream = log
    bind_log_context(export_id="V1")

    async def other() -> None:
        bind_log_context(export_id="V2")
        await asyncio.to_thread(logger.warning, "in a thread")

    await asyncio.create_task(asyncio.to_thread(logger.warning, "first"))
    await asyncio.create_task(other())
    logger.warning("after")
    assert [line["export_id"] for line in lines(stream)] == ["V1", "V2", "V1"]


def test_requests_that_share_a_task_are_kept_apart(log: Log) -> None:
    """The ids of one request are unbound when the next is served."""
    logger, stream = log
    with isolate_log_context():
        bind_log_context(export_id="V1")
    logger.warning("next")
    assert "export_id" not in lines(stream)[0]


def test_only_known_fields_are_written(log: Log) -> None:
    """Whatever else a library attaches to its records is left out."""
    logger, stream = log
    logger.warning("request", extra={"body": "a script", "operationUUID": "V1.accept"})
    assert set(lines(stream)[0]) == {"time", "level", "logger", "message", "workflow_id"}


@pytest.mark.parametrize("spelled", [SECRET, repr(SECRET), json.dumps(SECRET), "hush%20%22secret%22%20%2F%C3%BC"])
def test_a_secret_is_redacted_however_it_is_spelled(log: Log, spelled: str) -> None:
    """As it is, quoted, or in an address; in a message and in its parts."""
    logger, stream = log
    logger.warning("refused: %s", spelled)
    assert "hush" not in stream.getvalue()
    assert REDACTED in lines(stream)[0]["message"]


@pytest.mark.parametrize("where", ["log", "terminal"])
def test_a_traceback_holds_no_secret(request: pytest.FixtureRequest, where: str) -> None:
    """It is a part of the line, and shows what went wrong without the secret."""
    logger, stream = request.getfixturevalue(where)
    try:
        raise ValueError(f"cannot use {SECRET}")
    except ValueError:
        logger.exception("oh")
    assert "hush" not in stream.getvalue()
    assert f"ValueError: cannot use {REDACTED}" in stream.getvalue()


@pytest.mark.parametrize("token", TOKENS)
def test_what_looks_like_a_slack_token_is_redacted(token: str) -> None:
    """Tokens of workspaces and of workflows' steps are in no settings."""
    assert Redactor([])(f"token={token}, and so on") == f"token={REDACTED}, and so on"


def test_the_ticket_of_a_socket_is_redacted() -> None:
    """The address of a Socket Mode connection is a key to it."""
    address = "wss://wss-primary.slack.com/link/?ticket=12-34%2D&app_id=A1"
    assert Redactor([])(address) == f"wss://wss-primary.slack.com/link/?ticket={REDACTED}&app_id=A1"


@pytest.mark.parametrize("words", ["xoxb- is how it begins", "a box-office", "a", "", "tickets=many"])
def test_ordinary_words_stay(words: str) -> None:
    """Neither what only resembles a token, nor a secret too short to be one."""
    assert Redactor(["", "a", "box"])(words) == words


PROGRAM = """
import asyncio, gc, logging, threading, warnings
from bot import logs
logs.configure("INFO", ["hush-secret"])

async def forgotten():
    asyncio.get_running_loop().create_future().set_exception(ValueError("hush-secret in a future"))
    gc.collect()

class Stubborn:
    def __del__(self):
        raise ValueError("hush-secret in __del__")

logging.getLogger("a").info("%d", "not a number, hush-secret")
warnings.warn("hush-secret in a warning")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start(); thread.join()
Stubborn()
asyncio.run(forgotten())
raise ValueError("hush-secret at the end")
"""


def test_nothing_but_json_leaves_a_process(tmp_path: Path) -> None:
    """Warnings, uncaught exceptions wherever they come up, what asyncio finds out late: all are lines of the log."""
    environment = {"PYTHONPATH": str(Path(bot.__file__).parents[1])}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    told = [json.loads(line) for line in ended.stderr.splitlines()]
    assert ended.returncode == 1
    assert [line["logger"] for line in told] == ["py.warnings", "bot.logs", "bot.logs", "asyncio", "bot.logs"]
    assert "hush" not in ended.stderr
    assert "ZeroDivisionError" in told[1]["exception"]
    assert told[-1]["exception"].endswith(f"ValueError: {REDACTED} at the end")
