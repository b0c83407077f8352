"""What others may ask of exports: start one, bring it news, answer its question, stop it, decide about it."""

import logging
import time
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass

from dbos import DBOS, DBOSContextSetAuth, SetWorkflowID
from dbos import error as engine_error

from bot.accounts.accounts import Accounts
from bot.aistudios.webhook import ProgressEvent
from bot.engine.intake import Intake
from bot.engine.waiters import send
from bot.exports.history import queries as history
from bot.exports.history.last_used import LastUsed, Used
from bot.exports.history.summaries import Summary, Usage
from bot.exports.ids import announcer_of
from bot.exports.limits import Limits
from bot.exports.models import (
    ApprovalPolicy,
    Decision,
    ExportRequest,
    Progress,
    MessageReference,
    Stop,
    Stored,
    ApprovalDecision,
)
from bot.exports.workflow.endings import DECIDABLE
from bot.exports.workflow.registration import NEWS, WORD, ExportWorkflow
from bot.logs import bind_log_context

logger = logging.getLogger(__name__)


class UnknownExport(Exception):
    """There is no export of that id, or none that this can be asked of (any more)."""


class NotTheirs(Exception):
    """Only the person who made the request, or an admin, may do that."""


@dataclass(frozen=True)
class Actor:
    """Who wants something done with an export. In another workspace the same id is another person, and no admin."""

    team_id: str
    user_id: str
    is_admin: bool = False

    def check_may_touch(self, request: ExportRequest) -> None:
        """Raises UnknownExport in another workspace, NotTheirs in the same."""
        if self.team_id != request.requester.team_id:
            raise UnknownExport
        if self.user_id != request.requester.user_id and not self.is_admin:
            raise NotTheirs


