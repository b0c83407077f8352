"""Which release has last worked on a database: kept in a table of ours, so that others can tell without asking DBOS."""

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
# Any number that nobody else locks: two replicas that start at once would both make the table.
_MAKING = 7_331_907


def current_release() -> str:
    """The version of DBOS, which is what decides about the tables."""
    return version(_DBOS)


def record_release(url: sa.URL) -> None:
    """Writes down that this release works on the database. Raises SQLAlchemyError."""
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
    """The release that worked on it last; None where no bot was started yet. Raises SQLAlchemyError."""
    if not sa.inspect(connection).has_table(_RELEASE.name):
        return None
    return connection.scalar(sa.select(_RELEASE.c.version))


def is_newer(release: str, than: str) -> bool:
    """Whether a version of DBOS is newer than another one."""
    return _numbers(release) > _numbers(than)


def _numbers(release: str) -> list[int]:
    return [int(number) for number in release.split(".") if number.isdigit()]
