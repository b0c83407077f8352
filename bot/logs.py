"""The log on stderr: readable lines on a terminal, otherwise JSON lines; each line names its export.

No line contains a secret: the bot does not log scripts and secrets, and known secrets in lines of libraries and in
tracebacks are redacted.
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
    """Adds `export_id`, `team_id` and `user_id` to the log lines of this task and of tasks that it starts later.

    Ids that are None are not changed.
    """
    _ids.set({**_ids.get(), **{name: value for name, value in ids.items() if value is not None}})


@contextmanager
def isolate_log_context() -> Iterator[None]:
    """Starts with an empty log context and restores the earlier one on exit: one task may serve many requests."""
    token = _ids.set({})
    try:
        yield
    finally:
        _ids.reset(token)


def configure(level: str, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Sends all logs of this process to the stream (by default stderr), including uncaught exceptions."""
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
    """A log handler for this stream, with readable or JSON lines, that redacts the secrets."""
    redactor, writing = Redactor(secrets), logging.StreamHandler(stream)
    writing.setFormatter(_ReadableLines(redactor) if stream.isatty() else _JsonLines(redactor))
    writing.addFilter(_WithLogContext())
    return writing


class Redactor:
    """Replaces secrets in a text, in each of their encodings."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spelled = {spelling for secret in secrets if len(secret) >= SHORTEST_SECRET for spelling in _spellings(secret)}
        longest_first = sorted(spelled, key=len, reverse=True)
        self._pattern = re.compile("|".join((*map(re.escape, longest_first), _SLACK_TOKEN)))

    def __call__(self, text: str) -> str:
        return self._pattern.sub(REDACTED, text)


def _spellings(secret: str) -> set[str]:
    """The secret as it is, percent-encoded, and as Python and JSON quote it."""
    quoted = {repr(secret)[1:-1], json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret, quote(secret, safe=""), quote_plus(secret), *quoted}


class _WithLogContext(logging.Filter):
    """Adds the log context to each record. It is a filter because filters run in the task that logs."""

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
    logger.error("an error came that nothing could catch", exc_info=unraisable.exc_value)
