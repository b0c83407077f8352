"""The script in a file that a person uploads: from the file's name and bytes to the words to speak."""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any, Literal
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import docx
import webvtt
from charset_normalizer import from_bytes
from docx.oxml.ns import qn
from markdown_it import MarkdownIt
from markdown_it.token import Token
from webvtt.errors import MalformedCaptionError, MalformedFileError

from bot.scripts.speech import is_silent

FILE_TYPES = ("txt", "md", "docx", "srt", "vtt")

# A script of this length as a Word file with a few pictures; plain text has a tenth of it.
MOST_BYTES = 5_000_000

# About 35 minutes of speech. AI Studios documents no limit (docs.aistudios.com, API V3); this one keeps a wrong file,
# such as a whole book, from being billed.
LONGEST_SCRIPT = 30_000

# Characters before the marks, or the times, are taken out: captions that show each word's time need a good ten for one
# spoken character. More of them can take many seconds to read.
MOST_MARKDOWN = 2 * LONGEST_SCRIPT
MOST_CAPTIONS = 15 * LONGEST_SCRIPT

# Bytes of XML in a Word file, unpacked. Word writes some 50 for a spoken character; ten million take 1 s to read.
MOST_XML = 10_000_000

Reason = Literal["kind", "empty", "too_long", "broken", "too_large"]


class UnreadableScript(Exception):
    """No script can be taken from the file.

    `reason`: not one of FILE_TYPES ("kind"), no words in it ("empty"), over LONGEST_SCRIPT characters ("too_long"),
    not what its name says or damaged ("broken"), over MOST_BYTES or grows beyond measure when unpacked ("too_large").
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def read_script(name: str, content: bytes) -> str:
    """The words in a file of one of FILE_TYPES, which its extension tells.

    Raises UnreadableScript.
    """
    read = _READERS.get(name.rpartition(".")[2].lower())
    if read is None:
        raise UnreadableScript("kind")
    if len(content) > MOST_BYTES:
        raise UnreadableScript("too_large")
    if not content:
        raise UnreadableScript("empty")
    script = _clean(read(content))
    if is_silent(script):
        raise UnreadableScript("empty")
    if len(script) > LONGEST_SCRIPT:
        raise UnreadableScript("too_long")
    return script


_LINE_BREAK = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control characters, soft hyphens, byte order marks in mid-text, surrogates and what is no character at all.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile("[ \t\xa0]+")
_EMPTY_LINES = re.compile("\n{3,}")


def _clean(text: str) -> str:
    text = _UNSPEAKABLE.sub("", _LINE_BREAK.sub("\n", text))
    lines = "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _EMPTY_LINES.sub("\n\n", lines).strip()


# The longer mark first: UTF-32 begins like UTF-16. These codecs take the mark away themselves.
_BYTE_ORDER_MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
# What Windows saved in the countries of the languages that the form offers, before it turned to UTF-8. Fewer to choose
# from make fewer mistakes.
_OLD_ENCODINGS = ["cp949", "cp932", "gb18030", "big5", "cp1252", "cp1251", "cp1254", "cp1256"]
# Spaces and line breaks alone make more of UTF-16 than this; a stray NUL makes less of another encoding.
_NULS_OF_UTF_16 = 1 / 20


def _text(content: bytes) -> str:
    """The text in the encoding that fits; UnreadableScript where none does."""
    try:
        return content.decode(_encoding(content))
    except UnicodeDecodeError:
        match = from_bytes(content, cp_isolation=_OLD_ENCODINGS, preemptive_behaviour=False).best()
    if match is None:
        raise UnreadableScript("broken")
    return str(match)


def _encoding(content: bytes) -> str:
    """Which Unicode encoding the bytes look like."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return encoding
    even, odd = content[::2].count(0), content[1::2].count(0)
    if max(even, odd) > len(content) * _NULS_OF_UTF_16 and not min(even, odd):
        return "utf-16-le" if odd else "utf-16-be"
    return "utf-8"


def _markup(content: bytes, most: int) -> str:
    text = _text(content)
    if len(text) > most:
        raise UnreadableScript("too_long")
    return _LINE_BREAK.sub("\n", text)


_SENTENCE_END = re.compile(r"[.!?:;…。！？：；][\"'”’»」』)\]]*$")
_CJK = "[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uff60]"
_WRAP_WITHOUT_SPACE = re.compile(rf"(?<={_CJK})\n(?={_CJK})")


def _unwrapped(text: str) -> str:
    """Lines of one sentence as one line; Chinese and Japanese have no spaces between words."""
    return _WRAP_WITHOUT_SPACE.sub("", text).replace("\n", " ")


_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:(?!---).*\n)*---[ \t]*(?:\n|\Z)")
_LINE_SEPARATOR = "\u2028"


def _markdown(content: bytes) -> str:
    """What one would read aloud of Markdown: no marks, addresses, pictures and HTML."""
    tokens = _MARKDOWN.parse(_FRONT_MATTER.sub("", _markup(content, MOST_MARKDOWN)))
    return "\n".join(_markdown_lines(tokens))


