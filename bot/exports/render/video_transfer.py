"""Transfers a finished video from AI Studios to Slack: in pieces, never whole in memory."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

from bot.exports.models import ExportRequest, Upload, Video
from bot.exports.ports import (
    DownloadFailed,
    DownloadUnsafe,
    Thread,
    UploadInterrupted,
    UploadRefused,
    Vendor,
    VideoDownload,
)
from bot.exports.render.mp4 import DurationProbe

PIECE = 256 * 1024


class VideoTooLarge(Exception):
    """The video is over the size that may be uploaded."""


class ProbedStream:
    """A stream of known length (bytes) that parses the video's duration while it is read.

    `broken` is the error of its source: the reader only gets an error of its own upload.
    """

    def __init__(self, length: int, pieces: AsyncIterator[bytes]) -> None:
        self.length = length
        self.probe = DurationProbe()
        self.broken: DownloadFailed | None = None
        self._pieces = pieces

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces:
                self.probe.feed(piece)
                yield piece
        except DownloadFailed as error:
            self.broken = error
            raise


class VideoTransfer:
    """Transfers videos of at most `max_bytes`; a larger one is delivered as a link."""

    def __init__(self, vendor: Vendor, thread: Thread, *, max_bytes: int) -> None:
        self._vendor = vendor
        self._thread = thread
        self._max_bytes = max_bytes

    async def transfer(self, request: ExportRequest, video: Video) -> Upload:
        """Uploads the video without sharing it; expected failures are returned as an Upload with `refused` set."""
        try:
            async with self._vendor.download(video.download_url) as download, self._sized(download) as stream:
                file_id = await self._upload(request, stream)
        except VideoTooLarge:
            return Upload(refused="too_large")
        except UploadRefused as refused:
            return Upload(refused="refused_by_slack", detail=str(refused))
        except UploadInterrupted as interrupted:
            await asyncio.sleep(interrupted.rest)
            return Upload(refused="interrupted", detail=str(interrupted))
        except DownloadUnsafe as unsafe:
            return Upload(refused="unsafe", detail=str(unsafe))
        except (DownloadFailed, OSError) as error:  # OSError: the disk is full
            return Upload(refused="not_fetched", detail=str(error))
        return Upload(file_id=file_id, seconds=stream.probe.seconds)

    async def _upload(self, request: ExportRequest, stream: ProbedStream) -> str:
        try:
            return await self._thread.upload(request, stream)
        except UploadInterrupted:
            if stream.broken:
                raise stream.broken from None
            raise

    @asynccontextmanager
    async def _sized(self, download: VideoDownload) -> AsyncIterator[ProbedStream]:
        """The download with its length, which Slack requires first: from the server, or measured in a spool file."""
        if download.length is not None:
            self._check(download.length)
            yield ProbedStream(download.length, download.chunks())
            return
        # The file has no name, so nothing remains of it if the process is killed.
        with tempfile.TemporaryFile() as spool:
            length = await self._spool(download, spool)
            yield ProbedStream(length, _read_pieces(spool))

    async def _spool(self, download: VideoDownload, spool: IO[bytes]) -> int:
        length = 0
        async for piece in download.chunks():
            length += len(piece)
            self._check(length)
            await asyncio.to_thread(spool.write, piece)
        await asyncio.to_thread(spool.seek, 0)
        return length

    def _check(self, length: int) -> None:
        if length > self._max_bytes:
            raise VideoTooLarge


async def _read_pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, PIECE):
        yield piece
