"""What holds for uploaded files of all types."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scripts.accepted_files import FILE_TYPES, LONGEST_SCRIPT, MOST_BYTES, UnreadableScript
from bot.scripts.files import read_script
from tests.scripts.reading import refusal, word


def test_other_kinds_are_refused() -> None:
    """The extension decides; a name without a point may be one by itself."""
    others = ["script.pdf", "script.doc", "script", "", ".docx.exe", "a.txt "]
    assert {name: refusal(name, b"Hello") for name in others} == dict.fromkeys(others, "kind")
    assert read_script("txt", b"Hello") == "Hello"


def test_the_extension_may_be_in_capitals() -> None:
    """SCRIPT.TXT is a text."""
    assert read_script("My.Script.TXT", b"Hello") == "Hello"


def test_an_empty_file_has_no_script() -> None:
    """No bytes are no damage, but nothing to say."""
    assert {kind: refusal(f"a.{kind}", b"") for kind in FILE_TYPES} == dict.fromkeys(FILE_TYPES, "empty")


@pytest.mark.parametrize("content", [b" \n\t", "\u200b\ufeff\u2060".encode(), b"\0\0\0", b"\xef\xbb\xbf"])
def test_only_white_space_is_empty(content: bytes) -> None:
    """Marks without a shape are no script."""
    assert refusal("a.txt", content) == "empty"


def test_a_large_file_is_refused_unread() -> None:
    """Over MOST_BYTES nothing is parsed."""
    large = b"a" * (MOST_BYTES + 1)
    assert {kind: refusal(f"a.{kind}", large) for kind in FILE_TYPES} == dict.fromkeys(FILE_TYPES, "too_large")


def test_a_script_has_a_longest() -> None:
    """LONGEST_SCRIPT characters pass, one more does not."""
    assert read_script("a.txt", b"a" * LONGEST_SCRIPT) == "a" * LONGEST_SCRIPT
    assert refusal("a.txt", b"a" * (LONGEST_SCRIPT + 1)) == "too_long"
    assert refusal("a.docx", word("a" * (LONGEST_SCRIPT + 1))) == "too_long"


@settings(deadline=None, max_examples=300)
@given(kind=st.sampled_from(FILE_TYPES), content=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_script_or_refused(kind: str, content: bytes) -> None:
    """No bytes lead to another exception, or to a script that cannot be spoken."""
    try:
        script = read_script(f"a.{kind}", content)
    except UnreadableScript:
        return
    assert script == script.strip() != ""
    assert not any(char < " " and char != "\n" for char in script)
    assert script.encode().decode() == script


@pytest.mark.parametrize("kind", ["md", "srt", "vtt"])
def test_markup_without_end_is_refused(kind: str) -> None:
    """What would take minutes to parse is not parsed."""
    assert refusal(f"a.{kind}", b"[" * 1_000_000) == "too_long"
