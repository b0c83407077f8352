"""Where the pages lead."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.deployment.pages.reading import ALL_PAGES, DOCS, KOREAN, README, anchors, links
from tests.image.dockerfile import CHECKOUT

OUTSIDE = ("https://", "http://")


def broken(page: Path) -> list[str]:
    """The links of the page that lead to no file, or to no heading."""
    return [link for link in links(page) if not link.startswith(OUTSIDE) and not leads_somewhere(page, link)]


def leads_somewhere(page: Path, link: str) -> bool:
    file, _, anchor = unquote(link).partition("#")
    target = (page.parent / file).resolve() if file else page
    if file and not (target.is_relative_to(CHECKOUT) and target.exists()):
        return False
    return not anchor or anchor in anchors(target)


def test_links_lead_to_files_and_headings() -> None:
    """Every relative link of every page, in both languages, has its file and its heading."""
    assert {page.name: found for page in ALL_PAGES if (found := broken(page))} == {}


@pytest.mark.parametrize("front", [README, KOREAN], ids=["English", "Korean"])
def test_every_page_is_found_from_the_front(front: Path) -> None:
    """README names each page in docs/, in either language."""
    named = {(front.parent / link.partition("#")[0]).resolve() for link in links(front)}
    assert [page.name for page in DOCS.glob("*.md") if page not in (front, KOREAN) and page not in named] == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """A missing file, a missing heading and a way out of the repository are all told; code has no links."""
    page = tmp_path / "page.md"
    page.write_text("# One\n[a](missing.md) [b](#two) [c](/) [d](#one) [e](https://example.com)\n```sh\n[f](x)\n```\n")
    assert broken(page) == ["missing.md", "#two", "/"]
