"""docs/settings.md has every setting, with its default and a reason to set it."""

from __future__ import annotations

from bot.settings import Settings
from tests.deployment.pages.reading import DOCS, names_in, read, rows

ROWS = {row[0].strip("`"): row[1:] for row in rows(read(DOCS / "settings.md"))}
DEFAULTS = {name.upper(): field.default for name, field in Settings.model_fields.items()}


def plain(value: object) -> str:
    """A default as one would write it into `.env`; empty without one."""
    if hasattr(value, "get_secret_value"):
        return str(value.get_secret_value())
    return "" if value is None or value == frozenset() else str(value)


def test_all_settings_are_there_and_no_others() -> None:
    """Each has one row."""
    assert set(ROWS) == set(DEFAULTS)
    assert len(rows(read(DOCS / "settings.md"))) == len(DEFAULTS)


def test_defaults_are_those_of_the_code() -> None:
    """A value stands in backticks; where there is none, words or other settings do."""
    for variable, default in DEFAULTS.items():
        shown = names_in(ROWS[variable][0])
        if plain(default):
            assert shown == [plain(default)], variable
        else:
            assert [name for name in shown if name not in DEFAULTS and not name.startswith("/")] == [], variable
            assert ROWS[variable][0], variable


def test_each_has_a_reason() -> None:
    """Every row says what it is and when to set it."""
    assert [variable for variable, row in ROWS.items() if len(row) != 3 or not all(row)] == []
