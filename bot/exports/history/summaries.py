"""Exports at a glance: where each one stands, from what its workflow has recorded. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.exports.models import ExportRequest, Progress, Outcome, Posted, Reading, Submission

State = Literal[
    "approval",
    "queued",
    "sending",
    "waiting",
    "searching",
    "submitted",
    "rendering",
    "fetching",
    "ready",
    "linked",
    "drafted",
    "failed",
    "question",
    "left",
    "stopped",
]
_IN_FLIGHT: frozenset[State] = frozenset(
    {"approval", "queued", "sending", "waiting", "searching", "submitted", "rendering", "fetching"}
)
_ENDS: dict[str, State] = {
    "video": "ready",
    "link": "linked",
    "draft": "drafted",
    "failed": "failed",
    "question": "question",
    "left": "left",
    "stopped": "stopped",
}
_SUBMITTED: dict[str, State] = {
    "accepted": "submitted",
    "later": "waiting",
    "unknown": "searching",
    "refused": "failed",
}
_POSTING = ("enter", "announce", "reply")


@dataclass(frozen=True)
class Usage:
    """What was made: videos, and the credits that AI Studios told of."""

    videos: int = 0
    credits: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.videos + other.videos, self.credits + other.credits)


@dataclass(frozen=True)
class Summary:
    """A request with its latest attempt. `posted` is where it shows itself, once it does; percent is 0 to 100."""

    export_id: str
    request: ExportRequest
    posted: Posted | None
    state: State
    percent: int
    created_at: datetime

    @property
    def in_flight(self) -> bool:
        """Whether it still moves by itself, or waits for an approval."""
        return self.state in _IN_FLIGHT


def result_of(state: str) -> str | None:
    """What an export ends with that comes to stand there; None for a state of one that has not ended."""
    return next((result for result, end in _ENDS.items() if end == state), None)


def state_after(outcome: Outcome) -> State:
    """Where an export stands that has ended."""
    return _ENDS[outcome.result]


def state_amid(steps: Iterable[tuple[str, Any]]) -> tuple[State, int]:
    """Where an export stands that runs, and its percent, from the names and results of its steps so far."""
    state: State = "sending"
    percent = 0
    for name, result in steps:
        match result:
            case Submission():
                state = _SUBMITTED[result.result]
            case Reading(progress=float() | int() as progress) | Progress(progress=progress):
                percent = max(percent, min(int(progress), 99))
            case str() if name == "find" and result:
                state = "submitted"
        # Credits are asked for once the render is done.
        if name == "credits":
            return "fetching", 100
    return ("rendering" if state == "submitted" and percent else state), percent


def posted_by(steps: Iterable[tuple[str, Any]]) -> Posted | None:
    """Where a request announced itself; each step's result is paired with why its place was lost."""
    answers = {name: result[0] for name, result in steps if name in _POSTING and isinstance(result, tuple)}
    if not all(answers.get(name) for name in _POSTING):
        return None
    return Posted(channel_id=answers["enter"], root_ts=answers["announce"], reply_ts=answers["reply"])
