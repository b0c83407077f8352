"""Looking for an export whose submission outcome is unknown. Pure; decides what counts as found.

AI Studios has no idempotency key, and its webhook names no project. What ties a project to an export for certain is
the task id, which both carry. Its name and the moment at which it was made are weaker: they count only when no other
export could be meant, because a wrong guess would show somebody else's video in a channel.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.exports.models import PollSettings, Progress
from bot.exports.ports import VendorProject

# How often AI Studios is asked before the person is; a webhook proves the acceptance and gives it its full time.
SEARCH_LOOKS = 20
# Projects that are read in one look, of those that were not read before: each costs a call.
MOST_READ = 30
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
    def begin(cls, claimed_at: float, settings: PollSettings) -> "Search":
        return cls(claimed_at, most_looks=max(SEARCH_LOOKS, int(settings.timeout_seconds / settings.poll_seconds)))

    @property
    def open(self) -> bool:
        """Whether it is worth another look."""
        return self.looks < (self.most_looks if self.heard else SEARCH_LOOKS)

    @property
    def task_id(self) -> str | None:
        """The export's task at AI Studios, as far as a webhook named it."""
        return self.heard.task_id if self.heard else None

    def looked(self, progress: Progress | None) -> "Search":
        """After a look, with the progress that a webhook reported since."""
        return replace(self, looks=self.looks + 1, heard=progress or self.heard)


@dataclass(frozen=True)
class Found:
    """A project that is the export's. Unless `certain`, no other export may be one that it could belong to."""

    project_id: str
    certain: bool


def worth_reading(listed: Sequence[VendorProject], search: Search, script: str) -> list[str]:
    """The ids of the projects that may be the export's: those whose name fits, and by its task id any other."""
    fitting = [project.id for project in listed if name_fits(project.name, script)]
    others = [project.id for project in listed if project.id not in set(fitting)] if search.task_id else []
    return [*fitting, *others]


def found_among(candidates: Sequence[VendorProject], search: Search, script: str) -> Found | None:
    """The export's project, if one is: the one with its task id, or else the only one whose name and time fit."""
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
    """Whether a project's name is the beginning of the script, as far as it goes."""
    shown = _words((name or "").rstrip(".… "))
    spoken = _words(script)
    return bool(shown) and spoken.startswith(shown) and len(shown) >= min(SHORTEST_NAME, len(spoken))


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()
