"""The release that last used a database, stored in a table of the bot's, so that it can be read without DBOS."""

from importlib.metadata import version

import sqlalchemy as sa

from bot.database import is_file

_METADATA = sa.MetaData()
_RELEASE = sa.Table(
    "avatar_bot_release",
    _METADATA,
    sa.Column("component", sa.String(32), primary_key=True),
    sa.Column("version", sa.String(32), nullable=False),
)
_DBOS = "dbos"
# Any number not locked elsewhere: without the lock, two replicas that start at once would both create the table.
_MAKING = 7_331_907


def current_release() -> str:
    """The version of DBOS, which determines the tables."""
    return version(_DBOS)


def record_release(url: sa.URL) -> None:
    """Records that this release uses the database. Raises SQLAlchemyError."""
    engine = sa.create_engine(url if is_file(url) else url.set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)
    with engine.begin() as connection:
        if not is_file(url):
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MAKING)))
        _METADATA.create_all(connection)
        if connection.scalar(sa.select(_RELEASE.c.version)) != current_release():
            connection.execute(sa.delete(_RELEASE))
            connection.execute(sa.insert(_RELEASE).values(component=_DBOS, version=current_release()))
    engine.dispose()


def recorded_release(connection: sa.Connection) -> str | None:
    """The release that used it last; None before the first start. Raises SQLAlchemyError."""
    if not sa.inspect(connection).has_table(_RELEASE.name):
        return None
    return connection.scalar(sa.select(_RELEASE.c.version))


def is_newer(release: str, than: str) -> bool:
    """Whether a version of DBOS is newer than another one."""
    return _numbers(release) > _numbers(than)


def _numbers(release: str) -> list[int]:
    return [int(number) for number in release.split(".") if number.isdigit()]
