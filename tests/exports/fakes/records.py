"""The table of exports in memory: what the steps write into it."""

from dataclasses import dataclass

from bot.exports.models import ExportRequest, Outcome, Posted
from bot.exports.states import Stage


@dataclass
class Change:
    """What a step wrote into the table of exports."""

    what: str
    export_id: str
    stage: Stage | None = None
    percent: int = 0
    project_id: str | None = None
    outcome: Outcome | None = None
    posted: Posted | None = None
    keep_messages: bool = False


class FakeRecords:
    """Notes what is written into the table of exports; `errors` are raised first, one by one."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.errors: list[Exception] = []

    @property
    def stages(self) -> list[tuple[Stage | None, int]]:
        """Where the exports came to stand, with their percents."""
        return [(one.stage, one.percent) for one in self.changes if one.what == "move"]

    def _note(self, change: Change) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.changes.append(change)

    async def begin(
        self,
        export_id: str,
        request: ExportRequest,  # noqa: ARG002 — as Records has it
        stage: Stage,
        posted: Posted | None = None,
    ) -> None:
        self._note(Change("begin", export_id, stage, posted=posted))

    async def move(self, export_id: str, stage: Stage, percent: int = 0, *, project_id: str | None = None) -> None:
        self._note(Change("move", export_id, stage, percent, project_id))

    async def start_sending(self, export_id: str) -> None:
        self._note(Change("start_sending", export_id))

    async def place(self, export_id: str, posted: Posted) -> None:
        self._note(Change("place", export_id, posted=posted))

    async def end(self, export_id: str, stage: Stage, outcome: Outcome, *, keep_messages: bool = False) -> None:
        self._note(Change("end", export_id, stage, outcome=outcome, keep_messages=keep_messages))

    async def restage(self, export_id: str, stage: Stage, result: str | None = None) -> None:
        self._note(Change("restage", export_id, stage, outcome=Outcome(result="left") if result else None))
