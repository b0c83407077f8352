"""Files to read scripts from, and why one is not read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import docx
import pytest
from docx.document import Document
from hypothesis import strategies as st

from bot.scripts.accepted_files import UnreadableScript
from bot.scripts.files import read_script

LINES = st.lists(st.from_regex(r"\A[a-zA-Z가-힣][a-zA-Z가-힣 ]{0,20}[.!?]\Z"), min_size=1, max_size=8, unique=True)
SPACED = LINES.map(lambda lines: [" ".join(line.split()) for line in lines])


def refusal(name: str, content: bytes) -> str:
    """Why the file is not taken."""
    with pytest.raises(UnreadableScript) as refused:
        read_script(name, content)
    return refused.value.reason


def saved(document: Document) -> bytes:
    """A Word file's bytes."""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def word(*paragraphs: str) -> bytes:
    """A Word file with these paragraphs."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    return saved(document)


def with_parts(content: bytes, parts: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A Word file with some of its parts replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        for name, part in {**{name: old.read(name) for name in old.namelist()}, **parts}.items():
            new.writestr(name, part)
    return buffer.getvalue()
