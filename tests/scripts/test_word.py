"""Word files, also damaged and malicious ones."""

from __future__ import annotations

import random
import tracemalloc
import zipfile

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scripts.accepted_files import UnreadableScript
from bot.scripts.files import read_script
from bot.scripts.word import MOST_XML
from tests.scripts.reading import SPACED, refusal, saved, with_parts, word


def word_xml(inside: str, before: str = "") -> bytes:
    """A Word file whose body is this XML."""
    names = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )
    xml = f"{before}<w:document {names}><w:body>{inside}</w:body></w:document>"
    return with_parts(word(), {"word/document.xml": xml.encode()})


def test_text_is_read_in_its_order() -> None:
    """Headings, lists, and tables row by row; tabs and line breaks within."""
    document = docx.Document()
    document.add_heading("Title", 1)
    document.add_paragraph("one\ttwo\nthree")
    table = document.add_table(2, 2)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"cell {number}"
    document.add_paragraph("item", style="List Bullet")
    document.sections[0].header.paragraphs[0].text = "header"
    assert read_script("a.docx", saved(document)) == ("Title\none two\nthree\ncell 0\ncell 1\ncell 2\ncell 3\nitem")


@pytest.mark.parametrize(
    ("xml", "script"),
    [
        (
            "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>",
            "new",
        ),
        ("<w:p><w:moveFrom><w:r><w:t>old</w:t></w:r></w:moveFrom><w:r><w:t>new</w:t></w:r></w:p>", "new"),
        ("<w:sdt><w:sdtContent><w:p><w:r><w:t>field</w:t></w:r></w:p></w:sdtContent></w:sdt>", "field"),
        ("<w:p><mc:Fallback><w:r><w:t>twice</w:t></w:r></mc:Fallback><w:r><w:t>once</w:t></w:r></w:p>", "once"),
        (
            "<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>well</w:t><w:noBreakHyphen/><w:t>known</w:t></w:r></w:p>",
            "well-known",
        ),
    ],
)
def test_what_the_reader_sees_is_read(xml: str, script: str) -> None:
    """Accepted changes and content controls, no deleted text and no field codes."""
    assert read_script("a.docx", word_xml(xml)) == script


def test_a_missing_picture_harms_nothing() -> None:
    """Relationships to parts that are not there, as some programs write them, are not followed."""
    broken = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="r1" Type="t" Target="NULL"/></Relationships>'
    )
    assert read_script("a.docx", with_parts(word("Hi."), {"word/_rels/document.xml.rels": broken})) == "Hi."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused(encoding: str) -> None:
    """Entities that grow, or that lead to files, are never parsed."""
    xml = '<!DOCTYPE w:document [<!ENTITY a SYSTEM "file:///etc/hostname">]><w:document/>'
    if encoding == "utf-16":
        xml = f'<?xml version="1.0" encoding="UTF-16"?>{xml}'
    assert refusal("a.docx", with_parts(word(), {"word/document.xml": xml.encode(encoding)})) == "broken"


@pytest.mark.parametrize("lies", [False, True])
def test_a_bomb_takes_no_memory(lies: bool) -> None:
    """A part that unpacks to a thousand times its size is given up at the bound, whatever size it claims."""
    size = 40 * MOST_XML
    bomb = with_parts(word(), {"word/document.xml": b" " * size})
    if lies:
        bomb = bomb.replace(size.to_bytes(4, "little"), (99).to_bytes(4, "little"))
    tracemalloc.start()
    reason = refusal("a.docx", bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert reason == ("broken" if lies else "too_large")
    assert peak < 5 * MOST_XML


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packing_is_refused(compression: int) -> None:
    """Python unpacks these without a bound."""
    assert refusal("a.docx", with_parts(word("Hi."), {}, compression)) == "broken"


@pytest.mark.parametrize("content", [b"PK", b"Hello", word("Hi.")[:-200], b"PK\x05\x06" + bytes(18)])
def test_damage_is_broken(content: bytes) -> None:
    """No archive, half of one, an empty one."""
    assert refusal("a.docx", content) == "broken"


@settings(deadline=None)
@given(seed=st.integers(), changes=st.integers(1, 20))
def test_damaged_bytes_are_a_script_or_refused(seed: int, changes: int) -> None:
    """Single bytes of a good file changed at will never lead to another exception."""
    chance = random.Random(seed)  # noqa: S311 - damage for a test, no secret
    damaged = bytearray(word("Hello.", "Goodbye."))
    for _ in range(changes):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    try:
        script = read_script("a.docx", bytes(damaged))
    except UnreadableScript:
        return
    assert script.strip()


@settings(deadline=None, max_examples=30)
@given(lines=SPACED)
def test_paragraphs_come_back(lines: list[str]) -> None:
    """What a library writes into a Word file is read as the same lines."""
    assert read_script("a.docx", word(*lines)) == "\n".join(lines)
