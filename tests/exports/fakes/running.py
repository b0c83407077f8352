"""Exports in the real engine, in this process, between a thread and a vendor in memory."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import closed, opened
from bot.engine.mailbox import Mailbox
from bot.engine.runtime import Engine
from bot.engine.serializer import JsonSerializer
from bot.engine.steps import Steps
from bot.exports.history.history import History
from bot.exports.history.last_used import LastUsed
from bot.exports.history.records import Record, Records
from bot.exports.limits import Limits
from bot.exports.models import (
    STORED_TYPES,
    ApprovalPolicy,
    Avatar,
    ExportRequest,
    PollSettings,
    Posted,
    Reading,
    Requester,
    RequestOptions,
    Status,
    Submission,
)
from bot.exports.render.video_transfer import VideoTransfer
from bot.exports.service import Actor, ExportService
from bot.exports.workflow.context import Tools
from bot.exports.workflow.queue import ExportQueue
from bot.exports.workflow.registration import ExportWorkflow
from tests.engine.workflows import stopped
from tests.exports.fakes.world import ACCEPTED, CountingMetrics, FakeThread, FakeVendor
from tests.scenarios.scene import until_true

T = TypeVar("T")

# DBOS knows one instance of this name in a process; it is initialised anew for each engine.
WORKFLOW = ExportWorkflow.__new__(ExportWorkflow)
SERIALIZER = JsonSerializer(STORED_TYPES)
QUICK = PollSettings(poll_seconds=0.02, timeout_seconds=600.0)
TEAM, ANA = "T1", Actor("T1", "U1")
URL = "https://cdn.example.com/video.mp4"
DONE = Reading(at=0.0, progress=100.0, download_url=URL)


@dataclass
class Plan:
    """What becomes of a script at the vendor: an answer to each submission, and to each question about a project.

    The last answer is given again and again.
    """

    submissions: Sequence[Submission] = (ACCEPTED,)
    readings: Sequence[Reading] = (DONE,)
    length: int = 5


@dataclass
class PlannedVendor(FakeVendor):
    """A vendor that does with each script what was planned for it; a video, without a plan."""

    plans: dict[str, Plan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def plan_of(self, request: ExportRequest) -> Plan:
        return self.plans.get(request.options.script, Plan())

    async def submit(self, export_id: str, request: ExportRequest) -> Submission:
        self.submitted += 1
        script = request.options.script
        answer = self._next(script, self.plan_of(request).submissions)
        return answer.model_copy(update={"project_id": f"P-{export_id}"}) if answer.project_id else answer

    async def read(self, request: ExportRequest, project_id: str) -> Reading:
        answer = self._next(project_id, self.plan_of(request).readings)
        return answer.model_copy(update={"at": time.time()})

    async def credits(self, request: ExportRequest, project_id: str, heard: int | None) -> int | None:  # noqa: ARG002 — as Vendor has it
        return heard or 3

    def _next(self, key: str, answers: Sequence[T]) -> T:
        self.asked[key] += 1
        return answers[min(self.asked[key], len(answers)) - 1]


class PlayedThread(FakeThread):
    """A thread in which every export has messages of its own."""

    async def enter(self, request: ExportRequest) -> str:
        self._called("enter", request)
        return request.options.channel_id

    async def announce(self, export_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        await super().announce(export_id, request, channel_id, again=again)
        return f"root of {export_id}"

    async def reply(
        self, export_id: str, request: ExportRequest, channel_id: str, root_ts: str, status: Status, *, again: bool
    ) -> str:
        await super().reply(export_id, request, channel_id, root_ts, status, again=again)
        return f"reply of {export_id}"

    async def show(self, request: ExportRequest, posted: Posted, status: Status) -> bool:  # noqa: ARG002 — as Thread has it
        self._called("show", status)
        return self.lands

    async def conclude(self, request: ExportRequest, posted: Posted, status: Status) -> None:  # noqa: ARG002 — as Thread has it
        self._called("conclude", status)


@dataclass
class RunningExports:
    """The product while its engine runs."""

    service: ExportService
    records: Records
    mailbox: Mailbox
    history: History
    thread: PlayedThread
    vendor: PlannedVendor
    metrics: CountingMetrics
    database: AsyncEngine
    engine: Engine

    async def until(self, export_id: str, is_so: Callable[[Record], bool], *, what: str) -> Record:
        """The row of an export, once it is as is wanted."""

        async def look() -> Record | None:
            record = await self.records.one(export_id)
            return record if record and is_so(record) else None

        found = await until_true(look, what=f"{export_id}: {what}")
        assert found is not None
        return found

    async def until_ended(self, export_id: str) -> Record:
        """Its row, once it has ended."""
        return await self.until(export_id, lambda record: record.ended_at is not None, what="the end")

    async def until_counted(self) -> list[tuple[str, str | None, int | None]]:
        """What the metrics were told of ends, once that is anything; it comes a moment after the row's end."""

        async def look() -> list[tuple[str, str | None, int | None]]:
            return self.metrics.ended

        return await until_true(look, what="an end that is counted")

    async def until_at(self, export_id: str, stage: str) -> Record:
        """Its row, once it has come to this stage."""
        return await self.until(export_id, lambda record: record.stage == stage, what=stage)


@asynccontextmanager
async def running_exports(
    url: str,
    *,
    approval: ApprovalPolicy | None = None,
    queue: ExportQueue | None = None,
    settings: PollSettings = QUICK,
    vendor: PlannedVendor | None = None,
) -> AsyncIterator[RunningExports]:
    """The product as bot.app builds it, without Slack and AI Studios."""
    database, engine = opened(url), Engine(url, SERIALIZER)
    records = Records(database)
    mailbox = Mailbox(database, SERIALIZER, records)
    history = History(records, mailbox)
    thread, vendor, metrics = PlayedThread(), vendor or PlannedVendor(), CountingMetrics()
    tools = Tools(Steps(), thread, vendor, records, metrics)
    queue = queue or ExportQueue()
    transfer = VideoTransfer(vendor, thread, max_bytes=100)
    ExportWorkflow.__init__(WORKFLOW, tools, mailbox, history, queue, transfer, settings)
    service = ExportService(
        WORKFLOW,
        vendor,
        records,
        mailbox,
        history,
        LastUsed(history.last_request, is_shared=engine.is_shared),
        Limits(history),
        approval,
    )
    await engine.lock()
    await records.prepare()
    await mailbox.prepare()
    await mailbox.open()
    await engine.launch()
    await queue.open()
    try:
        yield RunningExports(service, records, mailbox, history, thread, vendor, metrics, database, engine)
    finally:
        WORKFLOW.stop()
        await mailbox.close()
        await stopped(engine)
        await closed(database)


def asked(script: str, *, user_id: str = "U1", is_export: bool = True, team_id: str = TEAM) -> ExportRequest:
    """A request of this person's."""
    options = RequestOptions(
        avatar=Avatar(id="M1", name="Olivia"), language="en", script=script, channel_id="C1", is_export=is_export
    )
    return ExportRequest(requester=Requester(team_id=team_id, user_id=user_id, locale="en-US"), options=options)
