"""A video's title and file name."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.titles import file_name, video_title


@pytest.mark.parametrize(
    ("script", "title"),
    [
        ("Hello there.", "Hello there."),
        ("  Hello \n there.  ", "Hello there."),
        ("word " * 30, "word word word word word word word word word word word word…"),
        ("x" * 200, "x" * 60 + "…"),
        ("안녕하세요 여러분", "안녕하세요 여러분"),
    ],
)
def test_the_title_is_the_scripts_beginning(script: str, title: str) -> None:
    """A video is called by its first words, cut between words where that can be."""
    assert video_title(script) == title


@settings(deadline=None)
@given(script=st.text(min_size=1, max_size=300).filter(str.strip))
def test_any_script_makes_a_title_and_a_file_name(script: str) -> None:
    """Never empty, never long, and no character that a file system minds."""
    title = video_title(script)
    name = file_name(title)
    assert 0 < len(title) <= 61
    assert re.fullmatch(r"[^\x00-\x1f/\\:*?\"<>|. ]+\.mp4", name)
    assert len(name.encode()) <= 255


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Hello there, everybody!", "Hello-there-everybody.mp4"),
        ("안녕하세요 여러분", "안녕하세요-여러분.mp4"),
        ("../../etc/passwd", "etc-passwd.mp4"),
        ("🎉🎉", "avatar-video.mp4"),
        ("नमस्ते दुनिया", "नमस्ते-दुनिया.mp4"),
        ("cafe\u0301 noir", "café-noir.mp4"),
    ],
)
def test_a_file_name_is_readable(title: str, name: str) -> None:
    """The words stay whole in any script; the rest becomes hyphens."""
    assert unicodedata.normalize("NFC", file_name(title)) == unicodedata.normalize("NFC", name)
