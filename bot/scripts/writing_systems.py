"""The writing system of a script: whether the text is valid Unicode, and whether it fits the language."""

import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Literal

from bot.scripts.speech import base_language

WritingSystem = Literal["latin", "hangul", "kana", "han", "cyrillic", "arabic", "devanagari", "other"]

# The first word of a character's Unicode name is its writing system.
_BY_NAME: Mapping[str, WritingSystem] = {
    "LATIN": "latin",
    "HANGUL": "hangul",
    "HIRAGANA": "kana",
    "KATAKANA": "kana",
    "KATAKANA-HIRAGANA": "kana",
    "CJK": "han",
    "IDEOGRAPHIC": "han",
    "BOPOMOFO": "han",
    "CYRILLIC": "cyrillic",
    "ARABIC": "arabic",
    "DEVANAGARI": "devanagari",
}
_WIDTHS = ("FULLWIDTH ", "HALFWIDTH ")

_WRITTEN_IN: Mapping[str, frozenset[WritingSystem]] = {
    "ko": frozenset({"hangul"}),
    "ja": frozenset({"kana", "han"}),
    "zh": frozenset({"han"}),
    "ru": frozenset({"cyrillic"}),
    "ar": frozenset({"arabic"}),
    "hi": frozenset({"devanagari"}),
    **dict.fromkeys(("en", "es", "fr", "de", "it", "pt", "nl", "tr", "id"), frozenset[WritingSystem]({"latin"})),
}

# How many letters of an alphabet say as much as one character.
_LETTERS_IN: Mapping[WritingSystem, int] = {"hangul": 2, "kana": 2, "han": 3}

# Fewer letters than this are a name or an abbreviation, and tell nothing.
_FEWEST_LETTERS = 8

# Brands and technical terms stay in Latin letters in every writing system, and may be most of a sentence.
_LATIN_PER_OWN = 6

# Japanese has more kana than this share of its Han characters; Chinese has a borrowed の at most.
_KANA_PER_HAN = 0.25


def well_formed(text: str) -> str:
    """The text without lone surrogates, which JSON may contain (RFC 8259 §8.2) but UTF-8 may not.

    They remain where an emoji was cut in two. A pair of surrogates becomes its character.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def mismatch(script: str, language: str) -> WritingSystem | None:
    """The script's main writing system when `language` (such as `ko` or `es-ES`) is not written in it.

    None when it fits, when the script has too few letters to tell, and for an unknown language.
    """
    own = _WRITTEN_IN.get(base_language(language))
    if own is None:
        return None
    letters = _letters(script)
    foreign = Counter({writing: count for writing, count in letters.items() if writing not in own})
    if foreign.total() < _FEWEST_LETTERS:
        return None
    weight = foreign.total() - foreign["latin"] + foreign["latin"] / _LATIN_PER_OWN
    fits = letters.total() - foreign.total() >= weight
    return None if fits else foreign.most_common(1)[0][0]


def _letters(script: str) -> Counter[WritingSystem]:
    """The amount of text in each writing system, in letters of an alphabet."""
    # Composed, one syllable of Hangul is one character.
    text = unicodedata.normalize("NFC", script)
    chars = Counter(_writing_system(char) for char in text if unicodedata.category(char)[0] == "L")
    if chars["kana"] > chars["han"] * _KANA_PER_HAN:
        chars["kana"] += chars.pop("han", 0)
    return Counter({writing: count * _LETTERS_IN.get(writing, 1) for writing, count in chars.items()})


def _writing_system(char: str) -> WritingSystem:
    name = unicodedata.name(char, "")
    for width in _WIDTHS:
        name = name.removeprefix(width)
    return _BY_NAME.get(name.split(" ")[0], "other")
