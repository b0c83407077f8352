"""Catalogues of messages; English and Korean have the same keys, which a test holds."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

LOCALES = ("en", "ko")


@cache
def catalogue(locale: str) -> Mapping[str, str]:
    """The messages of one of LOCALES by dotted key, such as `form.title`."""
    text = resources.files("bot.i18n").joinpath(f"{locale}.toml").read_text(encoding="utf-8")
    sections = tomllib.loads(text)
    return {f"{section}.{key}": words for section, entries in sections.items() for key, words in entries.items()}


def t(locale: str, key: str, **values: object) -> str:
    """The message for a key in the reader's language; a locale such as `ko-KR` counts as its language.

    Raises KeyError for an unknown key: a missing word is a fault of ours, found by the tests.
    """
    language = locale.split("-")[0].lower()
    words = catalogue(language if language in LOCALES else "en")[key]
    return words.format(**values)
