"""Delivers the finished video to its thread, or a link to it if Slack does not accept the file."""

from collections import Counter
from dataclasses import dataclass, field

from bot.exports.models import Outcome, Status, Upload, Video
from bot.exports.ports import PlaceLost, UploadRefused
from bot.exports.render.video_transfer import VideoTransfer
from bot.exports.states import LinkReason
from bot.exports.workflow.context import Run, Tools

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
# With the pauses this is about four minutes for AI Studios' file, and six hours for an outage of Slack's.
TRANSFER_TRIES: dict[LinkReason, int] = {"not_fetched": 8, "interrupted": 360}


@dataclass
class TransferTries:
    """How often a transfer has failed, counted for each reason.

    Hours of Slack's outage must not use up the tries of AI Studios' file.
    """

    failed: Counter[LinkReason] = field(default_factory=Counter)
    pause: float = FIRST_PAUSE

    def pause_before_next(self, upload: Upload) -> float | None:
        """Seconds until the next try; None if there is none, after success or a final failure."""
        if upload.refused is None:
            return None
        self.failed[upload.refused] += 1
        if self.failed[upload.refused] >= TRANSFER_TRIES.get(upload.refused, 1):
            return None
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        return pause


class Delivering:
    def __init__(self, tools: Tools, transfer: VideoTransfer) -> None:
        self._tools = tools
        self._transfer = transfer

    async def deliver(self, run: Run, video: Video) -> Outcome:
        """Shares the video in the thread, or in a direct message if the thread can't be written to."""
        fetching = Status(stage="fetching", percent=100)
        await self._tools.show(run, fetching, video.project_id, heard_at=video.heard_at)
        upload, video = await self._transferred(run, video)
        if upload.file_id:
            upload = await self._share(run, video, upload)
        if upload.place_lost:
            upload = await self._share_directly(run, upload)
        status = self._status(run, video, upload)
        if upload.refused:
            await self._tools.notify(run, status)
        await self._tools.conclude(run, status)
        return _outcome(video, upload)

    async def _transferred(self, run: Run, video: Video) -> tuple[Upload, Video]:
        """Uploads the video, retrying temporary failures with a fresh address; returns the video with that address."""
        tools, tries = self._tools, TransferTries()
        upload = await tools.steps.run("transfer", self._transfer.transfer, run.request, video)
        while (pause := tries.pause_before_next(upload)) is not None:
            await tools.steps.pause(pause)
            reading = await tools.steps.run("read", tools.vendor.read, run.request, video.project_id)
            video = video.model_copy(update={"download_url": reading.download_url or video.download_url})
            upload = await tools.steps.run("transfer", self._transfer.transfer, run.request, video)
        return upload, video

    async def _share(self, run: Run, video: Video, upload: Upload) -> Upload:
        """Shares the uploaded file in the reply that mentions the person."""
        status = self._status(run, video, upload)

        async def share(again: bool) -> Upload:
            try:
                await self._tools.thread.share(run.request, run.place, upload.file_id or "", status, again=again)
            except PlaceLost as lost:
                return upload.model_copy(update={"place_lost": str(lost)})
            except UploadRefused as refused:
                return _refused(upload, refused)
            return upload

        return await self._tools.steps.once("share", share)

    async def _share_directly(self, run: Run, upload: Upload) -> Upload:
        """Shares the video in a direct message, because its thread can't be written to."""

        async def share(again: bool) -> Upload:
            try:
                await self._tools.thread.share_directly(run.request, upload.file_id or "", again=again)
            except UploadRefused as refused:
                return _refused(upload, refused)
            return upload

        return await self._tools.steps.once("share_directly", share)

    def _status(self, run: Run, video: Video, upload: Upload) -> Status:
        status = Status(
            stage="linked" if upload.refused else "ready",
            percent=100,
            seconds=upload.seconds,
            credits=video.credits,
            download_url=_shown_address(video, upload),
            link_reason=upload.refused,
            detail=upload.detail,
        )
        return self._tools.with_links(run, status, video.project_id)


def _refused(upload: Upload, refused: UploadRefused) -> Upload:
    return upload.model_copy(update={"refused": "refused_by_slack", "detail": str(refused)})


def _shown_address(video: Video, upload: Upload) -> str | None:
    """The video's address; None if the bot refuses to connect to it: people are not sent there either."""
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
