"""Markdown files as one would read them aloud."""

from __future__ import annotations

from bot.scripts.files import read_script


def test_only_what_is_spoken_is_left() -> None:
    """Words without marks, addresses, pictures and HTML; a heading ends with a pause."""
    scripts = {
        "# Welcome\nto *all* of **you**": "Welcome.\nto all of you",
        "# Ready?\n\n## 안내": "Ready?\n안내.",
        "# お知らせ": "お知らせ。",
        "Title\n=====\ntext": "Title.\ntext",
        "a [link](https://x.y 'z') ![picture](p.png)here": "a link here",
        "one\ntwo  \nthree": "one two\nthree",
        "今日は\n晴れ": "今日は晴れ",
        "- one\n- two\n  1. three": "one\ntwo\nthree",
        "> quoted\n\nplain `code` ~~gone~~": "quoted\n\nplain code gone",
        "```py\nprint()\n```": "print()",
        "<div>x</div>\n\na<br>b <!-- c -->": "ab",
        "| a | b |\n|---|---|\n| 1 | 2 |": "a\nb\n1\n2",
        "---\ntitle: x\n---\nHello\n\n---\n\nyou": "Hello\n\nyou",
        "Tom &amp; Jerry \\*": "Tom & Jerry *",
    }
    assert {source: read_script("a.md", source.encode()) for source in scripts} == scripts
