"""The protocols of the product's adapters: the thread that shows an export, and the vendor that makes the video."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.exports.models import (
    ApprovalDecision,
    Deletion,
    ExportRequest,
    MessageReference,
    Outcome,
    Posted,
    Reading,
    Status,
    Stop,
    Submission,
)
from bot.exports.states import Decision


class PlaceLost(Exception):
    """The place cannot be written to (any more); the text is the messenger's own error code."""


class UploadRefused(Exception):
    """The messenger does not accept this file; the text is its own error code."""


class UploadInterrupted(Exception):
    """The upload was interrupted by the messenger or the network; another try may work, `rest` seconds from now."""

    def __init__(self, reason: str, *, rest: float = 0.0) -> None:
        super().__init__(reason)
        self.rest = rest


class NoAccount(Exception):
    """The workspace has no vendor account to make a video with; no workflow was started."""


class VendorUnavailable(Exception):
    """The vendor did not answer, or refused; another try may work."""


class DownloadFailed(Exception):
    """The finished video could not be fetched; the text says why. Another try may work."""


class DownloadUnsafe(DownloadFailed):
    """The video's address is one that the bot refuses to connect to; another try won't help."""


@dataclass(frozen=True)
class VendorProject:
    """The fields of a vendor's project that a search compares; `created_at` is in Unix seconds."""

    id: str
    name: str | None
    task_id: str | None = None
    created_at: float | None = None


class VideoStream(Protocol):
    """A video being transferred: its length in bytes, and its bytes in pieces."""

    @property
    def length(self) -> int: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


class VideoDownload(Protocol):
    """A video that is being fetched; `length` in bytes, None if the server does not report it."""

    @property
    def length(self) -> int | None: ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The bytes in pieces. Raises DownloadFailed."""
        ...


class Vendor(Protocol):
    """Makes the videos. Every call is made with the account that the request was accepted with."""

    def account_of(self, team_id: str) -> str | None:
        """The id of the account that a workspace makes new videos with, None for the operator's. Raises NoAccount."""
        ...

    def project_url(self, project_id: str) -> str:
        """The address of the page that shows a project to people."""
        ...

    async def submit(self, export_id: str, request: ExportRequest) -> Submission:
        """Submits once; this call costs credits. Failures are returned as a Submission, never raised."""
        ...

    async def read(self, request: ExportRequest, project_id: str) -> Reading:
        """Polls a project's progress; the vendor's failures are returned as a Reading, never raised."""
        ...

    async def projects(self, request: ExportRequest) -> Sequence[VendorProject]:
        """The projects that the account lists, with id and name only. Raises VendorUnavailable."""
        ...

    async def project(self, request: ExportRequest, project_id: str) -> VendorProject:
        """One project with all fields. Raises VendorUnavailable."""
        ...

    async def credits(self, request: ExportRequest, project_id: str, heard: int | None) -> int | None:
        """The credits used, as the project reports them, otherwise as its webhook reported them (`heard`)."""
        ...

    async def delete(self, request: ExportRequest, project_id: str) -> Deletion:
        """Deletes a project. `later`: the vendor did not answer; `refused`: another try won't help."""
        ...

    def download(self, url: str) -> AbstractAsyncContextManager[VideoDownload]:
        """Opens a download of a finished video, as a context manager. Raises DownloadFailed, DownloadUnsafe."""
        ...


class Thread(Protocol):
    """Shows an export to the people in its channel or direct message.

    `again`: an earlier run of the same call may have acted before its process died. The implementation then searches
    for the message or file that it may have left, and uses that. Calls wait out the messenger's outages.
    """

    async def enter(self, request: ExportRequest) -> str:
        """Checks that the channel can be written to; returns its id. Raises PlaceLost."""
        ...

    async def announce(self, workflow_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        """Posts the root message and returns its ts. Raises PlaceLost."""
        ...

    async def reply(
        self, workflow_id: str, request: ExportRequest, channel_id: str, root_ts: str, status: Status, *, again: bool
    ) -> str:
        """Posts the reply that later calls edit and returns its ts. Raises PlaceLost."""
        ...

    async def ask_approval(self, export_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        """Posts the request with *Approve* and *Decline* buttons and returns the message's ts. Raises PlaceLost."""
        ...

    async def close_approval(
        self,
        request: ExportRequest,
        posted: Posted,
        message: MessageReference,
        decision: ApprovalDecision | Stop | None,
    ) -> None:
        """Removes the approval's buttons and shows the decision, or with None that nobody decided in time."""
        ...

    async def show(self, request: ExportRequest, posted: Posted, status: Status) -> bool:
        """Edits the reply; returns whether that succeeded. Not retried: the next edit shows newer progress anyway."""
        ...

    async def conclude(self, request: ExportRequest, posted: Posted, status: Status) -> None:
        """Edits the reply and the root message to show the outcome."""
        ...

    async def close_question(
        self, request: ExportRequest, posted: Posted, question: MessageReference | None, decision: Decision
    ) -> None:
        """Removes the question's buttons, if its message is known, and shows the decision."""
        ...

    async def upload(self, request: ExportRequest, video: VideoStream) -> str:
        """Streams the video to the messenger without sharing it yet; returns its file id.

        Not retried: the stream can be read only once. Raises UploadRefused, UploadInterrupted.
        """
        ...

    async def share(self, request: ExportRequest, posted: Posted, file_id: str, status: Status, *, again: bool) -> None:
        """Shares an uploaded video in a new reply that mentions the person. Raises UploadRefused, PlaceLost."""
        ...

    async def share_directly(self, request: ExportRequest, file_id: str, *, again: bool) -> None:
        """Shares an uploaded video in a direct message to the person. Raises UploadRefused."""
        ...

    async def report(self, request: ExportRequest, outcome: Outcome) -> None:
        """Completes the step of Workflow Builder that requested the video."""
        ...

    async def notify(
        self, export_id: str, request: ExportRequest, posted: Posted | None, status: Status, *, again: bool
    ) -> None:
        """Mentions the person in a new reply about the outcome; in a direct message when there is no thread.

        With the stage `question`, the reply has the buttons that answer it.
        """
        ...
