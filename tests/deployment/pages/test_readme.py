"""The front door: short, the same in both languages, with the commands that CI runs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bot.i18n import t
from bot.slack.command.listener import HELP, LIST
from tests.deployment.pages.reading import (
    DOCS,
    KOREAN,
    README,
    code_blocks,
    flowing,
    links,
    marked_block,
    read,
    rows,
)
from tests.image.dockerfile import CHECKOUT

MOST_LINES = 150
ARCHITECTURE = DOCS / "architecture.md"
CI = CHECKOUT / ".ci/run"
BUTTONS = ("form.more_options", "button.stop", "button.try_again", "button.edit", "button.another")


def test_it_is_short() -> None:
    """Who wants to install the bot does not read a book first."""
    assert len(read(README).splitlines()) <= MOST_LINES
    assert len(read(KOREAN).splitlines()) <= MOST_LINES


def test_each_language_leads_to_the_other() -> None:
    """By the first line, and with the same picture."""
    assert read(README).splitlines()[0] == "[한국어](docs/README.ko.md)"
    assert read(KOREAN).splitlines()[0] == "[English](../README.md)"
    assert ".github/demo.png" in links(README)
    assert "../.github/demo.png" in links(KOREAN)


def test_both_languages_have_the_same_commands() -> None:
    """The code blocks are equal, and so are the names in the first cells of the tables."""
    assert code_blocks(read(README)) == code_blocks(read(KOREAN))
    first_cells = [[re.findall("`[^`]+`", row[0]) for row in rows(read(page))] for page in (README, KOREAN)]
    assert first_cells[0] == first_cells[1]


@pytest.mark.parametrize(("page", "locale"), [(README, "en"), (KOREAN, "ko")], ids=["en", "ko"])
def test_buttons_are_named_as_they_read(page: Path, locale: str) -> None:
    """Each button that the page names bears that name in Slack."""
    text = flowing(read(page))
    assert [key for key in BUTTONS if f"*{t(locale, key)}*" not in text] == []


def test_the_words_after_the_command_are_understood() -> None:
    """What may be typed after /avatar is what the listener knows."""
    typed = set(re.findall(r"`/avatar (\S+)`", read(README) + read(KOREAN)))
    assert typed == HELP | LIST


@pytest.mark.parametrize("name", ["demo", "video", "test"])
def test_ci_runs_the_commands_of_the_readme(name: str) -> None:
    """Each is marked, and CI reads it from there."""
    assert marked_block(README, f"ci: {name}") == marked_block(KOREAN, f"ci: {name}")
    assert f"command_of README.md {name}" in read(CI)


def test_ci_runs_the_long_tests_as_they_are_written() -> None:
    """Their command stands on the page about the tree."""
    assert marked_block(ARCHITECTURE, "ci: long").strip().endswith("pytest -m long")
    assert "command_of docs/architecture.md long" in read(CI)


def test_a_command_that_is_missing_fails_ci() -> None:
    """The shell function that reads a command gives what stands there, and fails where nothing does."""
    [function] = re.findall(r"^command_of\(\) \{\n.*?^\}$", read(CI), re.MULTILINE | re.DOTALL)

    def read_by_ci(name: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-euo", "pipefail", "-c", f"{function}\ncommand_of README.md {name}"]
        return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert read_by_ci("test").stdout == marked_block(README, "ci: test").strip()
    assert read_by_ci("nothing").returncode == 1
    assert "README.md has no command marked ci: nothing" in read_by_ci("nothing").stderr
