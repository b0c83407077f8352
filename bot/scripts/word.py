"""Reads Word files (.docx, ECMA-376) with limits on memory."""

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import docx
from docx.oxml.ns import qn

from bot.scripts.accepted_files import UnreadableScript

# Bytes of XML in a Word file, unpacked. Word writes some 50 for a spoken character; ten million take 1 s to read.
MOST_XML = 10_000_000


def read_word(content: bytes) -> str:
    """The text of a Word file in order: headings, lists, tables row by row, text boxes; no notes and headers.

    Raises UnreadableScript.
    """
    xml_only = _only_xml(content)
    try:
        body = docx.Document(xml_only).element.body
    except Exception:  # noqa: BLE001 - python-docx raises whatever a part that is not as expected leads to
        raise UnreadableScript("broken") from None
    words: list[str] = []
    _add_words(body, words)
    return "".join(words)


def _only_xml(content: bytes) -> BytesIO:
    """The Word file repacked with its XML parts, at most MOST_XML bytes in all; its other parts are empty.

    ZipFile.read, which python-docx uses, unpacks a whole part, whatever size the file claims. Therefore each part is
    unpacked here with a limit. The parts' relationships are left out: they refer to pictures, fonts and styles.
    """
    safe = BytesIO()
    left = MOST_XML
    with _opened(content) as packed, ZipFile(safe, "w", ZIP_STORED) as repacked:
        for name in filter(_is_kept, dict.fromkeys(packed.namelist())):
            part = _part(packed, name, left) if name.endswith((".xml", ".rels")) else b""
            left -= len(part)
            repacked.writestr(name, part)
    safe.seek(0)
    return safe


def _opened(content: bytes) -> ZipFile:
    try:
        return ZipFile(BytesIO(content))
    except Exception:  # noqa: BLE001 - zipfile raises more than BadZipFile for damaged bytes
        raise UnreadableScript("broken") from None


def _is_kept(name: str) -> bool:
    return not name.endswith(".rels") or name == "_rels/.rels"


def _part(packed: ZipFile, name: str, most: int) -> bytes:
    # Others than these, which Word does not write, unpack in one piece of any size.
    if packed.getinfo(name).compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise UnreadableScript("broken")
    try:
        with packed.open(name) as part:
            xml = part.read(most + 1)
    except Exception:  # noqa: BLE001 - zipfile raises more than BadZipFile for damaged bytes
        raise UnreadableScript("broken") from None
    if len(xml) > most:
        raise UnreadableScript("too_large")
    # ECMA-376 part 2 forbids these, and entities that grow live in them. python-docx resolves no entities as well.
    if b"<!DOCTYPE" in xml.replace(b"\0", b""):
        raise UnreadableScript("broken")
    return xml


_TEXT = qn("w:t")
_PARAGRAPH = qn("w:p")
_MARKS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
# Text that was moved away, the second form of a text box for old programs, and settings such as tab stops.
_UNSPOKEN = frozenset(
    {
        *(qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), qn("w:sdtPr")),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)


def _add_words(element: Any, words: list[str]) -> None:
    """Adds the spoken text of an lxml element and its descendants. libxml2 limits their depth to 256."""
    if element.tag in _UNSPOKEN:
        return
    if element.tag == _TEXT:
        words.append(element.text or "")
    words.append(_MARKS.get(element.tag, ""))
    for inner in element:
        _add_words(inner, words)
    if element.tag == _PARAGRAPH:
        words.append("\n")
