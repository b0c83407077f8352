"""The tools of the workflow's stages (thread, vendor, records, …), and the run that they work on."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.engine.steps import Steps
from bot.exports.history.records import Records
from bot.exports.models import Edit, ExportRequest, Posted, Status
from bot.exports.ports import PlaceLost, Thread, Vendor
from bot.exports.workflow.endings import ExportFailed
from bot.exports.workflow.inbox import Inbox, until_database_answers
from bot.metrics import Metrics


@dataclass(frozen=True)
class Run:
    """One run of a workflow: its export and its messages. `posted` is None before anything is posted."""

    workflow_id: str
    export_id: str
    request: ExportRequest
    inbox: Inbox
    posted: Posted | None = None

    @property
    def place(self) -> Posted:
        """Its messages in Slack. Raises RuntimeError before they are posted."""
        if self.posted is None:
            raise RuntimeError(f"{self.export_id} has not been announced")
        return self.posted


@dataclass(frozen=True)
class Tools:
    """The steps, and the adapters that they call."""

    steps: Steps
    thread: Thread
    vendor: Vendor
    records: Records
    metrics: Metrics

    async def show(
        self, run: Run, status: Status, project_id: str | None = None, *, heard_at: float | None = None
    ) -> Edit:
        """Edits the reply to this status, and records the status's stage for lists."""
        status = self.with_links(run, status, project_id)

        async def show() -> Edit:
            landed, _ = await asyncio.gather(
                self.thread.show(run.request, run.place, status),
                until_database_answers(lambda: self.records.move(run.export_id, status.stage, status.percent)),
            )
            if landed:
                self.metrics.webhook_shown(heard_at)
            return Edit(at=time.time(), landed=landed)

        return await self.steps.run("show", show)

    async def notify(self, run: Run, status: Status) -> None:
        """Mentions the person in a new reply."""
        await self.steps.once(
            "notify",
            lambda again: self.thread.notify(run.workflow_id, run.request, run.posted, status, again=again),
        )

    async def conclude(self, run: Run, status: Status) -> None:
        """Edits the reply and the root message to show the outcome, if they were posted."""
        if run.posted:
            await self.steps.run("conclude", self.thread.conclude, run.request, run.posted, status)

    def with_links(self, run: Run, status: Status, project_id: str | None = None) -> Status:
        """The status with the export's id and the project's address, for its buttons and links."""
        project_url = self.vendor.project_url(project_id) if project_id else None
        return status.model_copy(update={"export_id": status.export_id or run.export_id, "project_url": project_url})

    async def in_place(
        self, name: str, act: Callable[[bool], Awaitable[str]], *, lost: Callable[[str], ExportFailed]
    ) -> str:
        """Runs a step that posts to a channel. Raises `lost(code)` if the channel can't be written to."""

        async def act_or_say_why(again: bool) -> tuple[str, str]:
            try:
                return await act(again), ""
            except PlaceLost as error:
                return "", str(error)

        answer, code = await self.steps.once(name, act_or_say_why)
        if code:
            raise lost(code)
        return answer
