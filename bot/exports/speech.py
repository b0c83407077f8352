"""About how long a script takes to speak."""

import re
import unicodedata

# Characters of scripts written without spaces between words, or in syllable blocks, are spoken one by one.
_SYLLABIC = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_PAUSE = re.compile(r"[.!?。！？…\n]+")

SYLLABLES_PER_SECOND = 4.5
WORDS_PER_SECOND = 2.5
SECONDS_PER_PAUSE = 0.4


def estimated_seconds(script: str) -> float:
    """A rough length of the speech in seconds, at an even reading pace; at least one second."""
    # Composed, one syllable of Hangul is one character; the marks that are left would break words apart.
    text = "".join(char for char in unicodedata.normalize("NFC", script) if unicodedata.category(char)[0] != "M")
    syllables = len(_SYLLABIC.findall(text))
    words = len(_WORD.findall(_SYLLABIC.sub(" ", text)))
    pauses = len(_PAUSE.findall(text.strip()))
    spoken = syllables / SYLLABLES_PER_SECOND + words / WORDS_PER_SECOND
    return max(1.0, spoken + pauses * SECONDS_PER_PAUSE)
