"""The accepted types of script files, their limits, and the reasons why a script can't be read."""

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

    `reason`: "kind" (not one of FILE_TYPES), "empty" (no words), "too_long" (over LONGEST_SCRIPT characters), "broken"
    (damaged, or not the type that its name says), "too_large" (over MOST_BYTES, or too large when unpacked).
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
