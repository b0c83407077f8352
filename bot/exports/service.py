"""The operations on exports: start, report progress, decide, stop, discard, approve, and read."""

import logging
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from dbos import DBOS, DBOSContextSetAuth, SetWorkflowID

from bot.engine.mailbox import Mailbox, NotTaken
from bot.exports.history.history import History, Recorded
from bot.exports.history.last_used import LastOptions, LastUsed
from bot.exports.history.records import Records, person, person_of
from bot.exports.history.summaries import Summary
from bot.exports.ids import accept_id, decide_id, discard_id, next_attempt
from bot.exports.limits import Limits
from bot.exports.messages import CONTROL, PROGRESS
from bot.exports.models import ApprovalDecision, ApprovalPolicy, ExportRequest, MessageReference, Progress, Stop
from bot.exports.ports import Vendor
from bot.exports.states import RESULTS, Decision
from bot.exports.usage import Usage
from bot.exports.workflow.decide import fits
from bot.exports.workflow.registration import ExportWorkflow
from bot.logs import bind_log_context
from bot.single_flight import SingleFlight, StillRunning

__all__ = ["Actor", "ExportService", "NotTaken", "NotTheirs", "UnknownExport"]

logger = logging.getLogger(__name__)


class UnknownExport(Exception):
    """There is no export with this id, or the operation is not possible in its state (any more)."""


class NotTheirs(Exception):
    """Only the person who made the request, or an admin, may do that."""


@dataclass(frozen=True)
class Actor:
    """The person who acts on an export. In another workspace the same id is another person, and no admin."""

    team_id: str
    user_id: str
    is_admin: bool = False

    def check_may_touch(self, request: ExportRequest) -> None:
        """Raises UnknownExport for another workspace's request, NotTheirs for another person's unless an admin asks."""
        if self.team_id != request.requester.team_id:
            raise UnknownExport
        if self.user_id != request.requester.user_id and not self.is_admin:
            raise NotTheirs


