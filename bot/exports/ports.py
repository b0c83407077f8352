"""The ways out of the product: the thread in which an export shows itself, and the vendor that makes the video."""

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
    """The messenger does not take this file; the text is its own error code."""


class UploadInterrupted(Exception):
    """The messenger or the line to it broke off the upload; another try may work, `rest` seconds from now."""

    def __init__(self, reason: str, *, rest: float = 0.0) -> None:
        super().__init__(reason)
        self.rest = rest


class NoAccount(Exception):
    """The workspace has no account of the vendor's to make a video with; nothing was begun."""


class VendorUnavailable(Exception):
    """The vendor did not answer, or refused; another try may work."""


class DownloadFailed(Exception):
    """The finished video could not be fetched; the text says why. Another try may work."""


class DownloadUnsafe(DownloadFailed):
    """The video's address leads to where the bot does not look; no other try changes that."""


@dataclass(frozen=True)
class VendorProject:
    """A project at the vendor, as far as a search goes by it; `created_at` is in Unix seconds."""

    id: str
    name: str | None
    task_id: str | None = None
    created_at: float | None = None


class VideoStream(Protocol):
    """A video on its way: its length in bytes, and its bytes in pieces."""

    @property
    def length(self) -> int: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


class VideoDownload(Protocol):
    """A video that is being fetched; `length` in bytes, None when the server does not tell it."""

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
        """Where people see a project."""
        ...

    async def submit(self, export_id: str, request: ExportRequest) -> Submission:
        """Submits once. This is the call that costs credits; whatever goes wrong comes back as a value."""
        ...

    async def read(self, request: ExportRequest, project_id: str) -> Reading:
        """Asks how far a project is; whatever goes wrong comes back as a value."""
        ...

    async def projects(self, request: ExportRequest) -> Sequence[VendorProject]:
        """The projects that the account lists, by id and name alone. Raises VendorUnavailable."""
        ...

    async def project(self, request: ExportRequest, project_id: str) -> VendorProject:
        """One project whole. Raises VendorUnavailable."""
        ...

    async def credits(self, request: ExportRequest, project_id: str, heard: int | None) -> int | None:
        """The credits used: by the project's own word, or else by what its webhook said (`heard`)."""
        ...

    async def delete(self, request: ExportRequest, project_id: str) -> Deletion:
        """Deletes a project; one that is gone already counts as deleted."""
        ...

    def download(self, url: str) -> AbstractAsyncContextManager[VideoDownload]:
        """Fetches a finished video while the context lasts. Raises DownloadFailed."""
        ...


class Thread(Protocol):
    """Shows an export to the people in its place.

    `again` says that an earlier run of the same call may have acted before its process died: the implementation
    then looks for what it may have left, and adopts it, before it acts. Calls wait out the messenger's outages.
    """

    async def enter(self, request: ExportRequest) -> str:
        """Makes sure that the place can be written to; gives its id. Raises PlaceLost."""
        ...

    async def announce(self, workflow_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        """Posts the root message and gives its ts. Raises PlaceLost."""
        ...

    async def reply(
        self, workflow_id: str, request: ExportRequest, channel_id: str, root_ts: str, status: Status, *, again: bool
    ) -> str:
        """Posts the reply that later calls edit and gives its ts. Raises PlaceLost."""
        ...

    async def ask_approval(self, export_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        """Posts the request with the buttons that decide about it and gives the message's ts. Raises PlaceLost."""
        ...

    async def close_approval(
        self,
        request: ExportRequest,
        posted: Posted,
        message: MessageReference,
        decision: ApprovalDecision | Stop | None,
    ) -> None:
        """Takes the approval's buttons away and shows what became of it: None when nobody decided in time."""
        ...

    async def show(self, request: ExportRequest, posted: Posted, status: Status) -> bool:
        """Edits the reply; gives whether it landed. One try: the next edit brings newer progress anyway."""
        ...

    async def conclude(self, request: ExportRequest, posted: Posted, status: Status) -> None:
        """Edits the reply and the root message to the outcome."""
        ...

    async def close_question(
        self, request: ExportRequest, posted: Posted, question: MessageReference | None, decision: Decision
    ) -> None:
        """Takes the question's buttons away, where it is known, and shows what was decided."""
        ...

    async def upload(self, request: ExportRequest, video: VideoStream) -> str:
        """Streams the video to the messenger, not yet shown to anybody; gives its file id.

        The stream can be read once only, so that this is one try. Raises UploadRefused, UploadInterrupted.
        """
        ...

    async def share(self, request: ExportRequest, posted: Posted, file_id: str, status: Status, *, again: bool) -> None:
        """Shows an uploaded video in a new reply that mentions the person. Raises UploadRefused, PlaceLost."""
        ...

    async def share_directly(self, request: ExportRequest, file_id: str, *, again: bool) -> None:
        """Shows an uploaded video in the person's own messages. Raises UploadRefused."""
        ...

    async def report(self, request: ExportRequest, outcome: Outcome) -> None:
        """Completes the step of Workflow Builder that asked for the video."""
        ...

    async def notify(
        self, export_id: str, request: ExportRequest, posted: Posted | None, status: Status, *, again: bool
    ) -> None:
        """Mentions the person in a new reply about the outcome; in a direct message when there is no thread.

        A question comes with the buttons that answer it.
        """
        ...
