"""The one way out of the product: where an export shows itself to people."""

from collections.abc import AsyncIterator
from typing import Protocol

from bot.exports.models import Decision, ExportRequest, Outcome, Posted, Question, Status, Stop, Verdict


class PlaceLost(Exception):
    """The place cannot be written to (any more); the text is the messenger's own error code."""


class UploadRefused(Exception):
    """The messenger does not take this file; the text is its own error code."""


class UploadInterrupted(Exception):
    """The messenger or the line to it broke off the upload; another try may work, `rest` seconds from now."""

    def __init__(self, reason: str, *, rest: float = 0.0) -> None:
        super().__init__(reason)
        self.rest = rest


class VideoStream(Protocol):
    """A video on its way: its length in bytes, and its bytes in pieces."""

    @property
    def length(self) -> int: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


class Thread(Protocol):
    """Shows an export to the people in its place.

    `again` says that an earlier run of the same call may have acted before its process died: the implementation
    then looks for what it may have left, and adopts it, before it acts. Calls wait out the messenger's outages.
    """

    async def enter(self, request: ExportRequest) -> str:
        """Makes sure that the place can be written to; gives its id. Raises PlaceLost."""
        ...

    async def announce(self, export_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        """Posts the root message and gives its ts. Raises PlaceLost."""
        ...

    async def reply(
        self, export_id: str, request: ExportRequest, channel_id: str, root_ts: str, status: Status, *, again: bool
    ) -> str:
        """Posts the reply that later calls edit and gives its ts. Raises PlaceLost."""
        ...

    async def ask_approval(self, export_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        """Posts the request with the buttons that decide about it and gives the message's ts. Raises PlaceLost."""
        ...

    async def ruled(
        self, request: ExportRequest, posted: Posted, question: Question, word: Verdict | Stop | None
    ) -> None:
        """Takes the approval's buttons away and shows what became of it: a Verdict, a Stop, or None when it lapsed."""
        ...

    async def show(self, request: ExportRequest, posted: Posted, status: Status) -> bool:
        """Edits the reply; gives whether it landed. One try: the next edit brings newer news anyway."""
        ...

    async def conclude(self, request: ExportRequest, posted: Posted, status: Status) -> None:
        """Edits the reply and the root message to the outcome."""
        ...

    async def answered(
        self, request: ExportRequest, posted: Posted, question: Question | None, decision: Decision
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
        """Completes the workflow's step that asked for the video."""
        ...

    async def tell(
        self, export_id: str, request: ExportRequest, posted: Posted | None, status: Status, *, again: bool
    ) -> None:
        """Mentions the person in a new reply about the outcome; in a direct message when there is no thread.

        A question comes with the buttons that answer it.
        """
        ...
