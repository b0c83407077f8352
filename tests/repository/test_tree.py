"""What lies at the top of the repository, and how the changelog is written."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.image.dockerfile import CHECKOUT

TOP = {
    *("bot", "docs", "tests"),
    *("CHANGELOG.md", "Dockerfile", "LICENSE", "README.md", "manifest.yml", "pyproject.toml"),
}
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
CHANGELOG = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_top_level_stays_small() -> None:
    """What is versioned lies in its folder; beside the folders stand only the files that tools look for there."""
    git = shutil.which("git")
    if git is None or not (CHECKOUT / ".git").exists():
        pytest.skip("this is no clone")
    listed = subprocess.run([git, "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    top = {path.partition("/")[0] for path in listed.splitlines()}
    assert {name for name in top if not name.startswith(".")} == TOP
    assert {name for name in top if name.startswith(".")} == {".ci", ".dockerignore", ".github", ".gitignore"}


def test_the_changelog_is_one_that_tools_can_read() -> None:
    """Unreleased comes first, then versions with their dates, newest first; each kind of change is a known one."""
    first, *others = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert first == "Unreleased"
    assert [heading for heading in others if not re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", heading)] == []
    versions = [tuple(map(int, heading.partition(" ")[0].split("."))) for heading in others]
    assert versions == sorted(versions, reverse=True)
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= set(KINDS)
