"""One request from the announcement to the video: the durable story.

`accept` announces it and gets it in line, `export` is what costs credits and brings the video, `decide` carries out
what a person answers when nobody knows whether AI Studios has received it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from dbos import DBOS, DBOSConfiguredInstance, SetWorkflowID
from dbos import error as engine_error

from bot.exports.courier import Courier
from bot.exports.line import LOOK_SECONDS, QUEUE, Line
from bot.exports.models import (
    Claim,
    Decision,
    Edit,
    ExportRequest,
    FailureReason,
    Heard,
    Nudge,
    Outcome,
    Pace,
    Posted,
    Question,
    Status,
    Submission,
    Upload,
    Video,
)
from bot.exports.ports import PlaceLost, Thread, UploadRefused
from bot.exports.search import Search
from bot.exports.steps import Steps, current_id
from bot.exports.upstream import Upstream, submission_unknown
from bot.exports.watch import Watch

NEWS = "news"
SUBMIT_TRIES = 20
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
OVERSLEPT = 30.0
# At the longest pause these are about four minutes for AI Studios' file, and six hours for an outage of Slack's.
CARRY_TRIES: dict[str, int] = {"not_fetched": 8, "interrupted": 360}

# The engine's words for a history that another story has written.
UNREADABLE_HISTORY = (
    engine_error.DBOSUnexpectedStepError,
    engine_error.DBOSStepNondeterminismError,
    engine_error.DBOSPatchNondeterminismError,
)


class ExportFailed(Exception):
    """The story ends here, with a reason for the person."""

    def __init__(
        self,
        reason: FailureReason,
        *,
        project_id: str | None = None,
        detail: str | None = None,
        waited: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.project_id = project_id
        self.detail = detail
        self.waited = waited


class NobodyKnows(Exception):
    """AI Studios may or may not have received the submission; only a person may decide to spend again."""


@DBOS.dbos_class("Exports")
class ExportWorkflow(DBOSConfiguredInstance):
    """Knows the vendor and one way out to people; the engine keeps its place in the story."""

    def __init__(self, *, upstream: Upstream, thread: Thread, courier: Courier, pace: Pace, line: Line) -> None:
        super().__init__("exports")
        self._upstream = upstream
        self._thread = thread
        self._courier = courier
        self._pace = pace
        self._line = line
        self._steps = Steps()
        self._stopping = False

    def stop(self) -> None:
        """The engine is about to go: what fails from now on is its end, and no fault of a story."""
        self._stopping = True

    # The stories

    @DBOS.workflow(name="accept", max_recovery_attempts=None)
    async def accept(self, export_id: str, request: ExportRequest) -> None:
        """Announces a request and gets it in line; while it waits there, says where."""
        await self._told(self._get_in_line(export_id, request), request, None)

    @DBOS.workflow(name="export", max_recovery_attempts=None)
    async def export(self, request: ExportRequest, posted: Posted, pace: Pace) -> Outcome | None:
        """Submits, follows the render, and brings the video."""
        return await self._told(self._make_video(request, posted, pace), request, posted)

    @DBOS.workflow(name="decide", max_recovery_attempts=None)
    async def decide(
        self, export_id: str, request: ExportRequest, posted: Posted, question: Question, decision: Decision
    ) -> None:
        """Carries out the one answer to an export's question; a new submission is an export of its own."""
        await self._told(self._carry_out(export_id, request, posted, question, decision), request, posted)

    async def _told(
        self, story: Awaitable[Outcome | None], request: ExportRequest, posted: Posted | None
    ) -> Outcome | None:
        """However a story ends, the person is told."""
        try:
            return await story
        except ExportFailed as failure:
            return await self._fail(request, posted, failure)
        except NobodyKnows:
            return await self._ask(request, posted)
        except UNREADABLE_HISTORY:
            await self._tell_unrecorded(request, posted)
            raise
        except engine_error.DBOSException:
            raise
        except Exception:  # noqa: BLE001 — a fault of ours must not leave a person waiting for ever
            if self._stopping:
                await asyncio.Event().wait()  # left as it is for the next start
            DBOS.logger.exception("%s failed unexpectedly", current_id())
            return await self._fail(request, posted, ExportFailed("internal"))
        finally:
            self._steps.forget(current_id())

    async def _get_in_line(self, export_id: str, request: ExportRequest) -> None:
        posted = await self._announce(request)
        await self._enqueue(export_id, request, posted)
        await self._show_place_in_line(export_id, request, posted)

    async def _make_video(self, request: ExportRequest, posted: Posted, pace: Pace) -> Outcome:
        project_id = await self._submit(request, posted, pace)
        video = await self._wait_for_video(request, posted, project_id, pace)
        return await self._deliver(request, posted, video)

    async def _carry_out(
        self, export_id: str, request: ExportRequest, posted: Posted, question: Question, decision: Decision
    ) -> None:
        # A quick answer may come before the export has written down that it asked.
        await DBOS.get_result_async(export_id)
        await self._steps.run("answered", self._thread.answered, request, posted, question, decision)
        if decision == "submit_again":
            next_id = next_attempt(export_id)
            await self._enqueue(next_id, request, posted)
            await self._show_place_in_line(next_id, request, posted)

    # The chapters

    async def _announce(self, request: ExportRequest) -> Posted:
        story_id, thread = current_id(), self._thread
        channel_id = await self._in_place("enter", lambda _: thread.enter(request))
        root_ts = await self._in_place(
            "announce", lambda again: thread.announce(story_id, request, channel_id, again=again)
        )
        reply_ts = await self._in_place(
            "reply", lambda again: thread.reply(story_id, request, channel_id, root_ts, again=again)
        )
        return Posted(channel_id=channel_id, root_ts=root_ts, reply_ts=reply_ts)

    async def _submit(self, request: ExportRequest, posted: Posted, pace: Pace) -> str:
        """Submits until AI Studios accepts or refuses; never again by itself once the outcome is unknown."""
        pause = FIRST_PAUSE
        for _ in range(SUBMIT_TRIES):
            claim = await self._steps.claim()
            submission = await self._steps.run("submit", self._submit_under, claim, request)
            if submission.result == "accepted" and submission.project_id:
                return submission.project_id
            if submission.result == "unknown":
                return await self._look_for(request, posted, Search.begin(claim.at, pace), pace)
            if submission.result == "refused":
                raise ExportFailed(submission.reason or "rejected", detail=submission.detail)
            await self._show(request, posted, Status(stage="waiting"))
            await DBOS.sleep_async(max(pause, submission.retry_after or 0))
            pause = min(pause * 2, LONGEST_PAUSE)
        raise ExportFailed("unreachable")

    async def _look_for(self, request: ExportRequest, posted: Posted, search: Search, pace: Pace) -> str:
        """Looks for what may have been accepted: by its webhook, whose address is its own, and by its project."""
        await self._show(request, posted, Status(stage="searching"))
        while search.open:
            project_id = await self._steps.run("find", self._upstream.find, current_id(), request, search)
            if project_id:
                return project_id
            search = search.looked(await self._news(pace.poll_seconds))
        if search.heard:
            raise ExportFailed("timed_out", waited=pace.timeout_seconds)
        raise NobodyKnows

    async def _wait_for_video(self, request: ExportRequest, posted: Posted, project_id: str, pace: Pace) -> Video:
        """Listens for webhooks, asks when none comes, and shows what is new."""
        watch = Watch.begin(await self._show(request, posted, Status(stage="submitted"), project_id), pace)
        while not watch.finished:
            if watch.ask_due or watch.overdue:
                watch = watch.read(await self._steps.run("read", self._upstream.read, project_id))
                _end_if_over(watch, project_id)
            elif watch.edit_due:
                watch = watch.edited(await self._show(request, posted, watch.status, project_id))
            else:
                patience = watch.patience
                news = await self._news(patience)
                watch = watch.heard(news) if news else watch.passed(patience)
        credits = await self._steps.run("credits", self._upstream.credits, project_id, watch.credit)
        return Video(project_id=project_id, download_url=watch.download_url or "", credits=credits)

    async def _deliver(self, request: ExportRequest, posted: Posted, video: Video) -> Outcome:
        """Brings the video into the thread, or its link when Slack does not take it."""
        await self._show(request, posted, Status(stage="fetching", percent=100), video.project_id)
        upload, video = await self._carry(request, video)
        if upload.file_id:
            upload = await self._share(request, posted, video, upload)
        status = self._result(video, upload)
        if upload.refused:
            await self._tell(request, posted, status)
        await self._steps.run("conclude", self._thread.conclude, request, posted, status)
        return _outcome(video, upload)

    async def _fail(self, request: ExportRequest, posted: Posted | None, failure: ExportFailed) -> Outcome:
        status = Status(stage="failed", failure=failure.reason, detail=failure.detail, seconds=failure.waited)
        status = self._with_link(status, failure.project_id)
        await self._tell(request, posted, status)
        if posted:
            await self._steps.run("conclude", self._thread.conclude, request, posted, status)
        return Outcome(result="failed", failure=failure.reason, project_id=failure.project_id)

    async def _ask(self, request: ExportRequest, posted: Posted | None) -> Outcome:
        status = Status(stage="question")
        await self._tell(request, posted, status)
        if posted:
            await self._steps.run("conclude", self._thread.conclude, request, posted, status)
        return Outcome(result="question")

    async def _tell_unrecorded(self, request: ExportRequest, posted: Posted | None) -> None:
        """A history that this release cannot read takes no step any more, but the person still waits."""
        status = Status(stage="failed", failure="internal")
        await self._thread.tell(current_id(), request, posted, status, again=True)
        if posted:
            await self._thread.conclude(request, posted, status)

    # Parts of chapters

    async def _enqueue(self, export_id: str, request: ExportRequest, posted: Posted) -> None:
        with SetWorkflowID(export_id):
            await DBOS.enqueue_workflow_async(QUEUE, self.export, request, posted, self._pace)

    async def _show_place_in_line(self, export_id: str, request: ExportRequest, posted: Posted) -> None:
        """Says how many are ahead for as long as the export waits."""
        shown: int | None = None
        while (ahead := await self._steps.run("line", self._line.ahead_of, export_id)) is not None:
            if ahead != shown:
                await self._show(request, posted, Status(stage="queued", ahead=ahead))
                shown = ahead
            await DBOS.sleep_async(LOOK_SECONDS)

    async def _carry(self, request: ExportRequest, video: Video) -> tuple[Upload, Video]:
        """Brings the video over; a try that may work later is made again, from a fresh address."""
        upload = await self._steps.run("carry", self._courier.carry, request, video)
        # Counted apart: hours of Slack's outage must not use up the tries of AI Studios' file.
        tries, pause = Counter([upload.refused]), FIRST_PAUSE
        while upload.refused and tries[upload.refused] < CARRY_TRIES.get(upload.refused, 1):
            await DBOS.sleep_async(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            reading = await self._steps.run("read", self._upstream.read, video.project_id)
            video = video.model_copy(update={"download_url": reading.download_url or video.download_url})
            upload = await self._steps.run("carry", self._courier.carry, request, video)
            tries[upload.refused] += 1
        return upload, video

    async def _share(self, request: ExportRequest, posted: Posted, video: Video, upload: Upload) -> Upload:
        """Shows the uploaded file; this is the one reply that mentions the person."""
        status = self._result(video, upload)

        async def share(again: bool) -> Upload:
            try:
                await self._thread.share(request, posted, upload.file_id or "", status, again=again)
            except (UploadRefused, PlaceLost) as refused:
                return upload.model_copy(update={"refused": "refused_by_slack", "detail": str(refused)})
            return upload

        return await self._steps.once("share", share)

    async def _tell(self, request: ExportRequest, posted: Posted | None, status: Status) -> None:
        story_id = current_id()
        await self._steps.once("tell", lambda again: self._thread.tell(story_id, request, posted, status, again=again))

    async def _show(
        self, request: ExportRequest, posted: Posted, status: Status, project_id: str | None = None
    ) -> Edit:
        status = self._with_link(status, project_id)

        async def show() -> Edit:
            landed = await self._thread.show(request, posted, status)
            return Edit(at=time.time(), landed=landed)

        return await self._steps.run("show", show)

    async def _news(self, patience: float) -> Heard | None:
        """The next webhook, or None after so many seconds.

        The engine waits by the wall clock: when that is set back, a nudge ends the wait all the same.
        """
        export_id = current_id()
        loop = asyncio.get_running_loop()
        nudge = loop.call_later(patience + OVERSLEPT, lambda: loop.create_task(_nudge(export_id)))
        try:
            news = await DBOS.recv_async(NEWS, timeout_seconds=patience)
        finally:
            nudge.cancel()
        return news if isinstance(news, Heard) else None

    def _result(self, video: Video, upload: Upload) -> Status:
        status = Status(
            stage="linked" if upload.refused else "ready",
            percent=100,
            seconds=upload.seconds,
            credits=video.credits,
            download_url=video.download_url,
            link_reason=upload.refused,
            detail=upload.detail,
        )
        return self._with_link(status, video.project_id)

    def _with_link(self, status: Status, project_id: str | None) -> Status:
        if project_id is None:
            return status
        return status.model_copy(update={"project_url": self._upstream.project_url(project_id)})

    async def _in_place(self, name: str, act: Callable[[bool], Awaitable[str]]) -> str:
        """A step that needs the place; the place's loss ends the story before anything was spent."""

        async def act_or_say_why(again: bool) -> tuple[str, str]:
            try:
                return await act(again), ""
            except PlaceLost as lost:
                return "", str(lost)

        answer, lost = await self._steps.once(name, act_or_say_why)
        if lost:
            raise ExportFailed("place_lost", detail=lost)
        return answer

    async def _submit_under(self, claim: Claim, request: ExportRequest) -> Submission:
        """The step that costs credits; without the claim an earlier run of it may have submitted already."""
        if not self._steps.redeem(claim):
            return submission_unknown()
        return await self._upstream.submit(current_id(), request)


def next_attempt(export_id: str) -> str:
    """The id of the export that follows this one when a person submits again: `V1`, `V1.2`, `V1.3`."""
    first, _, number = export_id.partition(".")
    return f"{first}.{int(number or 1) + 1}"


async def _nudge(export_id: str) -> None:
    await DBOS.send_async(export_id, Nudge(), NEWS)


def _end_if_over(watch: Watch, project_id: str) -> None:
    if watch.finished:
        return
    if watch.failed:
        raise ExportFailed("render_failed", project_id=project_id)
    if watch.gone:
        raise ExportFailed("project_gone", project_id=project_id)
    if watch.linkless:
        raise ExportFailed("no_link", project_id=project_id)
    if watch.overdue:
        raise ExportFailed("timed_out", project_id=project_id, waited=watch.timeout_seconds)


def _outcome(video: Video, upload: Upload) -> Outcome:
    return Outcome(
        result="link" if upload.refused else "video",
        project_id=video.project_id,
        file_id=None if upload.refused else upload.file_id,
        seconds=upload.seconds,
        credits=video.credits,
    )
