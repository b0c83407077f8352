"""Looking for an export whose submission was never answered. Pure; decides what counts as found.

AI Studios has no idempotency key, and its webhook names no project. What can tie a project to an export is the task
id, which both carry; its name and the moment at which it was made are weaker, and a wrong guess would show somebody
else's video in a channel.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.aistudios.models import Project, ProjectSummary
from bot.exports.models import Heard

# How often AI Studios is asked before the person is; news by webhook proves the acceptance and lifts the limit.
SEARCH_POLLS = 20
# The vendor's clock and ours may differ, and a request may lie in its queue for a while (seconds).
EARLIEST, LATEST = -120.0, 600.0
SHORTEST_NAME = 8


@dataclass(frozen=True)
class Search:
    """What is known of an export that may or may not exist. Times are Unix seconds."""

    claimed_at: float
    polls: int = 0
    heard: Heard | None = None

    @property
    def open(self) -> bool:
        return self.polls < SEARCH_POLLS or self.heard is not None

    def polled(self) -> "Search":
        return replace(self, polls=self.polls + 1)

    def told(self, news: Heard) -> "Search":
        return replace(self, heard=news)


def worth_reading(listed: Sequence[ProjectSummary], known: Collection[str], script: str, most: int) -> list[str]:
    """The ids of at most `most` unknown projects, those whose name fits the script first."""
    unknown = [project for project in listed if project.id not in known]
    ordered = sorted(unknown, key=lambda project: not _name_fits(project.name, script))
    return [project.id for project in ordered[:most]]


def found_among(candidates: Sequence[Project], search: Search, script: str) -> str | None:
    """The export's project id; None when none is it for sure."""
    task_id = search.heard.task_id if search.heard else None
    if task_id:
        same = [project for project in candidates if project.backend_task_id == task_id]
        if same:
            return same[0].id
    timely = [project for project in candidates if _made_then(project, search.claimed_at)]
    if search.heard is None:
        timely = [project for project in timely if _name_fits(project.name, script)]
    return timely[0].id if len(timely) == 1 else None


def _made_then(project: Project, claimed_at: float) -> bool:
    try:
        made_at = datetime.fromisoformat(project.created_at or "").timestamp()
    except ValueError:
        return False
    return EARLIEST <= made_at - claimed_at <= LATEST


def _name_fits(name: str | None, script: str) -> bool:
    """Whether a project's name is the beginning of the script, as far as it goes."""
    shown = _words((name or "").rstrip(".… "))
    spoken = _words(script)
    return bool(shown) and spoken.startswith(shown) and len(shown) >= min(SHORTEST_NAME, len(spoken))


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()
