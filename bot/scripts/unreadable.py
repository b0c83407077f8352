"""Why no script can be taken from a file, and how long a script may be."""

from typing import Literal

# About 35 minutes of speech. AI Studios documents no limit (docs.aistudios.com, API V3); this one keeps a wrong file,
# such as a whole book, from being billed.
LONGEST_SCRIPT = 30_000

Reason = Literal["kind", "empty", "too_long", "broken", "too_large"]


class UnreadableScript(Exception):
    """No script can be taken from the file.

    `reason`: of another type than those that are read ("kind"), no words in it ("empty"), over LONGEST_SCRIPT
    characters ("too_long"), not what its name says or damaged ("broken"), too many bytes, as it is or unpacked
    ("too_large").
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
