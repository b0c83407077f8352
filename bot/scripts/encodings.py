"""Decodes text of unknown encoding."""

from charset_normalizer import from_bytes

from bot.scripts.accepted_files import UnreadableScript
from bot.scripts.plain_text import unified_lines

# The longer mark first: UTF-32 begins like UTF-16. These codecs take the mark away themselves.
_BYTE_ORDER_MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
# What Windows saved in the countries of the languages that the form offers, before it turned to UTF-8. Fewer to choose
# from make fewer mistakes.
_OLD_ENCODINGS = ["cp949", "cp932", "gb18030", "big5", "cp1252", "cp1251", "cp1254", "cp1256"]
# Spaces and line breaks alone make more of UTF-16 than this; a stray NUL makes less of another encoding.
_NULS_OF_UTF_16 = 1 / 20


def decoded(content: bytes) -> str:
    """The decoded text. Raises UnreadableScript when no encoding fits."""
    try:
        return content.decode(_encoding(content))
    except UnicodeDecodeError:
        match = from_bytes(content, cp_isolation=_OLD_ENCODINGS, preemptive_behaviour=False).best()
    if match is None:
        raise UnreadableScript("broken")
    return str(match)


def decoded_markup(content: bytes, most: int) -> str:
    """The decoded text with one kind of line break (LF).

    Raises UnreadableScript, also for more than `most` characters.
    """
    text = decoded(content)
    if len(text) > most:
        raise UnreadableScript("too_long")
    return unified_lines(text)


def _encoding(content: bytes) -> str:
    """The Unicode encoding that the bytes indicate."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return encoding
    even, odd = content[::2].count(0), content[1::2].count(0)
    if max(even, odd) > len(content) * _NULS_OF_UTF_16 and not min(even, odd):
        return "utf-16-le" if odd else "utf-16-be"
    return "utf-8"
