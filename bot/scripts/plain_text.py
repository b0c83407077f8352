"""Cleans plain text: line breaks, characters that can't be spoken, and sentences wrapped over several lines."""

import re

_LINE_BREAK = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control characters, soft hyphens, byte order marks in mid-text, surrogates and what is no character at all.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile("[ \t\xa0]+")
_EMPTY_LINES = re.compile("\n{3,}")


def unified_lines(text: str) -> str:
    """The text with one kind of line break (LF)."""
    return _LINE_BREAK.sub("\n", text)


def cleaned(text: str) -> str:
    """The text without unspeakable characters and needless spaces, and with at most one empty line in a row."""
    text = _UNSPEAKABLE.sub("", unified_lines(text))
    lines = "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _EMPTY_LINES.sub("\n\n", lines).strip()


_SENTENCE_END = re.compile(r"[.!?:;…。！？：；][\"'”’»」』)\]]*$")
_CJK = "[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uff60]"
_WRAP_WITHOUT_SPACE = re.compile(rf"(?<={_CJK})\n(?={_CJK})")


def ends_sentence(text: str) -> bool:
    """Whether the text ends with punctuation at which a voice pauses."""
    return _SENTENCE_END.search(text) is not None


def is_cjk(char: str) -> bool:
    """Whether a character is Chinese or Japanese, languages without spaces between words."""
    return re.match(_CJK, char) is not None


def unwrapped(text: str) -> str:
    """Joins the lines of a sentence into one line, Chinese and Japanese lines without a space."""
    return _WRAP_WITHOUT_SPACE.sub("", text).replace("\n", " ")
