"""The script language that fits a person."""

from __future__ import annotations

import pytest

from bot.scripts.languages import LANGUAGES, language_for


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("ko-KR", "ko"),
        ("en-GB", "en"),
        ("pt-BR", "pt-PT"),
        ("zh_TW", "zh"),
        ("DE-de", "de-DE"),
        ("sv-SE", "en"),
        ("", "en"),
    ],
)
def test_a_locale_has_its_language(locale: str, language: str) -> None:
    """The language of the locale where it is offered, otherwise English."""
    assert language_for(locale) == language


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_fits_itself(code: str) -> None:
    """Each offered language is the one for its own code."""
    assert language_for(code) == code
