"""How the database is, in an operator's words."""

from bot.cli.report import Row
from bot.engine.inspection import Look, look_at
from bot.engine.runtime import DatabaseUnusable
from bot.settings import Settings

_MEND = "set DATABASE_URL right, or give the bot's user what it lacks there"


async def database_rows(settings: Settings) -> list[Row]:
    """Whether the bot can work on it, and how far its tables are."""
    try:
        look = await look_at(settings.database_url.get_secret_value())
    except DatabaseUnusable as unusable:
        return [Row("database", "wrong", str(unusable), _MEND)]
    use = "a bot is running on it, as it should" if look.in_use else "can be used"
    return [Row("database", "right", f"{look.name}: {use}"), _tables_row(look)]


def _tables_row(look: Look) -> Row:
    if look.version == 0:
        return Row("database tables", "right", "none yet: the first start makes them")
    if look.version < look.newest:
        found = f"of an earlier release ({look.version} of {look.newest} changes made): the next start makes the others"
        return Row("database tables", "right", found)
    if look.version > look.newest:
        return Row("database tables", "note", "of a newer release than this one, which had better run on them")
    return Row("database tables", "right", "there, and of this release")
