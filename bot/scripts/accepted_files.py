"""Which files a script is read from, how long it may be, and why no script can be read from a file."""

from typing import Literal

FILE_TYPES = ("txt", "md", "docx", "srt", "vtt")

# A script of this length as a Word file with a few pictures; plain text has a tenth of it.
MOST_BYTES = 5_000_000

# About 35 minutes of speech. AI Studios documents no limit (docs.aistudios.com, API V3); this one keeps a wrong file,
# such as a whole book, from being billed.
LONGEST_SCRIPT = 30_000

Reason = Literal["kind", "empty", "too_long", "broken", "too_large"]


class UnreadableScript(Exception):
    """No script can be read from the file.

    `reason`: not one of FILE_TYPES ("kind"), no words in it ("empty"), over LONGEST_SCRIPT characters ("too_long"),
    not what its name says or damaged ("broken"), over MOST_BYTES or too large when unpacked ("too_large").
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
