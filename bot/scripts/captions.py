"""Reads the spoken sentences of SubRip (.srt) and WebVTT (.vtt) captions."""

import html
import re
from collections.abc import Iterable, Iterator

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from bot.scripts.accepted_files import LONGEST_SCRIPT, UnreadableScript
from bot.scripts.encodings import decoded_markup
from bot.scripts.plain_text import ends_sentence, unwrapped

# Characters before times and tags are taken out: captions that show each word's time need a good ten for one spoken
# character. More of them can take many seconds to read.
MOST_CHARACTERS = 15 * LONGEST_SCRIPT

# <v Ana> and other tags are taken out by the library. What is left: SubStation's overrides, a whole line that tells a
# sound ([Music], ♪), and the marks of who speaks (>> and a dash for a change of speakers).
_OVERRIDE = re.compile(r"\{\\[^{}]*\}")
_SOUND = re.compile(r"\[[^\[\]]*\]|[♪♫\s]+")
_SPEAKER_MARK = re.compile(r"^(?:>>+|[-–—]\s)\s*")


def read_srt(content: bytes) -> str:
    """The sentences of SubRip captions. Raises UnreadableScript."""
    return _captions(content, "srt")


def read_vtt(content: bytes) -> str:
    """The sentences of WebVTT captions. Raises UnreadableScript."""
    return _captions(content, "vtt")


def _captions(content: bytes, format_name: str) -> str:
    try:
        cues = webvtt.from_buffer(decoded_markup(content, MOST_CHARACTERS).split("\n"), format=format_name)
    except (MalformedFileError, MalformedCaptionError):
        raise UnreadableScript("broken") from None
    return "\n".join(_sentences(_rolled_up(_cue_lines(cue.text) for cue in cues.captions)))


def _cue_lines(text: str) -> list[str]:
    lines = (_SPEAKER_MARK.sub("", html.unescape(_OVERRIDE.sub("", line)).strip()) for line in text.split("\n"))
    return [line for line in lines if line and not _SOUND.fullmatch(line)]


# Captions that roll up keep one to three lines in sight.
_MOST_ROLLED_UP = 4


def _rolled_up(cues: Iterable[list[str]]) -> Iterator[str]:
    """The lines of all cues. Lines that the next cue repeats above its new lines are returned once."""
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
        if ends_sentence(line):
            yield unwrapped("\n".join(sentence))
            sentence.clear()
    yield unwrapped("\n".join(sentence))
