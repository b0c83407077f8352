"""What the stages of the workflow work with, in memory: steps, mailbox, thread and vendor."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar, cast

from bot.engine.mailbox import Arrival, Due, Mailbox, Message
from bot.engine.steps import Steps
from bot.exports.history.records import Records
from bot.exports.messages import CONTROL, PROGRESS
from bot.exports.models import (
    ApprovalDecision,
    Avatar,
    Deletion,
    ExportRequest,
    MessageReference,
    Outcome,
    Posted,
    Progress,
    Reading,
    Requester,
    RequestOptions,
    Status,
    Stop,
    Submission,
)
from bot.exports.ports import Thread, Vendor, VendorProject, VendorUnavailable, VideoDownload, VideoStream
from bot.exports.states import Decision
from bot.exports.workflow.context import Run, Tools
from bot.exports.workflow.inbox import Inbox
from bot.metrics import Metrics
from tests.exports.fakes.records import FakeRecords

P = ParamSpec("P")
R = TypeVar("R")

SCRIPT = "Hello! Here is what is new this week."
PLACE = Posted(channel_id="C1", root_ts="1.1", reply_ts="1.2")
REQUEST = ExportRequest(
    requester=Requester(team_id="T1", user_id="U1", locale="en-US"),
    options=RequestOptions(avatar=Avatar(id="M1", name="Olivia"), language="en", script=SCRIPT, channel_id="C1"),
)
ACCEPTED = Submission(result="accepted", at=0.0, project_id="P1", task_id="task-1")
UNKNOWN = Submission(result="unknown", at=0.0)


class UnexpectedStep(Exception):
    """A replay took another step than the one that was recorded."""


class RecordingEnded(BaseException):
    """A replay came to the end of what was recorded, and would run this step."""


class FakeSteps(Steps):
    """Runs steps at once, and notes their names and results.

    Given what was `recorded`, it gives those results and runs nothing, as the engine does when it replays. With `again`
    every step is told that an earlier process may have died in it. A pause is noted and takes no time.
    """

    def __init__(self, recorded: Sequence[tuple[str, Any]] | None = None, *, again: bool = False) -> None:
        super().__init__()
        self.taken: list[tuple[str, Any]] = []
        self.pauses: list[float] = []
        self.forgotten: list[str] = []
        self._recorded = None if recorded is None else list(recorded)
        self._again = again

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.taken]

    def of(self, name: str) -> list[Any]:
        """The results of the steps with this name."""
        return [result for step, result in self.taken if step == name]

    async def once(self, name: str, act: Callable[[bool], Awaitable[R]]) -> R:
        result = await act(self._again) if self._recorded is None else self._replayed(name, self._recorded)
        self.taken.append((name, result))
        return cast(R, result)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await self.run("pause", _nothing)

    def forget(self, workflow_id: str) -> None:
        self.forgotten.append(workflow_id)

    def _replayed(self, name: str, recorded: list[tuple[str, Any]]) -> Any:
        if not recorded:
            raise RecordingEnded(name)
        known, result = recorded.pop(0)
        if known != name:
            raise UnexpectedStep(f"{name} instead of {known}")
        return result


async def _nothing() -> None:
    return None


@dataclass
class FakeClock:
    """A clock that only moves when somebody waits."""

    now: float = 1_700_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time


class FakeMailbox:
    """Messages that come at moments of a clock, which the waits move; nothing takes time."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self._messages: list[tuple[float, Message]] = []
        self.waits: list[float] = []
        # How long each wait would have been if nothing had come.
        self.longest: list[float] = []

    def comes(self, after: float, body: Progress | Stop | ApprovalDecision, *, recipient: str = "V1") -> None:
        """A message comes in so many seconds from now."""
        topic = PROGRESS if isinstance(body, Progress) else CONTROL
        self._messages.append((self.clock.now + after, Message(recipient, topic, body, len(self._messages) + 1)))
        self._messages.sort(key=lambda one: one[0])

    def progress(self, after: float, percent: int, *, task_id: str | None = None) -> None:
        """A webhook comes in so many seconds from now."""
        self.comes(after, Progress(at=self.clock.now + after, progress=percent, task_id=task_id))

    async def next(self, recipient: str, *, after: int, due: Due) -> Sequence[Message]:
        began_at = self.clock.now
        to_come = [one for one in self._messages if one[1].recipient == recipient and one[1].number > after]
        arrivals: list[Arrival] = []
        self.longest.append(due(arrivals))
        for at, message in to_come:
            if at - began_at > due(arrivals):
                break
            arrivals.append(Arrival(message, max(at - began_at, 0.0)))
        # Where the last one made it due for a moment that has passed, it is due at once.
        waited = max(due(arrivals), arrivals[-1].at if arrivals else 0.0)
        self.waits.append(waited)
        self.clock.now = began_at + waited
        return [message for at, message in to_come if at <= self.clock.now]


