"""Reads the script in an uploaded file, by the file's name and bytes."""

from collections.abc import Callable, Mapping

from bot.scripts.accepted_files import FILE_TYPES, LONGEST_SCRIPT, MOST_BYTES, UnreadableScript
from bot.scripts.captions import read_srt, read_vtt
from bot.scripts.encodings import decoded
from bot.scripts.markdown import read_markdown
from bot.scripts.plain_text import cleaned
from bot.scripts.speech import is_silent
from bot.scripts.word import read_word

_READERS: Mapping[str, Callable[[bytes], str]] = dict(
    zip(FILE_TYPES, (decoded, read_markdown, read_word, read_srt, read_vtt), strict=True)
)


def read_script(name: str, content: bytes) -> str:
    """The text of a file of one of FILE_TYPES, recognised by its extension. Raises UnreadableScript."""
    read = _READERS.get(name.rpartition(".")[2].lower())
    if read is None:
        raise UnreadableScript("kind")
    if len(content) > MOST_BYTES:
        raise UnreadableScript("too_large")
    if not content:
        raise UnreadableScript("empty")
    script = cleaned(read(content))
    if is_silent(script):
        raise UnreadableScript("empty")
    if len(script) > LONGEST_SCRIPT:
        raise UnreadableScript("too_long")
    return script
