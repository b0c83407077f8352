"""Reads and writes `.env`: changes single values, keeps the rest, and keeps the file private."""

import io
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

_BINDING = re.compile(
    r"(?P<before>\s*(?:export\s+)?)[^\s=]+"
    r"""\s*(?:=[ \t]*(?:'(?:\\'|[^'])*'|"(?:\\"|[^"])*"|[^\r\n]*?))?"""
    r"(?P<comment>[ \t]+#[^\r\n]*)?(?P<end>\s*)"
)


def read_text(path: Path) -> str:
    """The file's text with its line ends; empty without a file. Raises OSError, UnicodeDecodeError."""
    return path.read_bytes().decode() if path.exists() else ""


def values_in(text: str) -> dict[str, str]:
    """The values that are not empty, by upper-case name."""
    found = dotenv_values(stream=io.StringIO(text))
    return {name.upper(): value for name, value in found.items() if value}


def with_values(text: str, values: Mapping[str, str]) -> str:
    """The text with these values replaced in place, or appended when they are missing."""
    pieces, placed = [], set()
    for binding in parse_stream(io.StringIO(text, newline="")):
        name = (binding.key or "").upper()
        pieces.append(_replaced(binding.original.string, name, values))
        placed.add(name)
    added = [f"{assignment(name, value)}\n" for name, value in values.items() if name not in placed]
    if added and pieces and not pieces[-1].endswith("\n"):
        pieces.append("\n")
    return "".join([*pieces, *added])


def assignment(name: str, value: str) -> str:
    """A line that a parser of `.env` files reads as this value. Raises ValueError when there is none.

    Without quotes where possible, because `docker run --env-file` reads quotes as a part of the value.
    """
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    for line in (f"{name}={value}", f"{name}='{escaped}'"):
        if dotenv_values(stream=io.StringIO(line)) == {name: value}:
            return line
    raise ValueError("has characters that .env can't hold, such as ${")


def write_privately(path: Path, text: str) -> None:
    """Replaces the file atomically, with mode 600; follows a link. On OSError the file is unchanged."""
    target = path.resolve()
    handle, name = tempfile.mkstemp(prefix=".env-", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


def _replaced(original: str, name: str, values: Mapping[str, str]) -> str:
    found = _BINDING.fullmatch(original)
    if name not in values or found is None:
        return original
    return f"{found['before']}{assignment(name, values[name])}{found['comment'] or ''}{found['end']}"
