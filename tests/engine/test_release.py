"""Which release has last worked on a database."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from bot.database import is_file, with_own_driver
from bot.engine import release
from bot.engine.release import current_release, is_newer, record_release, recorded_release


@contextmanager
def connected(url: sa.URL) -> Iterator[sa.Connection]:
    """The database as somebody sees it who looks from outside."""
    engine = sa.create_engine(url if is_file(url) else url.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def recorded(url: sa.URL) -> str | None:
    with connected(url) as connection:
        return recorded_release(connection)


def test_the_last_release_is_recorded(either_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """None before the first start; then the one that was there last, once, also after a step back."""
    url = with_own_driver(either_database_url)
    assert recorded(url) is None
    record_release(url)
    assert recorded(url) == current_release()
    for version in ("9.9.9", "9.9.9", "3.4.0"):
        monkeypatch.setattr(release, "current_release", lambda version=version: version)
        record_release(url)
        assert recorded(url) == version
    with connected(url) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM avatar_bot_release")) == 1


@pytest.mark.parametrize(
    ("release", "than", "newer"),
    [
        ("3.4.0", "3.4.0", False),
        ("3.10.0", "3.9.9", True),
        ("3.9.9", "3.10.0", False),
        ("4.0", "3.99.99", True),
        ("3.4.1", "3.4", True),
    ],
)
def test_versions_are_compared_by_their_numbers(release: str, than: str, newer: bool) -> None:
    """Ten comes after nine."""
    assert is_newer(release, than) is newer
