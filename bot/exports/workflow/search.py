"""Looking for an export whose submission was never answered. Pure; decides what counts as found.

AI Studios has no idempotency key, and its webhook names no project. What ties a project to an export for certain is
the task id, which both carry. Its name and the moment at which it was made are weaker: they count only when no other
export could be meant, because a wrong guess would show somebody else's video in a channel.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.aistudios.models import Project, ProjectSummary
from bot.exports.models import Progress, Pace

# How often AI Studios is asked before the person is; news by webhook proves the acceptance and gives it its full time.
SEARCH_LOOKS = 20
# The clocks may differ a little, and a request may lie in a queue for a while (seconds).
EARLIEST, LATEST = -30.0, 180.0
SHORTEST_NAME = 8


@dataclass(frozen=True)
class Search:
    """What is known of an export that may or may not exist; `claimed_at` is in Unix seconds."""

    claimed_at: float
    most_looks: int
    looks: int = 0
    heard: Progress | None = None

    @classmethod
    def begin(cls, claimed_at: float, pace: Pace) -> "Search":
        return cls(claimed_at, most_looks=max(SEARCH_LOOKS, int(pace.timeout_seconds / pace.poll_seconds)))

    @property
    def open(self) -> bool:
        return self.looks < (self.most_looks if self.heard else SEARCH_LOOKS)

    @property
    def task_id(self) -> str | None:
        return self.heard.task_id if self.heard else None

    def looked(self, news: Progress | None) -> "Search":
        """After a look, and the news that came in since."""
        return replace(self, looks=self.looks + 1, heard=news or self.heard)


@dataclass(frozen=True)
class Found:
    """A project that is the export's. Unless `certain`, no other export may be one that it could belong to."""

    project_id: str
    certain: bool


def worth_reading(listed: Sequence[ProjectSummary], search: Search, script: str) -> list[str]:
    """The ids of the projects that may be the export's: those whose name fits, and by its task id any other."""
    fitting = [project.id for project in listed if name_fits(project.name, script)]
    others = [project.id for project in listed if project.id not in set(fitting)] if search.task_id else []
    return [*fitting, *others]


def found_among(candidates: Sequence[Project], search: Search, script: str) -> Found | None:
    """The export's project, if one is."""
    same_task = [project for project in candidates if search.task_id and project.backend_task_id == search.task_id]
    if same_task:
        return Found(same_task[0].id, certain=True)
    fitting = [project for project in candidates if _could_be(project, search, script)]
    return Found(fitting[0].id, certain=False) if len(fitting) == 1 else None


def _could_be(project: Project, search: Search, script: str) -> bool:
    another_task = bool(search.task_id and project.backend_task_id)
    return not another_task and name_fits(project.name, script) and _made_then(project, search.claimed_at)


def _made_then(project: Project, claimed_at: float) -> bool:
    try:
        made_at = datetime.fromisoformat(project.created_at or "").timestamp()
    except ValueError:
        return False
    return EARLIEST <= made_at - claimed_at <= LATEST


def name_fits(name: str | None, script: str) -> bool:
    """Whether a project's name is the beginning of the script, as far as it goes."""
    shown = _words((name or "").rstrip(".… "))
    spoken = _words(script)
    return bool(shown) and spoken.startswith(shown) and len(shown) >= min(SHORTEST_NAME, len(spoken))


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()
