"""The usage of a workspace in a calendar month (UTC)."""

from dataclasses import dataclass
from datetime import UTC, datetime

DAY = 86_400.0


@dataclass(frozen=True)
class Usage:
    """The number of videos (including those delivered as links), and the credits that AI Studios reported."""

    videos: int = 0
    credits: int = 0


def month_of(moment: float) -> str:
    """The calendar month of a Unix time in seconds, such as `2026-11`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m")
