"""The first start, without any settings."""

from pathlib import Path

import pytest

from bot.cli.first_steps import FIRST_STEPS, is_first_start
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
