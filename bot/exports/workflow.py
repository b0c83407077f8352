"""One export from the announcement to the video: the durable story."""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from dbos import DBOS, DBOSConfiguredInstance
from dbos import error as engine_error

from bot.exports.courier import Courier
from bot.exports.models import (
    ExportRequest,
    FailureReason,
    Heard,
    Outcome,
    Posted,
    Status,
    Submission,
    Upload,
    Video,
)
from bot.exports.ports import PlaceLost, Thread, UploadRefused
from bot.exports.upstream import Upstream, submission_unknown
from bot.exports.watch import Watch

NEWS = "news"
SUBMIT_PATIENCE = 900.0
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
# At the longest pause these are about four minutes for AI Studios' file, and six hours for an outage of Slack's.
CARRY_TRIES: dict[str, int] = {"not_fetched": 8, "interrupted": 360}

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Pace:
    """How long to be without news before asking, and how long an export may take; both in seconds."""

    poll_seconds: float
    timeout_seconds: float


class ExportFailed(Exception):
    """The story ends here, with a reason for the person."""

    def __init__(self, reason: FailureReason, *, project_id: str | None = None, detail: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.project_id = project_id
        self.detail = detail


@DBOS.dbos_class("Exports")
class ExportWorkflow(DBOSConfiguredInstance):
    """Knows the vendor and one way out to people; the engine keeps its place in the story."""

    def __init__(self, *, upstream: Upstream, thread: Thread, courier: Courier, pace: Pace) -> None:
        super().__init__("exports")
        self._upstream = upstream
        self._thread = thread
        self._courier = courier
        self._pace = pace
        self._witnessed: set[str] = set()
        self._claims: set[str] = set()

    @DBOS.workflow(name="export", max_recovery_attempts=None)
    async def export(self, request: ExportRequest) -> Outcome:
        """The whole story."""
        posted: Posted | None = None
        try:
            posted = await self._announce(request)
            project_id = await self._submit(request, posted)
            video = await self._wait_for_video(request, posted, project_id)
            return await self._deliver(request, posted, video)
        except ExportFailed as failure:
            return await self._fail(request, posted, failure)
        except engine_error.DBOSException:
            raise
        except Exception:  # noqa: BLE001 — a fault of ours must not leave a person waiting for ever
            DBOS.logger.exception("export %s failed unexpectedly", _export_id())
            return await self._fail(request, posted, ExportFailed("internal"))
        finally:
            self._witnessed.discard(_export_id())

    # The chapters

    async def _announce(self, request: ExportRequest) -> Posted:
        export_id, thread = _export_id(), self._thread
        channel_id = await self._in_place("enter", lambda _: thread.enter(request))
        root_ts = await self._in_place(
            "announce", lambda again: thread.announce(export_id, request, channel_id, again=again)
        )
        reply_ts = await self._in_place(
            "reply", lambda again: thread.reply(export_id, request, channel_id, root_ts, again=again)
        )
        return Posted(channel_id=channel_id, root_ts=root_ts, reply_ts=reply_ts)

    async def _submit(self, request: ExportRequest, posted: Posted) -> str:
        """Submits until AI Studios accepts or refuses; never again once the outcome is unknown."""
        pause, first_at = FIRST_PAUSE, None
        while True:
            submission = await self._submit_once(request)
            if submission.result == "accepted" and submission.project_id:
                return submission.project_id
            first_at = first_at or submission.at
            if submission.result != "later" or submission.at - first_at > SUBMIT_PATIENCE:
                raise ExportFailed(submission.reason or "unreachable", detail=submission.detail)
            await self._show(request, posted, Status(stage="waiting"))
            await DBOS.sleep_async(max(min(pause, LONGEST_PAUSE), submission.retry_after or 0))
            pause *= 2

    async def _wait_for_video(self, request: ExportRequest, posted: Posted, project_id: str) -> Video:
        """Listens for webhooks, asks when none comes, and shows what is new."""
        watch = await self._begin_watch(request, posted, project_id)
        while not watch.finished:
            if watch.ask_due or watch.overdue:
                watch = watch.read(await self._step("read", self._upstream.read, project_id))
                _end_if_over(watch, project_id)
            elif watch.edit_due:
                watch = watch.showed(await self._show(request, posted, watch.status, project_id))
            else:
                patience = watch.patience
                news: Heard | None = await DBOS.recv_async(NEWS, timeout_seconds=patience)
                watch = watch.heard(news) if news else watch.passed(patience)
        credits = await self._step("credits", self._upstream.credits, project_id, watch.credit)
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
        await self._step("conclude", self._thread.conclude, request, posted, status)
        return _outcome(video, upload)

    async def _fail(self, request: ExportRequest, posted: Posted | None, failure: ExportFailed) -> Outcome:
        status = self._with_link(
            Status(stage="failed", failure=failure.reason, detail=failure.detail), failure.project_id
        )
        await self._tell(request, posted, status)
        if posted:
            await self._step("conclude", self._thread.conclude, request, posted, status)
        return Outcome(result="failed", failure=failure.reason, project_id=failure.project_id)

    # Parts of chapters

    async def _submit_once(self, request: ExportRequest) -> Submission:
        """A claim is written down before money is spent; only the process that made it may submit under it."""
        claim = await self._step("claim", self._claim)
        return await self._step("submit", self._submit_under, claim, request)

    async def _begin_watch(self, request: ExportRequest, posted: Posted, project_id: str) -> Watch:
        at = await self._show(request, posted, Status(stage="submitted"), project_id)
        return Watch.begin(at, poll_seconds=self._pace.poll_seconds, timeout_seconds=self._pace.timeout_seconds)

    async def _carry(self, request: ExportRequest, video: Video) -> tuple[Upload, Video]:
        """Brings the video over; a try that may work later is made again, from a fresh address."""
        upload = await self._step("carry", self._courier.carry, request, video)
        tries, pause = 1, FIRST_PAUSE
        while upload.refused and tries < CARRY_TRIES.get(upload.refused, 1):
            await DBOS.sleep_async(pause)
            tries, pause = tries + 1, min(pause * 2, LONGEST_PAUSE)
            reading = await self._step("read", self._upstream.read, video.project_id)
            video = video.model_copy(update={"download_url": reading.download_url or video.download_url})
            upload = await self._step("carry", self._courier.carry, request, video)
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

        return await self._once("share", share)

    async def _tell(self, request: ExportRequest, posted: Posted | None, status: Status) -> None:
        export_id = _export_id()
        await self._once("tell", lambda again: self._thread.tell(export_id, request, posted, status, again=again))

    async def _show(
        self, request: ExportRequest, posted: Posted, status: Status, project_id: str | None = None
    ) -> float:
        """Edits the reply; gives the Unix time (seconds) of the edit."""
        status = self._with_link(status, project_id)

        async def show() -> float:
            await self._thread.show(request, posted, status)
            return time.time()

        return await self._step("show", show)

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

    # Steps

    async def _step(self, name: str, act: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs and is written down; runs a second time only if the process died in between."""
        return await self._once(name, lambda _: act(*args, **kwargs))

    async def _once(self, name: str, act: Callable[[bool], Awaitable[R]]) -> R:
        """A step that is told whether an earlier process may have been in the middle of it.

        Only the first step that a process runs for an export can have been begun by another one.
        """
        export_id = _export_id()

        async def run() -> R:
            again = export_id not in self._witnessed
            self._witnessed.add(export_id)
            return await act(again)

        return await DBOS.run_step_async({"name": name}, run)

    async def _in_place(self, name: str, act: Callable[[bool], Awaitable[str]]) -> str:
        """A step that needs the place; the place's loss ends the story before anything was spent."""

        async def act_or_say_why(again: bool) -> tuple[str, str]:
            try:
                return await act(again), ""
            except PlaceLost as lost:
                return "", str(lost)

        answer, lost = await self._once(name, act_or_say_why)
        if lost:
            raise ExportFailed("place_lost", detail=lost)
        return answer

    async def _claim(self) -> str:
        claim = secrets.token_hex(8)
        self._claims.add(claim)
        return claim

    async def _submit_under(self, claim: str, request: ExportRequest) -> Submission:
        if claim not in self._claims:
            return submission_unknown()
        self._claims.remove(claim)
        return await self._upstream.submit(_export_id(), request)


def _export_id() -> str:
    export_id = DBOS.workflow_id
    if export_id is None:
        raise RuntimeError("only an export has an id")
    return export_id


def _end_if_over(watch: Watch, project_id: str) -> None:
    if watch.finished:
        return
    if watch.failed:
        raise ExportFailed("render_failed", project_id=project_id)
    if watch.gone:
        raise ExportFailed("project_gone", project_id=project_id)
    if watch.overdue:
        raise ExportFailed("timed_out", project_id=project_id)


def _outcome(video: Video, upload: Upload) -> Outcome:
    return Outcome(
        result="link" if upload.refused else "video",
        project_id=video.project_id,
        file_id=None if upload.refused else upload.file_id,
        seconds=upload.seconds,
        credits=video.credits,
    )
