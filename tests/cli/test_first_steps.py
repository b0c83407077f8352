"""The first start, without any settings."""

import sys
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli.setup.first_steps import FIRST_STEPS, is_first_start
from bot.settings import InvalidSettings, Settings, load_settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder, and none of the variables."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def complaints() -> str:
    """What the settings of this moment lack."""
    with pytest.raises(InvalidSettings) as invalid:
        load_settings()
    return str(invalid.value)


def test_nothing_set_is_the_first_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing of what is needed, the steps are told; from the first value on, what is wrong."""
    assert is_first_start(complaints())
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    assert not is_first_start(complaints())


def test_a_wrong_value_is_no_first_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has set something wrong is told of that."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "token")
    assert not is_first_start(complaints())


def test_the_steps_come_in_order() -> None:
    """The manifest comes before the app, the app before its tokens, and these before the start."""
    steps = (
        *("avatar-bot manifest", "https://api.slack.com/apps → Create New App", "Install to Workspace"),
        *("Bot User OAuth Token", "https://app.aistudios.com", "avatar-bot init", "avatar-bot check"),
        "avatar-bot serve",
    )
    places = [FIRST_STEPS.index(step) for step in steps]
    assert places == sorted(places)


def test_without_a_command_all_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with what it does."""
    monkeypatch.setattr(sys, "argv", ["avatar-bot"])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert "what is wrong and how to fix" in said
    assert all(f"\n    {command} " in said for command in ("serve", "manifest", "init", "check", "exports", "forget"))