class FakeThread:
    """Notes what is shown. What is put into `errors` under a method's name is raised, one by one."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.errors: dict[str, list[Exception]] = {}
        self.lands = True
        self.adopted: list[str] = []

    def of(self, name: str) -> list[Any]:
        """What was passed with each call of this method."""
        return [passed for method, passed in self.calls if method == name]

    def _called(self, name: str, passed: Any = None, *, again: bool = False) -> None:
        self.calls.append((name, passed))
        if again:
            self.adopted.append(name)
        if self.errors.get(name):
            raise self.errors[name].pop(0)

    async def enter(self, request: ExportRequest) -> str:
        self._called("enter", request)
        return PLACE.channel_id

    async def announce(self, export_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        self._called("announce", (export_id, request, channel_id), again=again)
        return PLACE.root_ts

    async def reply(
        self, export_id: str, request: ExportRequest, channel_id: str, root_ts: str, status: Status, *, again: bool
    ) -> str:
        self._called("reply", (export_id, request, channel_id, root_ts, status), again=again)
        return PLACE.reply_ts

    async def ask_approval(self, export_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        self._called("ask_approval", (export_id, request, channel_id), again=again)
        return "9.9"

    async def close_approval(
        self,
        request: ExportRequest,
        posted: Posted,
        message: MessageReference,
        decision: ApprovalDecision | Stop | None,
    ) -> None:
        self._called("close_approval", (request, posted, message, decision))

    async def show(self, request: ExportRequest, posted: Posted, status: Status) -> bool:
        self._called("show", status)
        assert (request.requester, posted) == (REQUEST.requester, PLACE)
        return self.lands

    async def conclude(self, request: ExportRequest, posted: Posted, status: Status) -> None:
        self._called("conclude", status)
        assert (request.requester, posted) == (REQUEST.requester, PLACE)

    async def close_question(
        self, request: ExportRequest, posted: Posted, question: MessageReference | None, decision: Decision
    ) -> None:
        self._called("close_question", (request, posted, question, decision))

    async def upload(self, request: ExportRequest, video: VideoStream) -> str:
        self._called("upload", request)
        return f"F{len(b''.join([piece async for piece in video.chunks()]))}"

    async def share(self, request: ExportRequest, posted: Posted, file_id: str, status: Status, *, again: bool) -> None:
        self._called("share", (request, posted, file_id, status), again=again)

    async def share_directly(self, request: ExportRequest, file_id: str, *, again: bool) -> None:
        self._called("share_directly", (request, file_id), again=again)

    async def report(self, request: ExportRequest, outcome: Outcome) -> None:
        self._called("report", (request, outcome))

    async def notify(
        self, export_id: str, request: ExportRequest, posted: Posted | None, status: Status, *, again: bool
    ) -> None:
        self._called("notify", (export_id, request, posted, status), again=again)


@dataclass
class FakeDownload:
    """A video of a few bytes."""

    pieces: Sequence[bytes] = (b"video",)
    length: int | None = 5

    async def chunks(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


class FakeVendor:
    """Answers with what was put into its lists, one after the other, and then goes on with the last."""

    def __init__(self) -> None:
        self.submissions: list[Submission] = [ACCEPTED]
        self.readings: list[Reading] = [Reading(at=0.0)]
        self.listed: list[VendorProject] = []
        self.listed_for: list[str | None] = []
        self.unreadable: set[str] = set()
        self.errors: list[Exception] = []
        self.deletions: list[Deletion] = ["deleted"]
        self.downloads: list[FakeDownload | Exception] = [FakeDownload()]
        self.clock: FakeClock | None = None
        self.submitted = 0
        self.reads = 0
        self.read_projects: list[str] = []
        self.deleted: list[str] = []
        self.addresses: list[str] = []

    def account_of(self, team_id: str) -> str | None:
        return f"account of {team_id}"

    def project_url(self, project_id: str) -> str:
        return f"https://studio.example.com/{project_id}"

    async def submit(self, export_id: str, request: ExportRequest) -> Submission:
        assert (export_id, request.requester) == ("V1", REQUEST.requester)
        self.submitted += 1
        return _nth(self.submissions, self.submitted)

    async def read(self, request: ExportRequest, project_id: str) -> Reading:
        assert (project_id, request.requester) == ("P1", REQUEST.requester)
        self.reads += 1
        return _nth(self.readings, self.reads).model_copy(update={"at": self.clock.now if self.clock else 0.0})

    async def projects(self, request: ExportRequest) -> Sequence[VendorProject]:
        self.listed_for.append(request.account_id)
        if self.errors:
            raise self.errors.pop(0)
        return [VendorProject(one.id, one.name) for one in self.listed]

    async def project(self, request: ExportRequest, project_id: str) -> VendorProject:  # noqa: ARG002 — as Vendor has it
        self.read_projects.append(project_id)
        if project_id in self.unreadable:
            raise VendorUnavailable
        return next(one for one in self.listed if one.id == project_id)

    async def credits(self, request: ExportRequest, project_id: str, heard: int | None) -> int | None:
        assert (project_id, request.requester) == ("P1", REQUEST.requester)
        return heard or 3

    async def delete(self, request: ExportRequest, project_id: str) -> Deletion:  # noqa: ARG002 — as Vendor has it
        self.deleted.append(project_id)
        return _nth(self.deletions, len(self.deleted))

    @asynccontextmanager
    async def download(self, url: str) -> AsyncIterator[VideoDownload]:
        self.addresses.append(url)
        found = _nth(self.downloads, len(self.addresses))
        if isinstance(found, Exception):
            raise found
        yield found


def _nth(answers: Sequence[R], number: int) -> R:
    """The answer to a call, counted from 1."""
    return answers[min(number, len(answers)) - 1]


class CountingMetrics(Metrics):
    """Notes what was counted."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, str | None, int | None]] = []
        self.shown: list[float | None] = []
        self.ready: list[float | None] = []

    def export_ended(self, result: str, failure: str | None = None, credits: int | None = None) -> None:
        self.ended.append((result, failure, credits))

    def video_ready(self, asked_at: float | None) -> None:
        self.ready.append(asked_at)

    def webhook_shown(self, heard_at: float | None) -> None:
        self.shown.append(heard_at)


@dataclass
class World:
    """Everything that one workflow works with, and the run of it."""

    steps: FakeSteps = field(default_factory=FakeSteps)
    clock: FakeClock = field(default_factory=FakeClock)
    thread: FakeThread = field(default_factory=FakeThread)
    vendor: FakeVendor = field(default_factory=FakeVendor)
    records: FakeRecords = field(default_factory=FakeRecords)
    metrics: CountingMetrics = field(default_factory=CountingMetrics)
    request: ExportRequest = REQUEST
    workflow_id: str = "V1"

    def __post_init__(self) -> None:
        self.mailbox = FakeMailbox(self.clock)
        self.vendor.clock = self.clock

    @property
    def tools(self) -> Tools:
        thread: Thread = self.thread
        vendor: Vendor = self.vendor
        return Tools(self.steps, thread, vendor, cast(Records, self.records), self.metrics)

    def run(self, posted: Posted | None = PLACE) -> Run:
        """A run that has heard nothing yet."""
        inbox = Inbox(cast(Mailbox, self.mailbox), self.steps, "V1")
        return Run(self.workflow_id, "V1", self.request, inbox, posted)