def _markdown_lines(tokens: list[Token]) -> Iterator[str]:
    opener = ""
    for token in tokens:
        if token.type == "inline":
            line = _unwrapped("".join(map(_inline_words, token.children or []))).strip()
            yield _ended(line) if opener == "heading_open" else line
        elif token.type in ("fence", "code_block"):
            yield token.content
        elif token.type == "paragraph_close" and not token.hidden:
            yield ""
        opener = token.type


def _inline_words(token: Token) -> str:
    if token.type in ("text", "code_inline"):
        return token.content
    return {"softbreak": "\n", "hardbreak": _LINE_SEPARATOR}.get(token.type, "")


def _ended(heading: str) -> str:
    """A heading with a full stop, so that the voice pauses after it."""
    if not heading or _SENTENCE_END.search(heading):
        return heading
    return heading + ("。" if re.match(_CJK, heading[-1]) else ".")


# <v Ana> and other tags are taken out by the library. What is left: SubStation's overrides, a whole line that tells a
# sound ([Music], ♪), and the marks of who speaks (>> and a dash for a change of speakers).
_OVERRIDE = re.compile(r"\{\\[^{}]*\}")
_SOUND = re.compile(r"\[[^\[\]]*\]|[♪♫\s]+")
_SPEAKER_MARK = re.compile(r"^(?:>>+|[-–—]\s)\s*")


def _srt(content: bytes) -> str:
    return _captions(content, "srt")


def _vtt(content: bytes) -> str:
    return _captions(content, "vtt")


def _captions(content: bytes, format_name: str) -> str:
    try:
        cues = webvtt.from_buffer(_markup(content, MOST_CAPTIONS).split("\n"), format=format_name)
    except (MalformedFileError, MalformedCaptionError):
        raise UnreadableScript("broken") from None
    return "\n".join(_sentences(_rolled_up(_cue_lines(cue.text) for cue in cues.captions)))


def _cue_lines(text: str) -> list[str]:
    lines = (_SPEAKER_MARK.sub("", html.unescape(_OVERRIDE.sub("", line)).strip()) for line in text.split("\n"))
    return [line for line in lines if line and not _SOUND.fullmatch(line)]


# Captions that roll up keep one to three lines in sight.
_MOST_ROLLED_UP = 4


def _rolled_up(cues: Iterable[list[str]]) -> Iterator[str]:
    """The lines of all cues; lines that a cue shows once more above its new ones only once."""
    before: list[str] = []
    for lines in cues:
        again = next(
            n
            for n in range(min(len(lines), len(before), _MOST_ROLLED_UP), -1, -1)
            if before[len(before) - n :] == lines[:n]
        )
        yield from lines[again:]
        before = lines or before


def _sentences(lines: Iterable[str]) -> Iterator[str]:
    sentence: list[str] = []
    for line in lines:
        sentence.append(line)
        if _SENTENCE_END.search(line):
            yield _unwrapped("\n".join(sentence))
            sentence.clear()
    yield _unwrapped("\n".join(sentence))


def _docx(content: bytes) -> str:
    """The text of a Word file in its order: headings, lists, tables row by row, text boxes; no notes and headers."""
    xml_only = _only_xml(content)
    try:
        body = docx.Document(xml_only).element.body
    except Exception:  # noqa: BLE001 - python-docx raises whatever a part that is not as expected leads to
        raise UnreadableScript("broken") from None
    words: list[str] = []
    _add_words(body, words)
    return "".join(words)


def _only_xml(content: bytes) -> BytesIO:
    """The Word file packed anew, with nothing in it that could harm the one who reads it.

    ZipFile.read, which python-docx uses, unpacks all of a part, whatever size the file claims. So each part is unpacked
    here in bounds. The parts' relationships are left out: they lead to pictures, fonts and styles.
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


_WORD_TEXT = qn("w:t")
_WORD_PARAGRAPH = qn("w:p")
_WORD_MARKS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
# Text that was moved away, the second form of a text box for old programs, and settings such as tab stops.
_WORD_UNSPOKEN = frozenset(
    {
        *(qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), qn("w:sdtPr")),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)


def _add_words(element: Any, words: list[str]) -> None:
    """Add what is spoken of an lxml element and those within it, which libxml2 lets be 256 deep."""
    if element.tag in _WORD_UNSPOKEN:
        return
    if element.tag == _WORD_TEXT:
        words.append(element.text or "")
    words.append(_WORD_MARKS.get(element.tag, ""))
    for inner in element:
        _add_words(inner, words)
    if element.tag == _WORD_PARAGRAPH:
        words.append("\n")


_READERS: Mapping[str, Callable[[bytes], str]] = dict(
    zip(FILE_TYPES, (_text, _markdown, _docx, _srt, _vtt), strict=True)
)
