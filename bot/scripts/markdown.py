"""Reads Markdown as text to be spoken."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.scripts.accepted_files import LONGEST_SCRIPT
from bot.scripts.encodings import decoded_markup
from bot.scripts.plain_text import ends_sentence, is_cjk, unwrapped

# Characters before the marks are taken out. More of them can take many seconds to read.
MOST_CHARACTERS = 2 * LONGEST_SCRIPT

_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:(?!---).*\n)*---[ \t]*(?:\n|\Z)")
_LINE_SEPARATOR = "\u2028"


def read_markdown(content: bytes) -> str:
    """The text without markup, URLs, pictures and HTML. Raises UnreadableScript."""
    tokens = _MARKDOWN.parse(_FRONT_MATTER.sub("", decoded_markup(content, MOST_CHARACTERS)))
    return "\n".join(_lines(tokens))


def _lines(tokens: list[Token]) -> Iterator[str]:
    opener = ""
    for token in tokens:
        if token.type == "inline":
            line = unwrapped("".join(map(_inline_words, token.children or []))).strip()
            yield _ended(line) if opener == "heading_open" else line
        elif token.type in ("fence", "code_block"):
            yield token.content
        elif token.type == "paragraph_close" and not token.hidden:
            yield ""
        opener = token.type


def _inline_words(token: Token) -> str:
    if token.type in ("text", "code_inline"):
        return token.content
    return {"softbreak": "\n", "hardbreak": _LINE_SEPARATOR}.get(token.type, "")


def _ended(heading: str) -> str:
    """A heading with a full stop, which makes the voice pause after it."""
    if not heading or ends_sentence(heading):
        return heading
    return heading + ("。" if is_cjk(heading[-1]) else ".")
