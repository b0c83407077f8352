"""Plain text, cleaned of what cannot be spoken."""

from __future__ import annotations

from bot.scripts.files import read_script


def test_lines_are_kept_and_controls_dropped() -> None:
    """One form of line break, no control characters, no piles of spaces and empty lines."""
    assert read_script("a.txt", b"\n one\r\ntwo\rthr\0e\x07e \t four \n\n\n\nfive\x0c\n") == (
        "one\ntwo\nthree four\n\nfive"
    )
