"""The script language that fits a person."""

from __future__ import annotations

from bot.scripts.languages import LANGUAGES, language_for


def test_a_locale_has_its_language() -> None:
    """The language of the locale where it is offered, otherwise English."""
    languages = {
        "ko-KR": "ko",
        "en-GB": "en",
        "pt-BR": "pt-PT",
        "zh_TW": "zh",
        "DE-de": "de-DE",
        "sv-SE": "en",
        "": "en",
    }
    assert {locale: language_for(locale) for locale in languages} == languages


def test_every_language_fits_itself() -> None:
    """Each offered language is the one for its own code."""
    assert [language_for(code) for code in LANGUAGES] == list(LANGUAGES)
