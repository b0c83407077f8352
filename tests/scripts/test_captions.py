"""Captions as the sentences that are spoken."""

from __future__ import annotations

import io

import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scripts.files import read_script
from tests.scripts.reading import SPACED, refusal

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


def test_srt_is_its_sentences() -> None:
    """No numbers, times, tags, sounds and speakers' marks; what rolls up is said once."""
    assert read_script("a.srt", SRT.encode()) == "Hello you there.\nTom & Jerry"


def test_vtt_is_its_sentences() -> None:
    """No styles, notes, names of cues and voices."""
    assert read_script("a.vtt", VTT.encode()) == "Are you in Seoul?\nYes."


def test_line_breaks_of_windows_are_as_good() -> None:
    """CRLF, as most .srt files have it."""
    assert read_script("a.srt", SRT.replace("\n", "\r\n").encode("utf-8-sig")) == "Hello you there.\nTom & Jerry"


def test_a_line_twice_in_one_caption_is_said_twice() -> None:
    """Only what stays in sight from one caption to the next is a repetition."""
    cues = "1\n00:00:01,000 --> 00:00:02,000\nGo!\nGo!\n\n2\n00:00:02,000 --> 00:00:03,000\nStop!\n"
    assert read_script("a.srt", cues.encode()) == "Go!\nGo!\nStop!"


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_what_is_no_subtitles_is_broken(kind: str) -> None:
    """A text under the wrong name."""
    assert refusal(f"a.{kind}", b"Just some words.") == "broken"


@settings(deadline=None)
@given(lines=SPACED, kind=st.sampled_from(["srt", "vtt"]))
def test_sentences_come_back(lines: list[str], kind: str) -> None:
    """What a library writes as captions is read as the same sentences."""
    captions = [webvtt.Caption(f"00:00:{n:02}.000", f"00:00:{n + 1:02}.000", line) for n, line in enumerate(lines)]
    file = io.StringIO()
    webvtt.WebVTT(captions=captions).write(file, format=kind)
    assert read_script(f"a.{kind}", file.getvalue().encode()) == "\n".join(lines)
