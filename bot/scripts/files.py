"""The script in a file that a person uploads: from the file's name and bytes to the words to speak."""

from collections.abc import Callable, Mapping

from bot.scripts.captions import read_srt, read_vtt
from bot.scripts.encodings import decoded
from bot.scripts.markdown import read_markdown
from bot.scripts.plain_text import cleaned
from bot.scripts.speech import is_silent
from bot.scripts.unreadable import LONGEST_SCRIPT, Reason, UnreadableScript
from bot.scripts.word import read_word

__all__ = ["FILE_TYPES", "LONGEST_SCRIPT", "MOST_BYTES", "Reason", "UnreadableScript", "read_script"]

_READERS: Mapping[str, Callable[[bytes], str]] = {
    "txt": decoded,
    "md": read_markdown,
    "docx": read_word,
    "srt": read_srt,
    "vtt": read_vtt,
}
FILE_TYPES = tuple(_READERS)

# A script of this length as a Word file with a few pictures; plain text has a tenth of it.
MOST_BYTES = 5_000_000


def read_script(name: str, content: bytes) -> str:
    """The words in a file of one of FILE_TYPES, by its extension. Raises UnreadableScript."""
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
