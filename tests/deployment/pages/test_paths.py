"""What the pages say about files: each promise has its tests, and what is named is there."""

from __future__ import annotations

import re

from tests.deployment.pages.reading import DOCS, PAGES, names_in, prose, read, rows
from tests.image.dockerfile import CHECKOUT

FILES = [
    f"/{path.relative_to(CHECKOUT)}"
    for root in ("bot", "tests", "docs", ".ci", ".github")
    for path in (CHECKOUT / root, *(CHECKOUT / root).rglob("*"))
]


def test_each_promise_names_tests_that_exist() -> None:
    """A row has a promise, and files or folders of tests that hold it."""
    promises = rows(read(DOCS / "promises.md"))
    assert len(promises) > 1
    for promise, held_by in promises:
        paths = names_in(held_by)
        assert paths, promise
        assert [path for path in paths if not path.startswith("tests/") or not (CHECKOUT / path).exists()] == []


def test_paths_that_pages_name_exist() -> None:
    """Whatever is written like a file or a folder of the sources is there; a page may leave out where it lies."""
    for page in PAGES:
        named = [
            name for name in names_in(prose(page)) if re.fullmatch(r"[\w./{},-]+\.(py|toml|js|yaml)|[\w/]+/", name)
        ]
        missing = [name for name in named if not is_there(name)]
        assert missing == [], page.name


def is_there(name: str) -> bool:
    wanted = "/" + name.strip("/")
    return any(file.endswith(wanted) for file in FILES)


def test_the_tree_is_the_real_one() -> None:
    """Each file and folder in the tree of the architecture is there."""
    [tree] = re.findall(r"^```text\n(.*?)^```", read(DOCS / "architecture.md"), re.MULTILINE | re.DOTALL)
    names = [name for line in tree.splitlines() for name in re.findall(r"[\w.]+/|\w+\.py\b", line[:50])]
    assert [name for name in names if not is_there(name) and not (CHECKOUT / name).exists()] == []
