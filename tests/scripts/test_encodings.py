"""Texts in the encodings that people's programs save."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings

from bot.scripts.files import read_script
from tests.scripts.reading import SPACED, refusal

TEXT = "안녕하세요 여러분. 이번 주의 새로운 소식을 전해 드리겠습니다."


def test_encodings_of_korean_are_told_apart() -> None:
    """With and without a byte order mark, and as old Windows saved it."""
    encodings = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp949"]
    assert {name: read_script("a.txt", TEXT.encode(name)) for name in encodings} == dict.fromkeys(encodings, TEXT)


def test_old_encodings_are_recognised() -> None:
    """A sentence is enough to know what Windows saved in each country."""
    texts = {
        "cp932": "皆さん、こんにちは。今週のお知らせです。",
        "gb18030": "大家好，这是本周的最新消息。",
        "big5": "大家好，這是本週的最新消息。",
        "cp1252": "Grüße aus München, schöne Straße – „Zitat“",
        "cp1251": "Привет всем! Это новости недели.",
        "cp1256": "مرحبا بكم جميعا في الأخبار",
    }
    assert {name: read_script("a.txt", text.encode(name)) for name, text in texts.items()} == texts


@pytest.mark.parametrize("content", [codecs.BOM_UTF16_LE + b"\x00\xd8", b"\x81\x00\xff\xfe\x9d" * 9])
def test_what_is_no_text_is_broken(content: bytes) -> None:
    """Bytes that no encoding explains."""
    assert refusal("a.txt", content) == "broken"


@settings(deadline=None)
@given(lines=SPACED)
def test_text_comes_back_as_written(lines: list[str]) -> None:
    """UTF-8 text is its own script."""
    assert read_script("a.txt", "\n".join(lines).encode()) == "\n".join(lines)
