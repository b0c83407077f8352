"""The search for an export whose submission outcome is unknown: decides which project is the export's. Pure.

AI Studios has no idempotency key, and its webhook names no project. Only the task id, which both carry,
identifies an export's project for certain. Its name and creation time count only if no other export could be meant: a
wrong guess would show somebody else's video in a channel.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.exports.models import PollSettings, Progress
from bot.exports.ports import VendorProject

# The number of polls before the person is asked; after a webhook, which proves acceptance, the search lasts until
# the export's timeout.
SEARCH_LOOKS = 20
# The most projects that one poll reads anew: each costs a call.
MOST_READ = 30
# The clocks may differ a little, and a request may lie in a queue for a while (seconds).
EARLIEST, LATEST = -30.0, 180.0
SHORTEST_NAME = 8


@dataclass(frozen=True)
class Search:
    """The state of a search for an export that may or may not exist; `claimed_at` is in Unix seconds."""

    claimed_at: float
    most_looks: int
    looks: int = 0
    heard: Progress | None = None

    @classmethod
    def begin(cls, claimed_at: float, settings: PollSettings) -> "Search":
        return cls(claimed_at, most_looks=max(SEARCH_LOOKS, int(settings.timeout_seconds / settings.poll_seconds)))

    @property
    def open(self) -> bool:
        """Whether another poll is allowed."""
        return self.looks < (self.most_looks if self.heard else SEARCH_LOOKS)

    @property
    def task_id(self) -> str | None:
        """The export's task id at AI Studios; None if no webhook reported it."""
        return self.heard.task_id if self.heard else None

    def looked(self, progress: Progress | None) -> "Search":
        """The state after a poll, with the progress that a webhook has reported since the last, if any."""
        return replace(self, looks=self.looks + 1, heard=progress or self.heard)


@dataclass(frozen=True)
class Found:
    """The export's project. Unless `certain`, the caller must check that it can't belong to another export."""

    project_id: str
    certain: bool


def worth_reading(listed: Sequence[VendorProject], search: Search, script: str) -> list[str]:
    """The ids of the projects that may be the export's: first those whose name fits, then, if the task
    id is known, all others."""
    fitting = {project.id: None for project in listed if name_fits(project.name, script)}
    others = [project.id for project in listed if project.id not in fitting] if search.task_id else []
    return [*fitting, *others]


def found_among(candidates: Sequence[VendorProject], search: Search, script: str) -> Found | None:
    """The project with the export's task id, otherwise the only one whose name and time fit; None if there is none."""
    same_task = [project for project in candidates if search.task_id and project.task_id == search.task_id]
    if same_task:
        return Found(same_task[0].id, certain=True)
    fitting = [project for project in candidates if _could_be(project, search, script)]
    return Found(fitting[0].id, certain=False) if len(fitting) == 1 else None


def _could_be(project: VendorProject, search: Search, script: str) -> bool:
    another_task = bool(search.task_id and project.task_id)
    return not another_task and name_fits(project.name, script) and _made_then(project, search.claimed_at)


def _made_then(project: VendorProject, claimed_at: float) -> bool:
    return project.created_at is not None and EARLIEST <= project.created_at - claimed_at <= LATEST


def name_fits(name: str | None, script: str) -> bool:
    """Whether the script begins with the project's name, which AI Studios may have cut off."""
    shown = _words((name or "").rstrip(".… "))
    spoken = _words(script)
    return bool(shown) and spoken.startswith(shown) and len(shown) >= min(SHORTEST_NAME, len(spoken))


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()
