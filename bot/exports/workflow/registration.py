"""One request from the announcement to the video: the durable story.

`accept` announces it, waits for an approval where one is needed, and gets it in line; `export` is what costs credits
and brings the video; `decide` carries out what a person chose by a button when an export has ended; `rule` brings an
approver's verdict, and `discard` deletes what nobody wants any more.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import Context
from functools import partial

from dbos import DBOS, DBOSConfiguredInstance, SetWorkflowID
from dbos import error as engine_error
from sqlalchemy.exc import SQLAlchemyError

from bot.accounts.vendor import Upstream, submission_unknown
from bot.engine.steps import Steps, current_id
from bot.engine.waiters import send
from bot.exports.ids import announcer_of, export_of, next_attempt
from bot.exports.models import (
    ApprovalPolicy,
    Claim,
    Decision,
    Edit,
    ExportRequest,
    Progress,
    Nudge,
    Outcome,
    Pace,
    Posted,
    MessageReference,
    Status,
    Stop,
    Submission,
    Upload,
    ApprovalDecision,
    Video,
)
from bot.exports.ports import PlaceLost, Thread, UploadRefused
from bot.exports.workflow.endings import DECIDABLE, ExportFailed, ExportStopped, SubmissionOutcomeUnknown
from bot.exports.workflow.queue import LOOK_SECONDS, QUEUE, Line
from bot.exports.workflow.render_progress import Watch
from bot.exports.workflow.search import Search
from bot.exports.workflow.video_transfer import VideoTransfer
from bot.logs import bind_log_context
from bot.metrics import UNWATCHED, Metrics

logger = logging.getLogger(__name__)

# What an export hears of its render, and what people decide before it starts.
NEWS = "news"
WORD = "word"
SUBMIT_TRIES = 20
DELETE_TRIES = 20
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
OVERSLEPT = 30.0
# The event loop itself keeps no hold of its tasks.
_nudges: set[asyncio.Task[None]] = set()
# At the longest pause these are about four minutes for AI Studios' file, and six hours for an outage of Slack's.
CARRY_TRIES: dict[str, int] = {"not_fetched": 8, "interrupted": 360}

# The engine's words for a history that another story has written.
UNREADABLE_HISTORY = (
    engine_error.DBOSUnexpectedStepError,
    engine_error.DBOSStepNondeterminismError,
    engine_error.DBOSPatchNondeterminismError,
)


@DBOS.dbos_class("Exports")
class ExportWorkflow(DBOSConfiguredInstance):
    """Knows the vendor and one way out to people; the engine keeps its place in the story."""

    def __init__(
        self,
        *,
        upstream: Upstream,
        thread: Thread,
        video_transfer: VideoTransfer,
        pace: Pace,
        line: Line,
        metrics: Metrics = UNWATCHED,
    ) -> None:
        super().__init__("exports")
        self._upstream = upstream
        self._thread = thread
        self._video_transfer = video_transfer
        self._pace = pace
        self._line = line
        self._metrics = metrics
        self._steps = Steps()
        self._handed_on: set[str] = set()
        self._stopping = False

    def stop(self) -> None:
        """The engine is about to go: what fails from now on is its end, and no fault of a story."""
        self._stopping = True

    # The stories

    @DBOS.workflow(name="accept", max_recovery_attempts=None)
    async def accept(self, export_id: str, request: ExportRequest, approval: ApprovalPolicy | None = None) -> Outcome | None:
        """Announces a request and gets it in line, once it is approved; while it waits there, says where."""
        return await self._told(self._get_in_line(export_id, request, approval), request, None)

    @DBOS.workflow(name="export", max_recovery_attempts=None)
    async def export(self, request: ExportRequest, posted: Posted, pace: Pace) -> Outcome | None:
        """Submits, follows the render, and brings the video."""
        return await self._told(self._make_video(request, posted, pace), request, posted)

    @DBOS.workflow(name="decide", max_recovery_attempts=None)
    async def decide(
        self, export_id: str, request: ExportRequest, posted: Posted, question: MessageReference | None, decision: Decision
    ) -> Outcome | None:
        """Carries out the one decision about an export that has ended; a new submission is an export of its own.

        The question is the message with the buttons; what an operator decides comes without one.
        """
        return await self._told(self._carry_out(export_id, request, posted, question, decision), request, posted)

    @DBOS.workflow(name="rule", max_recovery_attempts=None)
    async def rule(self, export_id: str, verdict: ApprovalDecision) -> None:
        """Brings the one verdict to the request that waits for it."""
        await send(announcer_of(export_id), verdict, WORD)

    @DBOS.workflow(name="discard", max_recovery_attempts=None)
    async def discard(self, export_id: str, request: ExportRequest, posted: Posted, user_id: str) -> None:
        """Deletes the project of an export that was stopped."""
        await self._told(self._delete(export_id, request, posted, user_id), request, posted, counts=False)

    async def _told(
        self, story: Awaitable[Outcome | None], request: ExportRequest, posted: Posted | None, *, counts: bool = True
    ) -> Outcome | None:
        """However a story ends, the person is told, and so is the workflow's step that asked for the video.

        Where the story `counts`, its end is counted once it has come to it: what is replayed comes to it once.
        """
        story_id, requester = current_id(), request.requester
        bind_log_context(export_id=export_of(story_id), team_id=requester.team_id, user_id=requester.user_id)
        try:
            outcome = await self._ended(story, request, posted)
            if outcome and outcome.result != "question" and request.caller:
                await self._steps.run("report", self._thread.report, request, outcome)
            if outcome and counts and story_id not in self._handed_on:
                self._count(request, outcome)
            return outcome
        finally:
            self._steps.forget(story_id)
            self._handed_on.discard(story_id)

    async def _ended(
        self, story: Awaitable[Outcome | None], request: ExportRequest, posted: Posted | None
    ) -> Outcome | None:
        try:
            return await story
        except ExportFailed as failure:
            return await self._fail(request, failure.posted or posted, failure)
        except ExportStopped as stopped:
            return await self._stop(request, stopped.posted or posted, stopped)
        except SubmissionOutcomeUnknown:
            return await self._ask(request, posted)
        except UNREADABLE_HISTORY:
            await self._tell_unrecorded(request, posted)
            self._metrics.export_ended("failed", "internal")
            raise
        except engine_error.DBOSException:
            raise
        except Exception:  # noqa: BLE001 — a fault of ours must not leave a person waiting for ever
            if self._stopping:
                await asyncio.Event().wait()  # left as it is for the next start
            DBOS.logger.exception("%s failed unexpectedly", current_id())
            return await self._fail(request, posted, ExportFailed("internal"))

    async def _get_in_line(self, export_id: str, request: ExportRequest, approval: ApprovalPolicy | None) -> Outcome | None:
        posted = await self._announce(request, Status(stage="approval" if approval else "sending"))
        if approval:
            request = await self._approved(export_id, request, posted, approval)
        await self._enqueue(export_id, request, posted)
        return await self._wait_in_line(export_id, request, posted)

    async def _make_video(self, request: ExportRequest, posted: Posted, pace: Pace) -> Outcome:
        project_id = await self._submit(request, posted, pace)
        if not request.options.is_export:
            return await self._hand_over_draft(request, posted, project_id)
        video = await self._wait_for_video(request, posted, project_id, pace)
        return await self._deliver(request, posted, video)

    async def _carry_out(
        self, export_id: str, request: ExportRequest, posted: Posted, question: MessageReference | None, decision: Decision
    ) -> Outcome | None:
        # A quick answer may come before the export has written down that it asked.
        ended: Outcome | None = await DBOS.get_result_async(export_id)
        if ended and ended.result != DECIDABLE[decision]:
            return None
        await self._steps.run("answered", self._thread.close_question, request, posted, question, decision)
        if decision == "leave_it":
            return Outcome(result="left")
        next_id = next_attempt(export_id)
        await self._enqueue(next_id, request, posted)
        return await self._wait_in_line(next_id, request, posted)

    async def _delete(self, export_id: str, request: ExportRequest, posted: Posted, user_id: str) -> None:
        # A quick press may come before the export has written down that it was stopped.
        ended: Outcome | None = await DBOS.get_result_async(export_id)
        if ended is None or ended.result != "stopped" or ended.project_id is None:
            return
        is_gone = await self._is_deleted(request, ended.project_id)
        status = Status(stage="discarded" if is_gone else "kept", user_id=user_id)
        status = self._with_links(status, None if is_gone else ended.project_id)
        await self._steps.run("conclude", self._thread.conclude, request, posted, status)

    # The chapters

    async def _announce(self, request: ExportRequest, status: Status) -> Posted:
        story_id, thread, status = current_id(), self._thread, self._with_links(status)
        channel_id = await self._in_place("enter", lambda _: thread.enter(request))
        root_ts = await self._in_place(
            "announce", lambda again: thread.announce(story_id, request, channel_id, again=again)
        )
        reply_ts = await self._in_place(
            "reply", lambda again: thread.reply(story_id, request, channel_id, root_ts, status, again=again)
        )
        return Posted(channel_id=channel_id, root_ts=root_ts, reply_ts=reply_ts)

    async def _approved(
        self, export_id: str, request: ExportRequest, posted: Posted, approval: ApprovalPolicy
    ) -> ExportRequest:
        """The request with its approver; one that is declined, or that nobody looks at, ends here."""
        channel_id, thread = approval.channel_id, self._thread
        ts = await self._in_place(
            "ask_approval", lambda again: thread.ask_approval(export_id, request, channel_id, again=again), posted
        )
        word: ApprovalDecision | Stop | None = await DBOS.recv_async(WORD, timeout_seconds=approval.timeout_seconds)
        question = MessageReference(channel_id=channel_id, ts=ts)
        await self._steps.run("ruled", self._thread.close_approval, request, posted, question, word)
        if isinstance(word, ApprovalDecision) and word.approved:
            return request.model_copy(update={"approved_by": word.user_id})
        if isinstance(word, ApprovalDecision):
            raise ExportFailed("declined", posted=posted, detail=word.reason, user_id=word.user_id)
        if isinstance(word, Stop):
            raise ExportStopped(word.user_id, sent=False, posted=posted)
        raise ExportFailed("lapsed", posted=posted, waited=approval.timeout_seconds)

    async def _submit(self, request: ExportRequest, posted: Posted, pace: Pace) -> str:
        """Submits until AI Studios accepts or refuses; never again by itself once the outcome is unknown."""
        pause, heeds_stop = FIRST_PAUSE, await DBOS.patch_async("stop-before-submitting")
        for _ in range(SUBMIT_TRIES):
            if heeds_stop:
                await self._heed_stop()
            claim = await self._steps.claim()
            submission = await self._steps.run("submit", self._submit_under, claim, request)
            if submission.result == "accepted" and submission.project_id:
                return submission.project_id
            if submission.result == "unknown":
                return await self._look_for(request, posted, Search.begin(claim.at, pace), pace)
            if submission.result == "refused":
                raise ExportFailed(submission.reason or "rejected", detail=submission.detail)
            await self._show(request, posted, Status(stage="waiting"))
            wait = max(pause, submission.retry_after or 0)
            if heeds_stop:
                await self._news(wait, sent=False)
            else:
                await DBOS.sleep_async(wait)
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
        raise SubmissionOutcomeUnknown

    async def _wait_for_video(self, request: ExportRequest, posted: Posted, project_id: str, pace: Pace) -> Video:
        """Listens for webhooks, asks when none comes, and shows what is new."""
        watch = Watch.begin(await self._accepted(request, posted, project_id, pace), pace)
        while not watch.finished:
            if watch.ask_due or watch.overdue:
                watch = watch.read(await self._steps.run("read", self._upstream.read, request, project_id))
                _end_if_over(watch, project_id)
            elif watch.edit_due:
                watch = watch.edited(
                    await self._show(request, posted, watch.status, project_id, heard_at=watch.heard_at)
                )
            else:
                patience = watch.patience
                news = await self._news(patience, project_id)
                watch = watch.heard(news) if news else watch.passed(patience)
        credits = await self._steps.run("credits", self._upstream.credits, request, project_id, watch.credit)
        return Video(
            project_id=project_id, download_url=watch.download_url or "", credits=credits, heard_at=watch.heard_at
        )

    async def _accepted(self, request: ExportRequest, posted: Posted, project_id: str, pace: Pace) -> Edit:
        """When it was; the thread hears of it with the first progress, or when none comes soon."""
        if not pace.sparing:
            return await self._show(request, posted, Status(stage="submitted"), project_id)
        return await self._steps.run("accepted", _nothing_shown)

    async def _deliver(self, request: ExportRequest, posted: Posted, video: Video) -> Outcome:
        """Brings the video into the thread, or its link when Slack does not take it."""
        fetching = Status(stage="fetching", percent=100)
        await self._show(request, posted, fetching, video.project_id, heard_at=video.heard_at)
        upload, video = await self._carry(request, video)
        if upload.file_id:
            upload = await self._share(request, posted, video, upload)
        if upload.place_lost:
            upload = await self._share_directly(request, upload)
        status = self._result(video, upload)
        if upload.refused:
            await self._tell(request, posted, status)
        await self._steps.run("conclude", self._thread.conclude, request, posted, status)
        return _outcome(video, upload)

    async def _hand_over_draft(self, request: ExportRequest, posted: Posted, project_id: str) -> Outcome:
        """Nothing is rendered; the person gets the project to go on with."""
        status = self._with_links(Status(stage="drafted"), project_id)
        await self._tell(request, posted, status)
        await self._steps.run("conclude", self._thread.conclude, request, posted, status)
        return Outcome(result="draft", project_id=project_id, download_url=status.project_url)

    async def _fail(self, request: ExportRequest, posted: Posted | None, failure: ExportFailed) -> Outcome:
        status = self._with_links(
            Status(
                stage="failed",
                failure=failure.reason,
                detail=failure.detail,
                seconds=failure.waited,
                user_id=failure.user_id,
            ),
            failure.project_id,
        )
        await self._tell(request, posted, status)
        if posted:
            await self._steps.run("conclude", self._thread.conclude, request, posted, status)
        return Outcome(result="failed", failure=failure.reason, project_id=failure.project_id, detail=failure.detail)

    async def _stop(self, request: ExportRequest, posted: Posted | None, stopped: ExportStopped) -> Outcome:
        """Who pressed the button knows; the thread says it to the others."""
        status = Status(stage="stopped" if stopped.sent else "cancelled", user_id=stopped.user_id)
        if posted:
            status = self._with_links(status, stopped.project_id)
            await self._steps.run("conclude", self._thread.conclude, request, posted, status)
        return Outcome(result="stopped", project_id=stopped.project_id)

    async def _ask(self, request: ExportRequest, posted: Posted | None) -> Outcome:
        status = self._with_links(Status(stage="question"))
        await self._tell(request, posted, status)
        if posted:
            await self._steps.run("conclude", self._thread.conclude, request, posted, status)
        return Outcome(result="question")

    async def _tell_unrecorded(self, request: ExportRequest, posted: Posted | None) -> None:
        """A history that this release cannot read takes no step any more, but the person still waits.

        It has no end either that *Try again* could go on from, so that no button is offered.
        """
        status = Status(stage="failed", failure="internal")
        await self._thread.notify(current_id(), request, posted, status, again=True)
        if posted:
            await self._thread.conclude(request, posted, status)

    # Parts of chapters

    async def _enqueue(self, export_id: str, request: ExportRequest, posted: Posted) -> None:
        with SetWorkflowID(export_id):
            await DBOS.enqueue_workflow_async(QUEUE, self.export, request, posted, self._pace)
        # From here on there is another story, which is the one that comes to an end.
        self._handed_on.add(current_id())

    async def _wait_in_line(self, export_id: str, request: ExportRequest, posted: Posted) -> Outcome | None:
        """Says how many are ahead for as long as the export waits."""
        shown: int | None = None
        heeds_stop = await DBOS.patch_async("stop-in-line")
        if heeds_stop:
            await self._listen_in_line(export_id, posted, 0)
        while (ahead := await self._steps.run("line", self._line.ahead_of, export_id)) is not None:
            if ahead != shown:
                await self._show(request, posted, Status(stage="queued", ahead=ahead, export_id=export_id))
                shown = ahead
            if heeds_stop:
                await self._listen_in_line(export_id, posted, LOOK_SECONDS)
            else:
                await DBOS.sleep_async(LOOK_SECONDS)
        return None

    async def _listen_in_line(self, export_id: str, posted: Posted, seconds: float) -> None:
        """Passes a stop on to the export, which was perhaps not there yet to hear of it. Raises ExportStopped.

        Only while it still waits is it sure that nothing is sent; once it runs, it tells its end itself.
        """
        word = await DBOS.recv_async(WORD, timeout_seconds=seconds)
        if not isinstance(word, Stop):
            return
        await send(export_id, word, NEWS)
        if await self._steps.run("line", self._line.ahead_of, export_id) is not None:
            raise ExportStopped(word.user_id, sent=False, posted=posted)

    async def _heed_stop(self) -> None:
        """Nothing is spent for somebody who no longer wants it."""
        while (news := await DBOS.recv_async(NEWS, timeout_seconds=0)) is not None:
            if isinstance(news, Stop):
                raise ExportStopped(news.user_id, sent=False)

    async def _is_deleted(self, request: ExportRequest, project_id: str) -> bool:
        """Deletes a project, as often as AI Studios has no time for it; that is harmless to repeat."""
        pause = FIRST_PAUSE
        for _ in range(DELETE_TRIES):
            deletion = await self._steps.run("delete_project", self._upstream.delete, request, project_id)
            if deletion != "later":
                return deletion == "deleted"
            await DBOS.sleep_async(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return False

    async def _carry(self, request: ExportRequest, video: Video) -> tuple[Upload, Video]:
        """Brings the video over; a try that may work later is made again, from a fresh address."""
        upload = await self._steps.run("carry", self._video_transfer.carry, request, video)
        # Counted apart: hours of Slack's outage must not use up the tries of AI Studios' file.
        tries, pause = Counter([upload.refused]), FIRST_PAUSE
        while upload.refused and tries[upload.refused] < CARRY_TRIES.get(upload.refused, 1):
            await DBOS.sleep_async(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            reading = await self._steps.run("read", self._upstream.read, request, video.project_id)
            video = video.model_copy(update={"download_url": reading.download_url or video.download_url})
            upload = await self._steps.run("carry", self._video_transfer.carry, request, video)
            tries[upload.refused] += 1
        return upload, video

    async def _share(self, request: ExportRequest, posted: Posted, video: Video, upload: Upload) -> Upload:
        """Shows the uploaded file; this is the one reply that mentions the person."""
        status = self._result(video, upload)

        async def share(again: bool) -> Upload:
            try:
                await self._thread.share(request, posted, upload.file_id or "", status, again=again)
            except PlaceLost as lost:
                return upload.model_copy(update={"place_lost": str(lost)})
            except UploadRefused as refused:
                return _refused(upload, refused)
            return upload

        return await self._steps.once("share", share)

    async def _share_directly(self, request: ExportRequest, upload: Upload) -> Upload:
        """Shows the video in the person's own messages: its thread is gone."""

        async def share(again: bool) -> Upload:
            try:
                await self._thread.share_directly(request, upload.file_id or "", again=again)
            except UploadRefused as refused:
                return _refused(upload, refused)
            return upload

        return await self._steps.once("share_directly", share)

    async def _tell(self, request: ExportRequest, posted: Posted | None, status: Status) -> None:
        story_id = current_id()
        await self._steps.once("tell", lambda again: self._thread.notify(story_id, request, posted, status, again=again))

    async def _show(
        self,
        request: ExportRequest,
        posted: Posted,
        status: Status,
        project_id: str | None = None,
        *,
        heard_at: float | None = None,
    ) -> Edit:
        status = self._with_links(status, project_id)

        async def show() -> Edit:
            landed = await self._thread.show(request, posted, status)
            if landed:
                self._metrics.webhook_shown(heard_at)
            return Edit(at=time.time(), landed=landed)

        return await self._steps.run("show", show)

    async def _news(self, patience: float, project_id: str | None = None, *, sent: bool = True) -> Progress | None:
        """The next webhook, or None after so many seconds. Raises ExportStopped.

        The engine waits by the wall clock: when that is set back, a nudge ends the wait all the same. It comes from
        outside, in a context of its own: as a step of the story it would be in one history and missing in its replay.
        """
        nudging = partial(_nudge_soon, current_id())
        nudge = asyncio.get_running_loop().call_later(patience + OVERSLEPT, nudging, context=Context())
        try:
            news = await DBOS.recv_async(NEWS, timeout_seconds=patience)
        finally:
            nudge.cancel()
        if isinstance(news, Stop):
            raise ExportStopped(news.user_id, sent=sent, project_id=project_id)
        return news if isinstance(news, Progress) else None

    def _result(self, video: Video, upload: Upload) -> Status:
        status = Status(
            stage="linked" if upload.refused else "ready",
            percent=100,
            seconds=upload.seconds,
            credits=video.credits,
            download_url=_shown_address(video, upload),
            link_reason=upload.refused,
            detail=upload.detail,
        )
        return self._with_links(status, video.project_id)

    def _count(self, request: ExportRequest, outcome: Outcome) -> None:
        # The question that somebody left has been counted as such.
        if outcome.result == "left":
            return
        logger.info("export %s has ended: %s", export_of(current_id()), outcome.failure or outcome.result)
        self._metrics.export_ended(outcome.result, outcome.failure, outcome.credits)
        if outcome.result in ("video", "link"):
            self._metrics.video_ready(request.asked_at)

    def _with_links(self, status: Status, project_id: str | None = None) -> Status:
        """The status with what its buttons and links are about."""
        project_url = self._upstream.project_url(project_id) if project_id else None
        export_id = status.export_id or export_of(current_id())
        return status.model_copy(update={"export_id": export_id, "project_url": project_url})

    async def _in_place(self, name: str, act: Callable[[bool], Awaitable[str]], posted: Posted | None = None) -> str:
        """A step that needs the place; the place's loss ends the story before anything was spent."""

        async def act_or_say_why(again: bool) -> tuple[str, str]:
            try:
                return await act(again), ""
            except PlaceLost as lost:
                return "", str(lost)

        answer, lost = await self._steps.once(name, act_or_say_why)
        if lost:
            raise ExportFailed("no_approvers" if posted else "place_lost", detail=lost, posted=posted)
        return answer

    async def _submit_under(self, claim: Claim, request: ExportRequest) -> Submission:
        """The step that costs credits; without the claim an earlier run of it may have submitted already."""
        if not self._steps.redeem(claim):
            return submission_unknown()
        return await self._upstream.submit(current_id(), request)


