"""`avatar-bot manifest`: what it prints is what Slack takes."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import yaml

from bot.__main__ import main
from bot.cli.manifest import manifest_source
from tests.test_manifest import beyond_schema, schema_errors

EVENTS_URL = "https://bot.example.com/slack/events"


class Command:
    """The command in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Its exit code, and what it prints to stdout and stderr."""
        self._monkeypatch.setattr(sys, "argv", ["avatar-bot", "manifest", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def test_socket_mode_is_the_manifest_as_it_stands(command: Command) -> None:
    """`--socket` prints the repository's file, which is for Socket Mode, word for word."""
    assert command("--socket") == (0, manifest_source(), "")


@pytest.mark.parametrize("written", ["https://bot.example.com", "https://bot.example.com/"])
def test_an_address_is_put_in_everywhere(command: Command, written: str) -> None:
    """With `--url` Slack has nothing against it, and finds the bot at each of its places."""
    code, printed, _ = command("--url", written)
    manifest: dict[str, Any] = yaml.safe_load(printed)
    assert (code, schema_errors(manifest), beyond_schema(manifest)) == (0, [], [])
    assert manifest["settings"]["socket_mode_enabled"] is False
    assert manifest["settings"]["event_subscriptions"]["request_url"] == EVENTS_URL
    assert manifest["settings"]["interactivity"] == {
        "is_enabled": True,
        "request_url": EVENTS_URL,
        "message_menu_options_url": EVENTS_URL,
    }
    assert [command["url"] for command in manifest["features"]["slash_commands"]] == [EVENTS_URL]
    assert manifest["oauth_config"]["redirect_urls"] == ["https://bot.example.com/slack/oauth_redirect"]


def test_what_is_written_beside_the_entries_is_kept(command: Command) -> None:
    """But for the first lines, which say which variant it is, and the address, it is the same file."""
    _, printed, _ = command("--url", "https://bot.example.com")
    added = [line for line in printed.splitlines() if "bot.example.com" in line]
    rest = [line for line in printed.splitlines() if line not in added]
    written = [line for line in manifest_source().splitlines() if "avatar-bot manifest" not in line]
    changed = {"  socket_mode_enabled: false", "  redirect_urls:"}
    assert set(rest) - set(written) == changed
    assert [line for line in written if line not in rest and not line.startswith("# As it stands")] == [
        "  socket_mode_enabled: true"
    ]


@pytest.mark.parametrize(
    ("written", "wish"),
    [
        ("bot.example.com", "must be a web address"),
        ("http://bot.example.com", "must start with https://"),
        ("http://localhost:3000", "must start with https://"),
        ("https://bot.example.com?x=1", "must be a plain address"),
        ("", "must be a web address"),
    ],
)
def test_a_wrong_address_is_said_in_one_sentence(command: Command, written: str, wish: str) -> None:
    """Exit code 2, one line on stderr, and nothing that could be pasted."""
    code, printed, complaint = command("--url", written)
    assert (code, printed) == (2, "")
    assert complaint.startswith(f"--url {wish}")
    assert complaint.count("\n") == 1


def test_the_way_is_not_guessed(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an option it says what to give, whatever the environment has."""
    monkeypatch.setenv("PUBLIC_URL", "https://bot.example.org")
    code, printed, said = command()
    assert (code, printed) == (2, "")
    assert "--url https://bot.example.com" in said
    assert "--socket" in said
    assert "bot.example.org" not in said