class ExportService:
    """The interface of the product to Slack, web and the rest. With `approval`, requests wait for a decision."""

    def __init__(
        self,
        workflow: ExportWorkflow,
        vendor: Vendor,
        records: Records,
        mailbox: Mailbox,
        history: History,
        last_used: LastUsed,
        limits: Limits,
        approval: ApprovalPolicy | None = None,
    ) -> None:
        self._workflow = workflow
        self._vendor = vendor
        self._records = records
        self._mailbox = mailbox
        self._history = history
        self._last_used = last_used
        self._limits = limits
        self._approval = approval
        self._usage: SingleFlight[str, Usage] = SingleFlight()

    def check_place(self, channel_id: str) -> None:
        """Checks that videos may go to this channel. Raises OverLimit."""
        self._limits.check_place(channel_id)

    async def start(self, export_id: str, request: ExportRequest) -> None:
        """Accepts a request: once this returns, it survives any crash. A repeated call with
        the same id changes nothing.

        Raises NoAccount, OverLimit.
        """
        workflow_id, request = accept_id(export_id), self._with_account(_asked_now(request))
        async with self._reserve_quota(workflow_id, request):
            with SetWorkflowID(workflow_id), _by(request):
                await DBOS.start_workflow_async(self._workflow.accept, export_id, request, self._approval)
            await self._records.begin(export_id, request, "approval" if self._approval else "sending")
        self._last_used.note(person_of(request), request)
        logger.info("export %s is accepted", export_id)

    async def take_progress(self, export_id: str, progress: Progress) -> None:
        """Passes a webhook's progress to its export; repeating it changes nothing. Raises UnknownExport, NotTaken."""
        recipient = await self._mailbox.post(export_id, PROGRESS, progress)
        if recipient is None:
            raise UnknownExport
        team_id, _, user_id = recipient.owner.partition(":")
        bind_log_context(export_id=export_id, team_id=team_id, user_id=user_id)
        if recipient.is_open:
            logger.info("export %s: webhook, %d %%", export_id, progress.progress)
        else:
            logger.info("export %s: webhook, %d %%, after its end", export_id, progress.progress)

    async def decide(self, export_id: str, actor: Actor, message: MessageReference, decision: Decision) -> None:
        """Takes a decision about an export that has ended; only the first decision counts.

        `message` has the pressed button. Raises UnknownExport, also if another decision came first; NotTheirs; and
        NoAccount or OverLimit if the decision starts one more video.
        """
        export = await self._touched(export_id, actor)
        # The question may be answered before the export has recorded that it asked.
        if export.outcome and not fits(decision, export.outcome):
            raise UnknownExport
        request = _asked_now(export.request)
        request = request if decision == "leave_it" else self._with_account(request)
        workflow_id = decide_id(export_id)
        async with nullcontext() if decision == "leave_it" else self._reserve_quota(workflow_id, request):
            with SetWorkflowID(workflow_id), _by(request):
                await DBOS.start_workflow_async(
                    self._workflow.decide, export_id, request, export.posted, message, decision
                )
            if await self._history.decision_on(export_id) != (message, decision):
                raise UnknownExport
            if decision == "leave_it":
                await self._records.restage(export_id, RESULTS["left"].stage, "left")
            else:
                await self._records.begin(next_attempt(export_id), request, "sending", export.posted)

    async def stop(self, export_id: str, actor: Actor) -> None:
        """Stops an export: a script not submitted yet is not submitted, and a render is no longer followed.

        Raises UnknownExport, NotTheirs, NotTaken.
        """
        actor.check_may_touch(await self.request(export_id, actor.team_id))
        recipient = await self._mailbox.post(export_id, CONTROL, Stop(user_id=actor.user_id))
        if recipient is None or not recipient.is_open:
            raise UnknownExport

    async def discard(self, export_id: str, actor: Actor) -> None:
        """Deletes the project of an export that was stopped. Raises UnknownExport, NotTheirs."""
        export = await self._touched(export_id, actor)
        # The button may be pressed before the export has recorded that it was stopped.
        if export.outcome and (export.outcome.result != "stopped" or export.outcome.project_id is None):
            raise UnknownExport
        with SetWorkflowID(discard_id(export_id)), _by(export.request):
            await DBOS.start_workflow_async(
                self._workflow.discard, export_id, export.request, export.posted, actor.user_id
            )

    async def decide_approval(self, export_id: str, team_id: str, decision: ApprovalDecision) -> ApprovalDecision:
        """Takes a decision on a request that waits for approval; returns the first decision, which counts.

        Raises UnknownExport if it no longer waits or belongs to another workspace; NotTaken.
        """
        await self.request(export_id, team_id)
        if await self._history.is_waiting_for_approval(export_id):
            await self._mailbox.post(export_id, CONTROL, decision)
        counted = await self._first_approval_decision(export_id)
        if counted is None:
            raise UnknownExport
        return counted

    async def request(self, export_id: str, team_id: str) -> ExportRequest:
        """The request of an export of this workspace. Raises UnknownExport."""
        request = await self._history.requested(export_id)
        if request is None or request.requester.team_id != team_id:
            raise UnknownExport
        return request

    async def last_options(self, team_id: str, user_id: str) -> LastOptions | None:
        """The options of this person's most recent request; None before the first."""
        return await self._last_used.by(person(team_id, user_id))

    async def videos(self, team_id: str, user_id: str, most: int) -> list[Summary]:
        """At most `most` requests of this person, by their latest attempt, newest first."""
        return await self._history.videos(person(team_id, user_id), most)

    async def usage(self, team_id: str, *, within: float) -> Usage | None:
        """A workspace's usage in this calendar month (UTC), waiting at most `within` seconds for the database.

        After that returns the last known usage, or None.
        """
        try:
            return await self._usage.call(team_id, lambda: self._records.usage(team_id), within=within)
        except StillRunning:
            return self._usage.latest(team_id)

    async def _first_approval_decision(self, export_id: str) -> ApprovalDecision | None:
        """The first decision; None if the request was stopped before. The mailbox is emptied at the end."""
        for message in await self._mailbox.read(export_id):
            if message.topic == CONTROL:
                return message.body if isinstance(message.body, ApprovalDecision) else None
        return await self._history.approval_decision(export_id)

    def _with_account(self, request: ExportRequest) -> ExportRequest:
        """The request with the account that its workspace uses now. Raises NoAccount."""
        return request.model_copy(update={"account_id": self._vendor.account_of(request.requester.team_id)})

    def _reserve_quota(self, workflow_id: str, request: ExportRequest) -> AbstractAsyncContextManager[None]:
        return self._limits.reserve_quota(workflow_id, request, by=person_of(request))

    async def _touched(self, export_id: str, actor: Actor) -> Recorded:
        export = await self._history.recorded(export_id)
        if export is None:
            raise UnknownExport
        actor.check_may_touch(export.request)
        return export


def _by(request: ExportRequest) -> DBOSContextSetAuth:
    """Records the requester as the workflow's user, whoever pressed the button."""
    return DBOSContextSetAuth(person_of(request), [])


def _asked_now(request: ExportRequest) -> ExportRequest:
    return request.model_copy(update={"asked_at": time.time()})