class ExportService:
    """The product's front door; everything behind it is durable. With `approval`, requests wait for a verdict."""

    def __init__(
        self,
        workflow: ExportWorkflow,
        accounts: Accounts,
        intake: Intake,
        last_used: LastUsed,
        approval: ApprovalPolicy | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._workflow = workflow
        self._accounts = accounts
        self._intake = intake
        self._last_used = last_used
        self._approval = approval
        self._limits = limits or Limits()

    def check_place(self, channel_id: str) -> None:
        """Whether videos may go there at all. Raises OverLimit."""
        self._limits.check_place(channel_id)

    async def start(self, export_id: str, request: ExportRequest) -> None:
        """Accepts a request: once this returns, it survives any crash. The same id again is the same export.

        Raises NoAccount, OverLimit.
        """
        story_id, request = f"{export_id}.accept", self._with_account(_asked_now(request))
        async with self._reserve_quota(story_id, request):
            with SetWorkflowID(story_id), _by(request):
                await DBOS.start_workflow_async(self._workflow.accept, export_id, request, self._approval)
        self._last_used.note(_name_of(request), request)
        logger.info("export %s is accepted", export_id)

    async def deliver(self, export_id: str, event: ProgressEvent) -> None:
        """Takes a webhook's news for its export; a repeated call changes nothing. Raises UnknownExport, NotTaken."""
        news = Progress(at=time.time(), progress=event.progress, credit=event.credit, task_id=event.backend_task_id)
        owner = await self._intake.take(export_id, news)
        if owner is None:
            raise UnknownExport
        team_id, _, user_id = owner.partition(":")
        bind_log_context(export_id=export_id, team_id=team_id, user_id=user_id)
        logger.info("export %s: webhook, %d %%", export_id, event.progress)

    async def decide(self, export_id: str, actor: Actor, question: MessageReference, decision: Decision) -> None:
        """Takes a decision about an export that has ended; the first counts, and no other changes anything.

        Raises UnknownExport, also when another decision came first, NotTheirs, and NoAccount or OverLimit where it
        asks for one more video.
        """
        export = await self._touched(export_id, actor)
        # The question may be answered before the export has written down that it asked.
        if export.outcome and export.outcome.result != DECIDABLE[decision]:
            raise UnknownExport
        request = _asked_now(export.request)
        request = request if decision == "leave_it" else self._with_account(request)
        story_id = f"{export_id}.decide"
        async with nullcontext() if decision == "leave_it" else self._reserve_quota(story_id, request):
            with SetWorkflowID(story_id), _by(request):
                await DBOS.start_workflow_async(
                    self._workflow.decide, export_id, request, export.posted, question, decision
                )
        if await history.decision_on(export_id) != (question, decision):
            raise UnknownExport

    async def stop(self, export_id: str, actor: Actor) -> None:
        """Follows an export no longer; what AI Studios does not have yet is not sent.

        Raises UnknownExport, NotTheirs.
        """
        actor.check_may_touch(await self.request(export_id, actor.team_id))
        # Asked in this order, so that a request that becomes an export meanwhile is seen as one of the two.
        waits = await history.is_waiting_for_word(export_id)
        export = await history.recorded(export_id)
        if export.outcome if export else not waits:
            raise UnknownExport
        stop = Stop(user_id=actor.user_id)
        await _send(announcer_of(export_id), stop, WORD)
        await _send(export_id, stop, NEWS)

    async def discard(self, export_id: str, actor: Actor) -> None:
        """Deletes the project of an export that was stopped. Raises UnknownExport, NotTheirs."""
        export = await self._touched(export_id, actor)
        # The button may be pressed before the export has written down that it was stopped.
        if export.outcome and (export.outcome.result != "stopped" or export.outcome.project_id is None):
            raise UnknownExport
        with SetWorkflowID(f"{export_id}.discard"), _by(export.request):
            await DBOS.start_workflow_async(
                self._workflow.discard, export_id, export.request, export.posted, actor.user_id
            )

    async def rule(self, export_id: str, team_id: str, verdict: ApprovalDecision) -> ApprovalDecision:
        """Takes a verdict on a request that waits for approval; gives the one that counts, which is the first.

        Raises UnknownExport when it no longer waits, or is another workspace's.
        """
        await self.request(export_id, team_id)
        if not await history.is_waiting_for_verdict(export_id):
            if earlier := await history.verdict_on(export_id):
                return earlier
            raise UnknownExport
        with SetWorkflowID(f"{export_id}.rule"):
            await DBOS.start_workflow_async(self._workflow.rule, export_id, verdict)
        return await history.verdict_on(export_id) or verdict

    async def request(self, export_id: str, team_id: str) -> ExportRequest:
        """What was asked for in this workspace. Raises UnknownExport."""
        request = await history.requested(export_id)
        if request is None or request.requester.team_id != team_id:
            raise UnknownExport
        return request

    async def last_used(self, team_id: str, user_id: str) -> Used | None:
        """What this person chose most recently."""
        return await self._last_used.by(person(team_id, user_id))

    async def videos(self, team_id: str, user_id: str, most: int) -> list[Summary]:
        """What this person asked for, the request that was begun or tried again last first."""
        return await history.videos(person(team_id, user_id), most)

    async def usage(self, team_id: str, *, within: float) -> Usage | None:
        """What a workspace has made in this calendar month (UTC); videos of the last minutes may be missing.

        None while that is not known yet, and does not become known within so many seconds.
        """
        return await self._limits.monthly_usage.at_hand(team_id, within=within)

    def _with_account(self, request: ExportRequest) -> ExportRequest:
        """The request, to be made with the account that its workspace uses now. Raises NoAccount."""
        account = self._accounts.required_of(request.requester.team_id)
        return request.model_copy(update={"account_id": account.id})

    def _reserve_quota(self, story_id: str, request: ExportRequest) -> AbstractAsyncContextManager[None]:
        return self._limits.reserve_quota(story_id, request, by=_name_of(request))

    async def _touched(self, export_id: str, actor: Actor) -> history.Recorded:
        export = await history.recorded(export_id)
        if export is None:
            raise UnknownExport
        actor.check_may_touch(export.request)
        return export


def person(team_id: str, user_id: str) -> str:
    """A person's name in the engine's history."""
    return f"{team_id}:{user_id}"


def _name_of(request: ExportRequest) -> str:
    return person(request.requester.team_id, request.requester.user_id)


def _by(request: ExportRequest) -> DBOSContextSetAuth:
    """Exports are listed under the person who asked, whoever pressed the button."""
    return DBOSContextSetAuth(_name_of(request), [])


def _asked_now(request: ExportRequest) -> ExportRequest:
    return request.model_copy(update={"asked_at": time.time()})


async def _send(workflow_id: str, message: Stored, topic: str) -> None:
    """Sends to a workflow that may not be there yet."""
    with suppress(engine_error.DBOSNonExistentWorkflowError):
        await send(workflow_id, message, topic)
