"""What a workspace has made in a calendar month (UTC)."""

from dataclasses import dataclass
from datetime import UTC, datetime

DAY = 86_400.0


@dataclass(frozen=True)
class Usage:
    """Videos, links counted as such, and the credits that AI Studios told of."""

    videos: int = 0
    credits: int = 0


def month_of(moment: float) -> str:
    """The calendar month of a Unix time in seconds, such as `2026-11`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m")
