"""The script in an uploaded file."""

from __future__ import annotations

import codecs
import io
import random
import tracemalloc
import zipfile
from collections.abc import Mapping

import docx
import pytest
import webvtt
from docx.document import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scripts.files import FILE_TYPES, LONGEST_SCRIPT, MOST_BYTES, MOST_XML, UnreadableScript, read_script

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
    """A Word file with some of its parts in other words."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        for name, part in {**{name: old.read(name) for name in old.namelist()}, **parts}.items():
            new.writestr(name, part)
    return buffer.getvalue()


def word_xml(inside: str, before: str = "") -> bytes:
    """A Word file whose body is this XML."""
    names = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )
    xml = f"{before}<w:document {names}><w:body>{inside}</w:body></w:document>"
    return with_parts(word(), {"word/document.xml": xml.encode()})


class TestAnyFile:
    """What holds for files of all kinds."""

    @pytest.mark.parametrize("name", ["script.pdf", "script.doc", "script", "", "txt", ".docx.exe", "a.txt "])
    def test_other_kinds_are_refused(self, name: str) -> None:
        """The extension decides; a name without a point may be one by itself."""
        if name == "txt":
            assert read_script(name, b"Hello") == "Hello"
        else:
            assert refusal(name, b"Hello") == "kind"

    def test_the_extension_may_be_in_capitals(self) -> None:
        """SCRIPT.TXT is a text."""
        assert read_script("My.Script.TXT", b"Hello") == "Hello"

    @pytest.mark.parametrize("kind", FILE_TYPES)
    def test_an_empty_file_has_no_script(self, kind: str) -> None:
        """No bytes are no damage, but nothing to say."""
        assert refusal(f"a.{kind}", b"") == "empty"

    @pytest.mark.parametrize("content", [b" \n\t", "\u200b\ufeff\u2060".encode(), b"\0\0\0", b"\xef\xbb\xbf"])
    def test_only_white_space_is_empty(self, content: bytes) -> None:
        """Marks without a shape are no script."""
        assert refusal("a.txt", content) == "empty"

    @pytest.mark.parametrize("kind", FILE_TYPES)
    def test_a_large_file_is_refused_unread(self, kind: str) -> None:
        """Over MOST_BYTES nothing is parsed."""
        assert refusal(f"a.{kind}", b"a" * (MOST_BYTES + 1)) == "too_large"

    def test_a_script_has_a_longest(self) -> None:
        """LONGEST_SCRIPT characters pass, one more does not."""
        assert read_script("a.txt", b"a" * LONGEST_SCRIPT) == "a" * LONGEST_SCRIPT
        assert refusal("a.txt", b"a" * (LONGEST_SCRIPT + 1)) == "too_long"
        assert refusal("a.docx", word("a" * (LONGEST_SCRIPT + 1))) == "too_long"

    @settings(deadline=None, max_examples=300)
    @given(kind=st.sampled_from(FILE_TYPES), content=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
    def test_any_bytes_are_a_script_or_refused(self, kind: str, content: bytes) -> None:
        """No bytes lead to another exception, or to a script that cannot be spoken."""
        try:
            script = read_script(f"a.{kind}", content)
        except UnreadableScript:
            return
        assert script == script.strip() != ""
        assert not any(char < " " and char != "\n" for char in script)
        assert script.encode().decode() == script

    @pytest.mark.parametrize("kind", ["md", "srt", "vtt"])
    def test_markup_without_end_is_refused(self, kind: str) -> None:
        """What would take minutes to parse is not parsed."""
        assert refusal(f"a.{kind}", b"[" * 1_000_000) == "too_long"


class TestText:
    """`.txt`."""

    TEXT = "안녕하세요 여러분. 이번 주의 새로운 소식을 전해 드리겠습니다."

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp949"])
    def test_encodings_of_korean_are_told_apart(self, encoding: str) -> None:
        """With and without a byte order mark, and as old Windows saved it."""
        assert read_script("a.txt", self.TEXT.encode(encoding)) == self.TEXT

    @pytest.mark.parametrize(
        ("encoding", "text"),
        [
            ("cp932", "皆さん、こんにちは。今週のお知らせです。"),
            ("gb18030", "大家好，这是本周的最新消息。"),
            ("big5", "大家好，這是本週的最新消息。"),
            ("cp1252", "Grüße aus München, schöne Straße – „Zitat“"),
            ("cp1251", "Привет всем! Это новости недели."),
            ("cp1256", "مرحبا بكم جميعا في الأخبار"),
        ],
    )
    def test_old_encodings_are_recognised(self, encoding: str, text: str) -> None:
        """A sentence is enough to know what Windows saved in each country."""
        assert read_script("a.txt", text.encode(encoding)) == text

    @pytest.mark.parametrize("content", [codecs.BOM_UTF16_LE + b"\x00\xd8", b"\x81\x00\xff\xfe\x9d" * 9])
    def test_what_is_no_text_is_broken(self, content: bytes) -> None:
        """Bytes that no encoding explains."""
        assert refusal("a.txt", content) == "broken"

    def test_lines_are_kept_and_controls_dropped(self) -> None:
        """One form of line break, no control characters, no piles of spaces and empty lines."""
        assert read_script("a.txt", b"\n one\r\ntwo\rthr\0e\x07e \t four \n\n\n\nfive\x0c\n") == (
            "one\ntwo\nthree four\n\nfive"
        )

    @settings(deadline=None)
    @given(lines=SPACED)
    def test_text_comes_back_as_written(self, lines: list[str]) -> None:
        """UTF-8 text is its own script."""
        assert read_script("a.txt", "\n".join(lines).encode()) == "\n".join(lines)


class TestMarkdown:
    """`.md`."""

    @pytest.mark.parametrize(
        ("source", "script"),
        [
            ("# Welcome\nto *all* of **you**", "Welcome.\nto all of you"),
            ("# Ready?\n\n## 안내", "Ready?\n안내."),
            ("# お知らせ", "お知らせ。"),
            ("Title\n=====\ntext", "Title.\ntext"),
            ("a [link](https://x.y 'z') ![picture](p.png)here", "a link here"),
            ("one\ntwo  \nthree", "one two\nthree"),
            ("今日は\n晴れ", "今日は晴れ"),
            ("- one\n- two\n  1. three", "one\ntwo\nthree"),
            ("> quoted\n\nplain `code` ~~gone~~", "quoted\n\nplain code gone"),
            ("```py\nprint()\n```", "print()"),
            ("<div>x</div>\n\na<br>b <!-- c -->", "ab"),
            ("| a | b |\n|---|---|\n| 1 | 2 |", "a\nb\n1\n2"),
            ("---\ntitle: x\n---\nHello\n\n---\n\nyou", "Hello\n\nyou"),
            ("Tom &amp; Jerry \\*", "Tom & Jerry *"),
        ],
    )
    def test_only_what_is_spoken_is_left(self, source: str, script: str) -> None:
        """Words without marks, addresses, pictures and HTML; a heading ends with a pause."""
        assert read_script("a.md", source.encode()) == script


SRT = """1
00:00:01,000 --> 00:00:02,000
{\\an8}Hello <i>you</i>

