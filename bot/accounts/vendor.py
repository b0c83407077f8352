"""AI Studios as the product's vendor: turns its answers and failures into values that histories store.

Implements `bot.exports.ports.Vendor`.
"""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

from bot.accounts.account import Account
from bot.accounts.accounts import AccountGone, Accounts
from bot.aistudios.addresses import UnsafeAddress
from bot.aistudios.client import editor_url
from bot.aistudios.download import Download, VideoDownloads
from bot.aistudios.errors import AIStudiosError, Ambiguous, Rejected, Transient, Unauthorized
from bot.aistudios.models import CustomExport
from bot.exports.models import Deletion, ExportRequest, Reading, Submission
from bot.exports.ports import DownloadFailed, DownloadUnsafe, VendorProject, VendorUnavailable

__all__ = ["AIStudiosVendor", "editor_url"]

logger = logging.getLogger(__name__)

# The vendor documents no list of states; its samples only test for a finished one.
_FAILED_STATES = ("failed", "fail", "error")
# The longest Retry-After that is respected (seconds): an absurd one must not delay an export for years.
LONGEST_REST = 600.0
# As Unix time this is in 1973 when it counts milliseconds, and in the year 5138 when it counts seconds.
_LEAST_MILLISECONDS = 1e11


class AIStudiosVendor:
    """Makes each call with the account that the export was accepted with.

    `site` is the address of AI Studios' editor; `webhook_url` returns an export's webhook address, or None.
    """

    def __init__(
        self, accounts: Accounts, downloads: VideoDownloads, *, site: str, webhook_url: Callable[[str], str | None]
    ) -> None:
        self._accounts = accounts
        self._downloads = downloads
        self._site = site
        self._webhook_url = webhook_url

    def account_of(self, team_id: str) -> str | None:
        """The id of the account that a workspace makes new videos with, None for the operator's. Raises NoAccount."""
        return self._accounts.required_of(team_id).id

    def project_url(self, project_id: str) -> str:
        """The editor's page with the project."""
        return editor_url(self._site, project_id)

    async def submit(self, export_id: str, request: ExportRequest) -> Submission:
        """Submits once; this call costs credits. Failures are returned as a Submission, never raised."""
        try:
            account = await self._account(request)
            accepted = await account.client.create_export(self._custom_export(export_id, request))
        except Exception as error:  # noqa: BLE001 - whatever went wrong, credits may be spent: it is never just repeated
            return _not_accepted(export_id, error)
        return Submission(result="accepted", at=time.time(), project_id=accepted.project_id, task_id=accepted.task_id)

    async def read(self, request: ExportRequest, project_id: str) -> Reading:
        """Polls a project's progress; AI Studios' failures are returned as a Reading."""
        try:
            account = await self._account(request)
            progress = await account.client.progress(project_id)
        except AccountGone:
            return Reading(at=time.time(), problem="disconnected")
        except Unauthorized:
            return Reading(at=time.time(), problem="credentials")
        except Rejected:
            return Reading(at=time.time(), problem="gone")
        except AIStudiosError:
            return Reading(at=time.time(), problem="unreachable")
        failed = (progress.state or "").lower() in _FAILED_STATES
        return Reading(
            at=time.time(),
            progress=progress.progress,
            download_url=progress.download_url,
            problem="failed" if failed else None,
        )

    async def projects(self, request: ExportRequest) -> list[VendorProject]:
        """The exported projects of the account, with id and name only. Raises VendorUnavailable."""
        with _unavailable():
            account = await self._account(request)
            listed = await account.client.projects()
        return [VendorProject(project.id, project.name) for project in listed]

    async def project(self, request: ExportRequest, project_id: str) -> VendorProject:
        """One project with all fields. Raises VendorUnavailable."""
        with _unavailable():
            account = await self._account(request)
            project = await account.client.project(project_id)
        return VendorProject(project_id, project.name, project.backend_task_id, unix_seconds(project.created_at))

    async def credits(self, request: ExportRequest, project_id: str, heard: int | None) -> int | None:
        """The credits used, as the project reports them, otherwise as its webhook reported them (`heard`)."""
        try:
            account = await self._account(request)
            project = await account.client.project(project_id)
        except AIStudiosError:
            return heard
        return project.credit if project.credit is not None else heard

    async def delete(self, request: ExportRequest, project_id: str) -> Deletion:
        """Deletes a project. `later`: AI Studios did not answer; `refused`: another try won't help."""
        try:
            account = await self._account(request)
            await account.client.delete_projects([project_id])
        except (Unauthorized, Rejected) as error:
            logger.warning("a project cannot be deleted: %s", error)
            return "refused"
        except AIStudiosError:
            return "later"
        return "deleted"

    @asynccontextmanager
    async def download(self, url: str) -> AsyncIterator["ProjectVideo"]:
        """Opens a download of a finished video. Raises DownloadFailed, DownloadUnsafe."""
        with _download_failed():
            async with self._downloads.open(url) as download:
                yield ProjectVideo(download)

    async def _account(self, request: ExportRequest) -> Account:
        return await self._accounts.by_id(request.account_id, request.requester.team_id)

    def _custom_export(self, export_id: str, request: ExportRequest) -> CustomExport:
        options = request.options
        return CustomExport(
            language=options.language,
            text=options.script,
            model=options.avatar.id,
            is_export=options.is_export,
            workspace_id=options.workspace_id,
            resolution=options.resolution,
            webhook_url=self._webhook_url(export_id),
        )


class ProjectVideo:
    """A finished video that is being fetched; `length` is in bytes, None if the server does not report it."""

    def __init__(self, download: Download) -> None:
        self.length = download.length
        self._download = download

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes in pieces of less than 1 MiB. Raises DownloadFailed."""
        with _download_failed():
            async for piece in self._download.chunks():
                yield piece


def _not_accepted(export_id: str, error: Exception) -> Submission:
    """The result of a failed submission; errors after which AI Studios may have accepted it are `unknown`."""
    now = time.time()
    if isinstance(error, Transient):
        rest = min(error.retry_after or 0.0, LONGEST_REST)
        return Submission(result="later", at=now, reason="unreachable", retry_after=rest)
    if isinstance(error, AccountGone):
        return Submission(result="refused", at=now, reason="disconnected")
    if isinstance(error, Unauthorized):
        return Submission(result="refused", at=now, reason="credentials")
    if isinstance(error, Rejected):
        return Submission(result="refused", at=now, reason="rejected", detail=error.message)
    if not isinstance(error, Ambiguous):
        logger.error("export %s: submitting it failed unexpectedly", export_id, exc_info=error)
    return Submission(result="unknown", at=now)


def unix_seconds(date: str | None) -> float | None:
    """AI Studios' date as Unix seconds: ISO 8601 text (UTC by default), Unix seconds or Unix milliseconds.

    The documentation only calls it a "Date". None if it is unreadable.
    """
    if date is None:
        return None
    if date.isascii() and date.isdigit():
        number = float(date)
        return number / 1000 if number >= _LEAST_MILLISECONDS else number
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@contextmanager
def _unavailable() -> Iterator[None]:
    """Raises VendorUnavailable for AI Studios' errors."""
    try:
        yield
    except AIStudiosError as error:
        raise VendorUnavailable(error.message) from error


@contextmanager
def _download_failed() -> Iterator[None]:
    """Raises DownloadFailed or DownloadUnsafe for errors of a download."""
    try:
        yield
    except UnsafeAddress as error:
        raise DownloadUnsafe(error.message) from error
    except AIStudiosError as error:
        raise DownloadFailed(error.message) from error
