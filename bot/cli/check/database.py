"""Checks the database."""

from collections.abc import Mapping

from bot.cli.report import Row
from bot.database import DatabaseUnusable
from bot.engine.inspection import Tables, inspect
from bot.settings import Settings

_FIX = "correct DATABASE_URL, or give the bot's user the rights that it lacks there"
_TABLES: Mapping[Tables, Row] = {
    "none": Row("database tables", "right", "none yet: the first start creates them"),
    "older": Row("database tables", "right", "of an earlier release: the next start updates them"),
    "current": Row("database tables", "right", "of this release"),
    "newer": Row("database tables", "note", "of a newer release than this one; please run that release"),
}


async def database_rows(settings: Settings) -> list[Row]:
    """Whether the bot can use the database, and the versions of its tables."""
    try:
        state = await inspect(settings.database_url.get_secret_value())
    except DatabaseUnusable as unusable:
        return [Row("database", "wrong", str(unusable), _FIX)]
    use = "a bot is running on it" if state.in_use else "can be used"
    return [Row("database", "right", f"{state.name}: {use}"), _TABLES[state.tables]]