2
00:00:02,000 --> 00:00:03,000
Hello you
there.

3
00:00:03,000 --> 00:00:04,000
- [Music]
>> Tom &amp; Jerry
"""
VTT = """WEBVTT - a title

STYLE
::cue { color: red }

NOTE not spoken

intro
00:01.000 --> 00:02.000 align:start
<v Roger>Are <00:00:01.500><c>you</c> in

00:00:02.000 --> 00:00:03.000
Seoul?
- Yes.

00:00:03.000 --> 00:00:04.000
♪
"""


class TestSubtitles:
    """`.srt` and `.vtt`."""

    def test_srt_is_its_sentences(self) -> None:
        """No numbers, times, tags, sounds and speakers' marks; what rolls up is said once."""
        assert read_script("a.srt", SRT.encode()) == "Hello you there.\nTom & Jerry"

    def test_vtt_is_its_sentences(self) -> None:
        """No styles, notes, names of cues and voices."""
        assert read_script("a.vtt", VTT.encode()) == "Are you in Seoul?\nYes."

    def test_line_breaks_of_windows_are_as_good(self) -> None:
        """CRLF, as most .srt files have it."""
        assert read_script("a.srt", SRT.replace("\n", "\r\n").encode("utf-8-sig")) == "Hello you there.\nTom & Jerry"

    def test_a_line_twice_in_one_caption_is_said_twice(self) -> None:
        """Only what stays in sight from one caption to the next is a repetition."""
        cues = "1\n00:00:01,000 --> 00:00:02,000\nGo!\nGo!\n\n2\n00:00:02,000 --> 00:00:03,000\nStop!\n"
        assert read_script("a.srt", cues.encode()) == "Go!\nGo!\nStop!"

    @pytest.mark.parametrize("kind", ["srt", "vtt"])
    def test_what_is_no_subtitles_is_broken(self, kind: str) -> None:
        """A text under the wrong name."""
        assert refusal(f"a.{kind}", b"Just some words.") == "broken"

    @settings(deadline=None)
    @given(lines=SPACED, kind=st.sampled_from(["srt", "vtt"]))
    def test_sentences_come_back(self, lines: list[str], kind: str) -> None:
        """What a library writes as captions is read as the same sentences."""
        captions = [webvtt.Caption(f"00:00:{n:02}.000", f"00:00:{n + 1:02}.000", line) for n, line in enumerate(lines)]
        file = io.StringIO()
        webvtt.WebVTT(captions=captions).write(file, format=kind)
        assert read_script(f"a.{kind}", file.getvalue().encode()) == "\n".join(lines)


