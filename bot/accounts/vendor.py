"""What AI Studios is asked during an export; its answers and its failures as values that are written down."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from bot.accounts.accounts import Account, AccountGone, Accounts
from bot.aistudios.client import editor_url
from bot.aistudios.errors import AIStudiosError, Ambiguous, Rejected, Transient, Unauthorized
from bot.aistudios.models import CustomExport, Project
from bot.exports.models import Deletion, ExportRequest, FailureReason, Reading, Submission
from bot.exports.workflow.search import Search, found_among, name_fits, worth_reading

logger = logging.getLogger(__name__)

# The vendor documents no list of states; its samples only test for a finished one.
_FAILED_STATES = ("failed", "fail", "error")
MOST_READ = 30
# Longer than any rest that a person would wait for; an absurd Retry-After must not park an export for years.
LONGEST_REST = 600.0

MOST_REMEMBERED = 2000

MayBelongToAnother = Callable[[str, str, str | None, Callable[[str], bool]], Awaitable[bool]]


class Upstream:
    """The steps of an export that talk to AI Studios: each with the account that the export was accepted with.

    `site` is where people see their projects; `webhook_url` gives an export's own address, or None;
    `may_belong_to_another` tells of a project whether another export than this one could be meant, among those of the
    same account whose script passes the test.
    """

    def __init__(
        self,
        accounts: Accounts,
        site: str,
        webhook_url: Callable[[str], str | None],
        may_belong_to_another: MayBelongToAnother,
    ) -> None:
        self._accounts = accounts
        self._site = site
        self._webhook_url = webhook_url
        self._may_belong_to_another = may_belong_to_another
        self._read_projects: dict[tuple[str | None, str], Project] = {}

    def project_url(self, project_id: str) -> str:
        return editor_url(self._site, project_id)

    async def submit(self, export_id: str, request: ExportRequest) -> Submission:
        """Submits once. This is the call that costs credits."""
        try:
            account = await self._account(request)
            accepted = await account.client.create_export(self._custom_export(export_id, request))
        except Transient as error:
            return _not_accepted("unreachable", retry_after=min(error.retry_after or 0.0, LONGEST_REST))
        except AccountGone:
            return Submission(result="refused", at=time.time(), reason="disconnected")
        except Unauthorized:
            return Submission(result="refused", at=time.time(), reason="credentials")
        except Rejected as error:
            return Submission(result="refused", at=time.time(), reason="rejected", detail=error.message)
        except Ambiguous:
            return submission_unknown()
        except Exception:  # whatever else went wrong, credits may be spent: it is never simply repeated
            logger.exception("export %s: submitting it failed unexpectedly", export_id)
            return submission_unknown()
        return Submission(result="accepted", at=time.time(), project_id=accepted.project_id, task_id=accepted.task_id)

    async def read(self, request: ExportRequest, project_id: str) -> Reading:
        """Asks how far a project is."""
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

    async def find(self, export_id: str, request: ExportRequest, search: Search) -> str | None:
        """The project of an export whose submission was never answered; None when it is not there for sure."""
        try:
            account = await self._account(request)
            listed = await account.client.projects()
        except AIStudiosError:
            return None
        ids = worth_reading(listed, search, request.options.script)
        projects = await self._projects(account, ids)
        found = found_among(projects, search, request.options.script)
        if found is None or found.certain:
            return found.project_id if found else None
        # Another that cannot be read just now may be the right one.
        contested = len(projects) < len(ids) or await self._is_contested(account, export_id, found.project_id)
        return None if contested else found.project_id

    async def _is_contested(self, account: Account, export_id: str, project_id: str) -> bool:
        """Whether a project could be that of another export, whose script begins in the same way."""
        name = self._read_projects[account.id, project_id].name
        return await self._may_belong_to_another(
            project_id, export_id, account.id, lambda script: name_fits(name, script)
        )

    async def _projects(self, account: Account, ids: Sequence[str]) -> list[Project]:
        """The projects as far as they can be read, of new ones at most MOST_READ at a time.

        What a search goes by does not change once it is there, so that each is read once.
        """
        keys = [(account.id, project_id) for project_id in ids]
        for _, project_id in [key for key in keys if key not in self._read_projects][:MOST_READ]:
            await self._remember(account, project_id)
        return [self._read_projects[key] for key in keys if key in self._read_projects]

    async def _remember(self, account: Account, project_id: str) -> None:
        try:
            project = await account.client.project(project_id)
        except AIStudiosError:
            return
        while len(self._read_projects) >= MOST_REMEMBERED:
            del self._read_projects[next(iter(self._read_projects))]
        if project.created_at and project.backend_task_id:
            self._read_projects[account.id, project_id] = project

    async def delete(self, request: ExportRequest, project_id: str) -> Deletion:
        """Deletes a project; one that is gone already counts as deleted."""
        try:
            account = await self._account(request)
            await account.client.delete_projects([project_id])
        except (Unauthorized, Rejected) as error:
            logger.warning("a project cannot be deleted: %s", error)
            return "refused"
        except AIStudiosError:
            return "later"
        return "deleted"

    async def credits(self, request: ExportRequest, project_id: str, heard: int | None) -> int | None:
        """The credits used: by the project's own word, or else by what its webhook said."""
        try:
            account = await self._account(request)
            project = await account.client.project(project_id)
        except AIStudiosError:
            return heard
        return project.credit if project.credit is not None else heard

    async def _account(self, request: ExportRequest) -> Account:
        return await self._accounts.by_id(request.account_id, request.requester.team_id)

    def _custom_export(self, export_id: str, request: ExportRequest) -> CustomExport:
        return CustomExport(
            language=request.options.language,
            text=request.options.script,
            model=request.options.avatar.id,
            is_export=request.options.is_export,
            workspace_id=request.options.workspace_id,
            resolution=request.options.resolution,
            webhook_url=self._webhook_url(export_id),
        )


def submission_unknown() -> Submission:
    """AI Studios may or may not have received it; nobody but a person may decide to spend again."""
    return Submission(result="unknown", at=time.time())


def _not_accepted(reason: FailureReason, *, retry_after: float | None) -> Submission:
    return Submission(result="later", at=time.time(), reason=reason, retry_after=retry_after)
