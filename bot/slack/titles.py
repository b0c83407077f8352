"""A video's title and file name, made from the first words of its script."""

import unicodedata

LONGEST_TITLE = 60


def video_title(script: str) -> str:
    """The script's first words, cut between words where possible."""
    words = " ".join(script.split())
    return words if len(words) <= LONGEST_TITLE else words[:LONGEST_TITLE].rsplit(" ", 1)[0] + "…"


def file_name(title: str) -> str:
    """A file name that is valid on every system and keeps the title's letters in any writing system."""
    kept = (char if unicodedata.category(char)[0] in "LMN" else " " for char in unicodedata.normalize("NFC", title))
    words = "-".join("".join(kept).split())
    return f"{words[:LONGEST_TITLE].rstrip('-') or 'avatar-video'}.mp4"