class TestWord:
    """`.docx`."""

    def test_text_is_read_in_its_order(self) -> None:
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
    def test_what_the_reader_sees_is_read(self, xml: str, script: str) -> None:
        """Accepted changes and content controls, no deleted text and no field codes."""
        assert read_script("a.docx", word_xml(xml)) == script

    def test_a_missing_picture_harms_nothing(self) -> None:
        """Relationships to parts that are not there, as some programs write them, are not followed."""
        broken = (
            b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="r1" Type="t" Target="NULL"/></Relationships>'
        )
        assert read_script("a.docx", with_parts(word("Hi."), {"word/_rels/document.xml.rels": broken})) == "Hi."

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_a_document_type_is_refused(self, encoding: str) -> None:
        """Entities that grow, or that lead to files, are never parsed."""
        xml = '<!DOCTYPE w:document [<!ENTITY a SYSTEM "file:///etc/hostname">]><w:document/>'
        if encoding == "utf-16":
            xml = f'<?xml version="1.0" encoding="UTF-16"?>{xml}'
        assert refusal("a.docx", with_parts(word(), {"word/document.xml": xml.encode(encoding)})) == "broken"

    @pytest.mark.parametrize("lies", [False, True])
    def test_a_bomb_takes_no_memory(self, lies: bool) -> None:
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
    def test_other_packing_is_refused(self, compression: int) -> None:
        """Python unpacks these without a bound."""
        assert refusal("a.docx", with_parts(word("Hi."), {}, compression)) == "broken"

    @pytest.mark.parametrize("content", [b"PK", b"Hello", word("Hi.")[:-200], b"PK\x05\x06" + bytes(18)])
    def test_damage_is_broken(self, content: bytes) -> None:
        """No archive, half of one, an empty one."""
        assert refusal("a.docx", content) == "broken"

    @settings(deadline=None)
    @given(seed=st.integers(), changes=st.integers(1, 20))
    def test_damaged_bytes_are_a_script_or_refused(self, seed: int, changes: int) -> None:
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
    def test_paragraphs_come_back(self, lines: list[str]) -> None:
        """What a library writes into a Word file is read as the same lines."""
        assert read_script("a.docx", word(*lines)) == "\n".join(lines)
