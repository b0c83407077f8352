"""The log on stderr: readable lines on a terminal, JSON lines elsewhere; each says which export it is about.

No line holds a secret: scripts and secrets are not logged to begin with, and known secrets are redacted wherever a
library, or a traceback, shows them all the same.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType, TracebackType
from typing import Any, TextIO
from urllib.parse import quote, quote_plus

from pythonjsonlogger.json import JsonFormatter

logger = logging.getLogger(__name__)

REDACTED = "***"
# A shorter value protects nothing, and would be found in most lines.
SHORTEST_SECRET = 5
# Slack's tokens (docs.slack.dev/authentication/tokens), and the ticket in the address of a Socket Mode connection.
_SLACK_TOKEN = r"\bx(?:ox[a-z]|app|wfp)(?:[.-][A-Za-z0-9]+)+|(?<=\bticket=)[\w%-]+"  # noqa: S105 — a pattern

IDS = ("export_id", "team_id", "user_id")
# Nothing else that a library attaches to its records gets through.
FIELDS = ("time", "level", "logger", "message", *IDS, "workflow_id", "exception", "stack")

# At lower levels these log requests and their bodies, which hold scripts and secrets; Bolt warns at every start that
# the token is given in a way of its own.
_QUIET = {
    **dict.fromkeys(("httpx", "httpcore", "slack_sdk", "aiohttp", "aiosqlite", "urllib3"), logging.WARNING),
    "slack_bolt": logging.ERROR,
}

_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default=MappingProxyType({}))


def bind_log_context(**ids: str | None) -> None:
    """From here on, this task and the tasks that it begins log about this `export_id`, `team_id` and `user_id`.

    What is None is left as it was.
    """
    _ids.set({**_ids.get(), **{name: value for name, value in ids.items() if value is not None}})


@contextmanager
def isolate_log_context() -> Iterator[None]:
    """What is bound inside is unbound afterwards: one task may serve many requests in turn."""
    token = _ids.set({})
    try:
        yield
    finally:
        _ids.reset(token)


def configure(level: str, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Everything that is logged in this process goes to the stream (stderr), uncaught exceptions included."""
    logging.basicConfig(level=level, handlers=[handler(stream or sys.stderr, secrets)], force=True)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(least)
    # The engine gives its logger a handler of its own, and keeps its lines from this one, unless there is one.
    logging.getLogger("dbos").addHandler(logging.NullHandler())
    # A line that cannot be formatted would be shown with its arguments.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    sys.unraisablehook = _log_unraisable


def handler(stream: TextIO, secrets: Iterable[str]) -> logging.Handler:
    """Writes lines to this stream, in the form that suits it, and without these secrets."""
    redactor, writing = Redactor(secrets), logging.StreamHandler(stream)
    writing.setFormatter(_ReadableLines(redactor) if stream.isatty() else _JsonLines(redactor))
    writing.addFilter(_WithLogContext())
    return writing


class Redactor:
    """Replaces secrets in a text, in each spelling that they may have in it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spelled = {spelling for secret in secrets if len(secret) >= SHORTEST_SECRET for spelling in _spellings(secret)}
        longest_first = sorted(spelled, key=len, reverse=True)
        self._pattern = re.compile("|".join((*map(re.escape, longest_first), _SLACK_TOKEN)))

    def __call__(self, text: str) -> str:
        return self._pattern.sub(REDACTED, text)


def _spellings(secret: str) -> set[str]:
    """As it is, in an address, and as Python and JSON quote it."""
    quoted = {repr(secret)[1:-1], json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret, quote(secret, safe=""), quote_plus(secret), *quoted}


class _WithLogContext(logging.Filter):
    """Puts into each line what it is about; a filter runs where the line is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in _ids.get().items():
            setattr(record, name, value)
        # The engine's name for a workflow's id.
        if workflow_id := getattr(record, "operationUUID", None):
            record.workflow_id = workflow_id
        return True


class _JsonLines(JsonFormatter):
    def __init__(self, redactor: Redactor) -> None:
        renamed = {"levelname": "level", "name": "logger", "exc_info": "exception", "stack_info": "stack"}
        super().__init__(("levelname", "name", "message"), rename_fields=renamed, timestamp="time")
        self._redactor = redactor

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        # Before the JSON is made: in JSON a secret may be spelled in yet another way.
        found = {name: log_data[name] for name in FIELDS if log_data.get(name) is not None}
        return {name: self._redactor(value) if isinstance(value, str) else value for name, value in found.items()}


class _ReadableLines(logging.Formatter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redactor = redactor

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 — logging's name for it
        about = " ".join(str(getattr(record, name)) for name in IDS if hasattr(record, name))
        return super().formatMessage(record) + (f" [{about}]" if about else "")

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor(super().format(record))


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logger.critical("the bot ended with an error of its own", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(uncaught: threading.ExceptHookArgs) -> None:
    if uncaught.exc_value is not None:
        logger.error("a thread ended with an error of its own", exc_info=uncaught.exc_value)


def _log_unraisable(unraisable: Any) -> None:
    logger.error("an error came where nothing could catch it", exc_info=unraisable.exc_value)
