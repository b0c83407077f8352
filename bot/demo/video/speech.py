"""When each syllable of a script is spoken and which words stand under the speaker meanwhile."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import pi, sin

MAX_SECONDS = 20.0
LEAD_SECONDS = 0.4
SYLLABLE_SECONDS = 0.2
WORD_GAP_SECONDS = 0.05
PAUSE_SECONDS = {",": 0.2, ";": 0.25, ":": 0.25, ".": 0.4, "!": 0.4, "?": 0.4, "。": 0.4, "、": 0.2}
SENTENCE_ENDS = frozenset(".!?。！？…")
LINE_UNITS = 44
CAPTION_LINES = 2

# A word takes the space behind it along, and ends at a full stop that has none behind it.
_WORD = re.compile(r"[^\s。！？]+[。！？]*\s*|[。！？]+\s*")
_VOWELS = re.compile(r"[aeiouyàâäáãåéèêëíìîïóòôöõúùûüæœøаеёиоуыэюя]+", re.IGNORECASE)


@dataclass(frozen=True)
class Syllable:
    """One opening of the mouth; times in seconds."""

    start: float
    end: float


@dataclass(frozen=True)
class Caption:
    """Up to two lines that stand from `start` to `end` seconds."""

    start: float
    end: float
    lines: tuple[str, ...]


@dataclass
class Speech:
    """A script laid out in time."""

    syllables: list[Syllable] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    seconds: float = LEAD_SECONDS

    def openness(self, at: float) -> float:
        """How far the mouth is open at this second, 0 to 1."""
        index = bisect_right(self.syllables, at, key=lambda syllable: syllable.start) - 1
        if index < 0 or at >= self.syllables[index].end:
            return 0.0
        syllable = self.syllables[index]
        return sin(pi * (at - syllable.start) / (syllable.end - syllable.start))

    def caption(self, at: float) -> Caption | None:
        """The caption that stands at this second."""
        return next((caption for caption in self.captions if caption.start <= at < caption.end), None)


def plan(script: str) -> Speech:
    """Lay a script out at the pace of speech. What does not fit into 20 seconds is left unsaid."""
    speech = Speech()
    for words in _captions(script):
        start = speech.seconds
        for word in words:
            _speak(word, speech)
        is_cut = speech.seconds >= MAX_SECONDS
        lines = _lines([*words, "…"] if is_cut else words)
        speech.captions.append(Caption(start, speech.seconds, tuple(lines)))
        if is_cut:
            break
    speech.seconds = min(speech.seconds, MAX_SECONDS) + LEAD_SECONDS
    return speech


def _speak(word: str, speech: Speech) -> None:
    for _ in range(_syllables(word)):
        speech.syllables.append(Syllable(speech.seconds, speech.seconds + SYLLABLE_SECONDS))
        speech.seconds += SYLLABLE_SECONDS
    speech.seconds += PAUSE_SECONDS.get(_last(word), WORD_GAP_SECONDS)


def _syllables(word: str) -> int:
    """Vowel groups of an alphabet; a wide character (Hangul, Han, kana) or a digit is one of its own."""
    single = sum(_units(character) == 2 or character.isdigit() for character in word)
    return max(1, single + len(_VOWELS.findall(word))) if any(map(str.isalnum, word)) else 0


def _captions(script: str) -> Iterator[list[str]]:
    """The words in groups that fit into one caption each; a sentence ends its caption."""
    words: list[str] = []
    for word in _words(script):
        if len(_lines([*words, word])) > CAPTION_LINES:
            yield words
            words = []
        words.append(word)
        if _last(word) in SENTENCE_ENDS:
            yield words
            words = []
    if words:
        yield words


def _words(script: str) -> Iterator[str]:
    """The script's words; one that is too long for a line (or a language without spaces) comes in pieces."""
    for match in _WORD.finditer(unicodedata.normalize("NFC", script)):
        spoken = match.group().rstrip()
        word = spoken if spoken == match.group() else f"{spoken} "
        size = LINE_UNITS // 4 if _width(word) > LINE_UNITS // 2 else len(word)
        yield from (word[start : start + size] for start in range(0, len(word), size))


def _lines(words: list[str]) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and _width((lines[-1] + word).rstrip()) <= LINE_UNITS:
            lines[-1] += word
        else:
            lines.append(word)
    return [line.rstrip() for line in lines]


def _last(word: str) -> str:
    return word.rstrip()[-1]


def _width(text: str) -> int:
    return sum(map(_units, text))


def _units(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
