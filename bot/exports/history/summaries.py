"""Summaries of exports for the Home tab, lists and the command line. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.exports.history.records import Record
from bot.exports.models import ExportRequest, Posted, Progress
from bot.exports.states import RESULTS, State, is_over, state_of
from bot.exports.usage import Usage

__all__ = ["Summary", "Usage", "summary"]


@dataclass(frozen=True)
class Summary:
    """A request with its latest attempt. `posted`: its messages, None before they are posted; percent is 0 to 100."""

    export_id: str
    request: ExportRequest
    posted: Posted | None
    state: State
    percent: int
    created_at: datetime

    @property
    def in_flight(self) -> bool:
        """Whether it is in progress or waits for an approval."""
        return not is_over(self.state)


def summary(record: Record, request: ExportRequest, heard: Progress | None = None, *, broken: bool = False) -> Summary:
    """The summary of an attempt.

    `heard` is the progress that its webhooks reported last; `broken`: its workflow ended without an outcome.
    """
    state, percent = _standing(record, heard)
    return Summary(
        record.export_id,
        request,
        record.posted,
        "failed" if broken and not is_over(state) else state,
        percent,
        datetime.fromtimestamp(record.begun_at, UTC),
    )


def _standing(record: Record, heard: Progress | None) -> tuple[State, int]:
    if record.result:
        return state_of(record.stage), 100 if RESULTS[record.result].video else 0
    if record.stage == "fetching":
        return "fetching", 100
    percent = min(max(record.percent, heard.progress if heard else 0), 99)
    state = state_of(record.stage)
    return ("rendering" if state == "submitted" and percent else state), percent
