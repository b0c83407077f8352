"""Whether a text contains anything to speak, and an estimate of the length of the speech."""

import re
import unicodedata

# Characters of scripts written without spaces between words, or in syllable blocks, are spoken one by one.
_SYLLABIC = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_PAUSE = re.compile(r"[.!?。！？…\n]+")

SYLLABLES_PER_SECOND = 4.5
WORDS_PER_SECOND = 2.5
SECONDS_PER_PAUSE = 0.4

# English at the pace of narration, 150 words a minute. The others stand to it as in a study of one text read aloud
# in 17 languages (IReST: Trauzettel-Klosinski and Dietz 2012, doi.org/10.1167/iovs.11-8284). Hindi and Indonesian
# are not in it; theirs are estimates by the length of their words.
_WORDS_PER_SECOND_IN = {
    "es": 2.4,
    "fr": 2.1,
    "de": 2.0,
    "it": 2.1,
    "pt": 2.0,
    "nl": 2.2,
    "ru": 2.0,
    "tr": 1.8,
    "ar": 1.5,
    "hi": 2.3,
    "id": 2.0,
}
# The usual pace of newsreaders: about 300 characters a minute in Japanese, 240 in Chinese, where each is one syllable.
_SYLLABLES_PER_SECOND_IN = {"ja": 5.0, "zh": 4.0}


def estimated_seconds(script: str, language: str = "") -> float:
    """The estimated length of the speech in seconds, at least 1.

    `language` is a code such as `ko` or `es-ES`; without one, or with an unknown one, an average pace is used.
    """
    # Composed, one syllable of Hangul is one character; the marks that are left would break words apart.
    text = "".join(char for char in unicodedata.normalize("NFC", script) if unicodedata.category(char)[0] != "M")
    base = base_language(language)
    syllables = len(_SYLLABIC.findall(text)) / _SYLLABLES_PER_SECOND_IN.get(base, SYLLABLES_PER_SECOND)
    words = len(_WORD.findall(_SYLLABIC.sub(" ", text))) / _WORDS_PER_SECOND_IN.get(base, WORDS_PER_SECOND)
    pauses = len(_PAUSE.findall(text.strip())) * SECONDS_PER_PAUSE
    return max(1.0, syllables + words + pauses)


def base_language(language: str) -> str:
    """The code without its country: `es-ES` → `es`."""
    return language.split("-")[0].lower()


def is_silent(text: str) -> bool:
    """Whether a text contains only white space and invisible characters such as U+200B."""
    return all(char.isspace() or unicodedata.category(char) in ("Cc", "Cf") for char in text)