def _refused(upload: Upload, refused: UploadRefused) -> Upload:
    return upload.model_copy(update={"refused": "refused_by_slack", "detail": str(refused)})


def _nudge_soon(export_id: str) -> None:
    nudging = asyncio.get_running_loop().create_task(_nudge(export_id))
    _nudges.add(nudging)
    nudging.add_done_callback(_nudges.discard)


async def _nothing_shown() -> Edit:
    return Edit(at=time.time(), landed=False)


async def _nudge(export_id: str) -> None:
    """A nudge that fails is nothing to mend: whoever waits without one is woken by the engine, only later."""
    bind_log_context(export_id=export_id)
    try:
        await send(export_id, Nudge(), NEWS)
    except (engine_error.DBOSException, SQLAlchemyError) as error:
        DBOS.logger.warning("%s was not nudged: %s", export_id, type(error).__name__)


def _end_if_over(watch: Watch, project_id: str) -> None:
    if watch.finished:
        return
    if watch.failed:
        raise ExportFailed("render_failed", project_id=project_id)
    if watch.gone:
        raise ExportFailed("project_gone", project_id=project_id)
    if watch.disconnected:
        raise ExportFailed("disconnected", project_id=project_id)
    if watch.linkless:
        raise ExportFailed("no_link", project_id=project_id)
    if watch.overdue:
        raise ExportFailed("timed_out", project_id=project_id, waited=watch.timeout_seconds)


def _shown_address(video: Video, upload: Upload) -> str | None:
    """Where the bot itself does not dare to look, nobody is sent."""
    return None if upload.refused == "unsafe" else video.download_url


def _outcome(video: Video, upload: Upload) -> Outcome:
    return Outcome(
        result="link" if upload.refused else "video",
        project_id=video.project_id,
        file_id=None if upload.refused else upload.file_id,
        download_url=_shown_address(video, upload) if upload.refused else None,
        seconds=upload.seconds,
        credits=video.credits,
    )
