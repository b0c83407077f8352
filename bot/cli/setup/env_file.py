"""The `.env` file: values put in without touching what else it holds, and written so that nobody else reads it."""

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
    """What the file holds, its line ends included; nothing when there is none. Raises OSError, UnicodeDecodeError."""
    return path.read_bytes().decode() if path.exists() else ""


def values_in(text: str) -> dict[str, str]:
    """The values that are set to something, by their names in capitals."""
    found = dotenv_values(stream=io.StringIO(text))
    return {name.upper(): value for name, value in found.items() if value}


def with_values(text: str, values: Mapping[str, str]) -> str:
    """The text with these values: in their places where they stand already, else at the end."""
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
    """The line that gives the value back when it is read. Raises ValueError when none does.

    Bare where that is possible, for `docker run --env-file` takes quotes for a part of the value.
    """
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    for line in (f"{name}={value}", f"{name}='{escaped}'"):
        if dotenv_values(stream=io.StringIO(line)) == {name: value}:
            return line
    raise ValueError("holds signs that .env can't hold, such as ${")


def write_privately(path: Path, text: str) -> None:
    """Replaces the file at once by one of mode 600; a link stays a link. Raises OSError, and then nothing changed."""
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
