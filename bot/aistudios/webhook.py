"""Parses the vendor's webhook from its body and query. No I/O.

The vendor documents the fields but neither method nor encoding, and its older API called back with the fields
in the query string: JSON, forms and queries are all understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NoReturn
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field

from bot.aistudios.models import LONGEST_ID, MOST_CREDITS

MAX_BODY = 64 * 1024

_FIELDS = frozenset({"progress", "backendTaskId", "credit", "download_url"})
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")
_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_PART_NAME = re.compile(rb'^content-disposition: *form-data;(?:.*;)? *name="([^"]*)"', re.IGNORECASE | re.MULTILINE)


class InvalidWebhook(ValueError):
    """The call is no progress report; `reason` says why, without quoting the call."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProgressEvent(BaseModel):
    """One progress report; `progress` is in whole percent, the other fields may come with 100."""

    model_config = ConfigDict(frozen=True)

    progress: int = Field(ge=0, le=100)
    backend_task_id: str | None = None
    credit: int | None = None
    download_url: str | None = None


class _NumberText(str):
    """A JSON number as text: its length is checked before it is converted."""

    __slots__ = ()


def parse(
    *,
    method: str,
    content_type: str,
    body: bytes,
    query: Mapping[str, str] | Sequence[tuple[str, str]],
) -> ProgressEvent:
    """Parses a webhook call in any of its encodings; fields of the body take precedence over those of the query.

    Raises InvalidWebhook, and nothing else, for whatever is not a progress report.
    """
    fields = _single(query.items() if isinstance(query, Mapping) else query)
    if method.upper() == "POST" and body.strip():
        fields |= _body_fields(content_type, body)
    elif method.upper() not in {"GET", "POST"}:
        raise InvalidWebhook("only GET and POST report progress")
    return _event(fields)


def _event(fields: Mapping[str, object]) -> ProgressEvent:
    if "progress" not in fields:
        raise InvalidWebhook("progress is missing")
    return ProgressEvent(
        progress=min(_whole("progress", fields["progress"]), 100),
        backend_task_id=_task_id(fields.get("backendTaskId")),
        credit=_credit(fields.get("credit")),
        download_url=_text("download_url", fields.get("download_url")),
    )


def _whole(name: str, value: object) -> int:
    """A whole number from JSON or text, rounded down: 99.9 percent is not finished."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise InvalidWebhook(f"{name} is not a number from 0 up")
    return int(Decimal(value))


def _credit(value: object) -> int | None:
    # In a form, an empty text means that the field is missing.
    credit = None if value is None or value == "" else _whole("credit", value)
    return credit if credit is not None and credit <= MOST_CREDITS else None


def _task_id(value: object) -> str | None:
    text = _text("backendTaskId", value)
    return text if text and len(text) <= LONGEST_ID else None


def _text(name: str, value: object) -> str | None:
    if value is None or value == "":
        return None
    # A lone surrogate or a NUL would be refused further on, by the database.
    if not isinstance(value, str) or isinstance(value, _NumberText) or not value.isprintable():
        raise InvalidWebhook(f"{name} is not a text")
    return value


def _body_fields(content_type: str, body: bytes) -> dict[str, object]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _single(_multipart(content_type, body))
    # A form never starts with a bracket; JSON comes with all sorts of content types, or with none.
    if kind.endswith("json") or body.lstrip()[:1] in (b"{", b"["):
        return _json_fields(body)
    return _single(_form(body))


def _json_fields(body: bytes) -> dict[str, object]:
    try:
        parsed = json.loads(
            body.decode("utf-8-sig"),
            parse_int=_NumberText,
            parse_float=_NumberText,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError):
        raise InvalidWebhook("the body is not JSON") from None
    if not isinstance(parsed, dict):
        raise InvalidWebhook("the body is not a JSON object")
    return {name: value for name, value in parsed.items() if name in _FIELDS}


def _no_number(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise InvalidWebhook("the body is not a form") from None


def _multipart(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """RFC 7578: parts lie between lines of two dashes and the boundary; the last line ends with two more."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise InvalidWebhook("the form has no boundary")
    mark = (boundary[1] or boundary[2]).encode(errors="replace")
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + mark)
    if not parts or not parts[-1].startswith(b"--"):
        raise InvalidWebhook("the form is not complete")
    return [_part(part) for part in parts[:-1]]


def _part(part: bytes) -> tuple[str, str]:
    head, _, value = part.partition(b"\r\n\r\n")
    name = _PART_NAME.search(head)
    try:
        return (name[1].decode() if name else ""), value.decode()
    except UnicodeDecodeError:
        raise InvalidWebhook("the form is not UTF-8") from None


def _single(pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
    """The known fields of a form or a query. Raises InvalidWebhook if one is given twice."""
    fields: dict[str, object] = {}
    for name, value in pairs:
        if name in fields:
            raise InvalidWebhook(f"{name} is given twice")
        if name in _FIELDS:
            fields[name] = value
    return fields
