"""The commands and the variables that the pages name are those of the code."""

from __future__ import annotations

import re
import sys

import pytest

from bot.__main__ import main
from bot.cli.setup.value_sources import WHERE
from bot.settings import NEW_KEY, Settings
from tests.deployment.pages.reading import (
    DOCS,
    KOREAN,
    PAGES,
    README,
    code_blocks,
    flowing,
    names_in,
    prose,
    read,
    rows,
    section,
)

VARIABLES = {name.upper() for name in Settings.model_fields}
# What others read: the proxy, OpenTelemetry, Compose.
OF_OTHERS = {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "OTEL_EXPORTER_OTLP_HEADERS", "POSTGRES_PASSWORD"}
EVERYTHING = "\n".join(read(page) for page in PAGES)
# The container's name is no command's.
CODE = [
    line.replace("exec avatar-bot ", "exec ")
    for page in PAGES
    for text in (*names_in(prose(page)), *code_blocks(read(page)))
    for line in text.splitlines()
]


def help_of(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """What `avatar-bot … --help` prints."""
    monkeypatch.setattr(sys, "argv", ["avatar-bot", *arguments, "--help"])
    with pytest.raises(SystemExit):
        main()
    return capsys.readouterr().out


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Every command with its options."""
    names = re.findall(r"^    (\w+) ", help_of(capsys, monkeypatch), re.MULTILINE)
    return {name: set(re.findall(r"--[a-z-]+", help_of(capsys, monkeypatch, name))) for name in names}


def test_commands_are_those_of_the_code(commands: dict[str, set[str]]) -> None:
    """Each command that a page names exists, and README names each that exists, in both languages."""
    named = {command for line in CODE for command in re.findall(r"avatar-bot ([a-z]+)", line)}
    assert named == set(commands)
    for front in (README, KOREAN):
        tables = "\n".join(row[0] for row in rows(read(front)))
        assert [name for name in commands if not re.search(rf"`(avatar-bot )?{name}\b", tables)] == [], front.name


def test_options_are_those_of_the_code(commands: dict[str, set[str]]) -> None:
    """Each option behind a command, in a line of code or in a table's row about it, is one that the command takes."""
    told = [" ".join(row[:2]) for row in rows(section(DOCS / "operating.md", "Where is my video?"))]
    for use in (*CODE, *told):
        if found := re.search(r"avatar-bot ([a-z]+)(.*)", use):
            options = set(re.findall(r"--[a-z-]+", found[2]))
            assert options <= commands[found[1]], use


def test_variables_are_those_of_the_code() -> None:
    """Whatever is written like a setting is one, or belongs to somebody else who is known."""
    named = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", EVERYTHING))
    assert named - VARIABLES - OF_OTHERS == set()


def test_values_are_where_the_bot_says() -> None:
    """The page about installing shows the same places as `avatar-bot init`, and the command that makes a key."""
    page = DOCS / "install.md"
    text = re.sub(r"[*`]", "", flowing(prose(page)))
    for variable, place in WHERE.items():
        assert place.split(" → ")[-1].partition(", at")[0] in text, variable
    assert NEW_KEY in code_blocks(read(page))[-1]
