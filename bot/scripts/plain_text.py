"""Plain text: line breaks, what cannot be spoken, sentences that go over several lines."""

import re

_LINE_BREAK = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control characters, soft hyphens, byte order marks in mid-text, surrogates and what is no character at all.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile("[ \t\xa0]+")
_EMPTY_LINES = re.compile("\n{3,}")


def unified_lines(text: str) -> str:
    """The text with one kind of line break."""
    return _LINE_BREAK.sub("\n", text)


def cleaned(text: str) -> str:
    """The text without what cannot be spoken, without needless spaces, and with one empty line at most in a row."""
    text = _UNSPEAKABLE.sub("", unified_lines(text))
    lines = "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _EMPTY_LINES.sub("\n\n", lines).strip()


_SENTENCE_END = re.compile(r"[.!?:;…。！？：；][\"'”’»」』)\]]*$")
_CJK = "[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uff60]"
_WRAP_WITHOUT_SPACE = re.compile(rf"(?<={_CJK})\n(?={_CJK})")


def ends_sentence(text: str) -> bool:
    """Whether a voice pauses at the end of the text."""
    return _SENTENCE_END.search(text) is not None


def is_cjk(char: str) -> bool:
    """Whether a character is Chinese or Japanese, which have no spaces between words."""
    return re.match(_CJK, char) is not None


def unwrapped(text: str) -> str:
    """Lines of one sentence as one line of text; Chinese and Japanese lines are joined without a space."""
    return _WRAP_WITHOUT_SPACE.sub("", text).replace("\n", " ")
