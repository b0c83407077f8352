"""Reads the pages: their sections, tables, code blocks, headings and links."""

from __future__ import annotations

import re
from pathlib import Path

from tests.image.dockerfile import CHECKOUT

README, KOREAN, DOCS = CHECKOUT / "README.md", CHECKOUT / "docs/README.ko.md", CHECKOUT / "docs"
PAGES = (README, *sorted(DOCS.glob("*.md")))
# Those of the repository itself, which others link to.
ALL_PAGES = (*PAGES, CHECKOUT / "CHANGELOG.md", *sorted((CHECKOUT / ".github").glob("*.md")))

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return _BLOCK.sub("", read(page))


def flowing(text: str) -> str:
    """The text with its lines joined, to look for words wherever a line breaks."""
    return " ".join(text.split())


def section(page: Path, title: str) -> str:
    """What stands below a heading of the second level."""
    [text] = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", read(page), re.MULTILINE | re.DOTALL)
    return str(text)


def code_blocks(text: str, language: str = "sh") -> list[str]:
    """The code blocks in this language, without their indentation."""
    return [
        re.sub(rf"^{indent}", "", code, flags=re.MULTILINE)
        for indent, name, code in _BLOCK.findall(text)
        if name == language
    ]


def marked_block(page: Path, marker: str) -> str:
    """The code block right behind `<!-- marker -->`."""
    found = re.search(rf"^<!-- {re.escape(marker)} -->\n```sh\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL)
    assert found, f"{page.name} has no code block marked {marker}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables in a text, without their headings."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {number - 1 for number, line in enumerate(lines) if re.fullmatch(r"[|-]+", line)}
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for number, line in enumerate(lines)
        if number not in heads and not re.fullmatch(r"[|-]+", line)
    ]


def names_in(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def links(page: Path) -> list[str]:
    """Where the links and the pictures of the page lead."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))
