"""The durable workflows of one request, registered with DBOS. The stages are in the other modules.

`accept` announces a request, waits for an approval if one is needed, and enqueues it; `export` submits it, which costs
credits, and delivers the video; `decide` carries out a person's decision about an ended export; `discard` deletes the
project of a stopped export.
"""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import replace

from dbos import DBOS, DBOSConfiguredInstance, SetWorkflowID
from dbos import error as dbos_error

from bot.engine.mailbox import Mailbox
from bot.engine.steps import current_workflow_id
from bot.exports.history.history import History
from bot.exports.ids import next_attempt
from bot.exports.models import ApprovalPolicy, ExportRequest, MessageReference, Outcome, PollSettings, Posted
from bot.exports.render.project_search import ProjectSearch
from bot.exports.render.video_transfer import VideoTransfer
from bot.exports.states import RESULTS, Decision, stage_after
from bot.exports.workflow.announce import Announcing
from bot.exports.workflow.approve import Approving
from bot.exports.workflow.conclude import Concluding
from bot.exports.workflow.context import Run, Tools
from bot.exports.workflow.decide import Deciding, fits
from bot.exports.workflow.deliver import Delivering
from bot.exports.workflow.endings import ExportFailed, ExportStopped, SubmissionOutcomeUnknown
from bot.exports.workflow.follow import Following
from bot.exports.workflow.inbox import Inbox, until_database_answers
from bot.exports.workflow.queue import QUEUE, ExportQueue, Queueing
from bot.exports.workflow.submit import Submitting
from bot.logs import bind_log_context

logger = logging.getLogger(__name__)

# DBOS raises these for a history that other code has written.
UNREADABLE_HISTORY = (dbos_error.DBOSUnexpectedStepError, dbos_error.DBOSStepNondeterminismError)


@DBOS.dbos_class("Exports")
class ExportWorkflow(DBOSConfiguredInstance):
    """Runs the stages in order; DBOS records how far each workflow has come."""

    def __init__(
        self,
        tools: Tools,
        mailbox: Mailbox,
        history: History,
        queue: ExportQueue,
        transfer: VideoTransfer,
        settings: PollSettings,
    ) -> None:
        super().__init__("exports")
        self._tools = tools
        self._mailbox = mailbox
        self._settings = settings
        self._queue = queue
        self._announcing = Announcing(tools)
        self._approving = Approving(tools)
        self._queueing = Queueing(tools, queue)
        self._submitting = Submitting(tools, ProjectSearch(tools.vendor, history))
        self._following = Following(tools)
        self._delivering = Delivering(tools, transfer)
        self._concluding = Concluding(tools)
        self._deciding = Deciding(tools)
        self._enqueued_by: set[str] = set()
        self._stopping = False

    def stop(self) -> None:
        """Marks that DBOS is about to stop: a failure after that is no failure of the export."""
        self._stopping = True

    # The workflows

    @DBOS.workflow(name="accept", max_recovery_attempts=None)
    async def accept(
        self, export_id: str, request: ExportRequest, approval: ApprovalPolicy | None = None
    ) -> Outcome | None:
        """Announces a request, enqueues it once it is approved, and shows its position in the queue."""
        run = self._run(export_id, request)
        return await self._to_end(run, self._accept(run, approval))

    @DBOS.workflow(name="export", max_recovery_attempts=None)
    async def export(
        self, export_id: str, request: ExportRequest, posted: Posted, settings: PollSettings
    ) -> Outcome | None:
        """Submits the request, follows the render, and delivers the video."""
        run = self._run(export_id, request, posted)
        return await self._to_end(run, self._export(run, settings))

    @DBOS.workflow(name="decide", max_recovery_attempts=None)
    async def decide(
        self,
        export_id: str,
        request: ExportRequest,
        posted: Posted,
        question: MessageReference | None,
        decision: Decision,
    ) -> Outcome | None:
        """Carries out the one decision about an export that has ended; a new submission is an export of its own.

        `question` is the message with the buttons; None if an operator decides.
        """
        attempt = export_id if decision == "leave_it" else next_attempt(export_id)
        run = self._run(attempt, request, posted)
        return await self._to_end(run, self._decide(run, export_id, question, decision))

    @DBOS.workflow(name="discard", max_recovery_attempts=None)
    async def discard(self, export_id: str, request: ExportRequest, posted: Posted, user_id: str) -> None:
        """Deletes the project of an export that was stopped."""
        run = self._run(export_id, request, posted)
        try:
            # The button may be pressed before the export has recorded that it was stopped.
            ended: Outcome | None = await DBOS.get_result_async(export_id)
            await self._deciding.discard(run, ended, user_id)
        finally:
            self._tools.steps.forget(run.workflow_id)

    # What happens in them

    async def _accept(self, run: Run, approval: ApprovalPolicy | None) -> Outcome | None:
        run = await self._announcing.announce(run, "approval" if approval else "sending")
        if approval:
            run = await self._approving.approved(run, approval)
        await self._enqueue(run)
        await self._queueing.until_turn(run)
        return None

    async def _export(self, run: Run, settings: PollSettings) -> Outcome:
        project_id = await self._submitting.submit(run, settings)
        if not run.request.options.is_export:
            return await self._concluding.hand_over_draft(run, project_id)
        video = await self._following.until_rendered(run, project_id, settings)
        return await self._delivering.deliver(run, video)

    async def _decide(
        self, run: Run, ended_id: str, question: MessageReference | None, decision: Decision
    ) -> Outcome | None:
        # The question may be answered before the export has recorded that it asked.
        ended: Outcome | None = await DBOS.get_result_async(ended_id)
        if ended and not fits(decision, ended):
            return None
        await self._deciding.close_question(run, question, decision)
        if decision == "leave_it":
            return Outcome(result="left")
        await self._enqueue(run)
        await self._queueing.until_turn(run)
        return None

    async def _enqueue(self, run: Run) -> None:
        """Starts `export`, which from then on reports the end. Without a limit it starts at once, outside the queue."""
        await self._tools.steps.run("begin", self._begin, run)
        args = (run.export_id, run.request, run.place, self._settings)
        with SetWorkflowID(run.export_id):
            if self._queue.is_limited:
                await DBOS.enqueue_workflow_async(QUEUE, self.export, *args)
            else:
                await DBOS.start_workflow_async(self.export, *args)
        self._enqueued_by.add(run.workflow_id)

    async def _begin(self, run: Run) -> None:
        records = self._tools.records
        await until_database_answers(lambda: records.begin(run.export_id, run.request, "sending", run.posted))

    # Their ends

    async def _to_end(self, run: Run, workflow: Awaitable[Outcome | None]) -> Outcome | None:
        """Runs a workflow and reports any end to the person, the lists, the metrics, and a step of Workflow Builder."""
        requester = run.request.requester
        bind_log_context(export_id=run.export_id, team_id=requester.team_id, user_id=requester.user_id)
        try:
            outcome = await self._outcome_of(run, workflow)
            if outcome:
                await self._settle(run, outcome)
            return outcome
        finally:
            self._tools.steps.forget(run.workflow_id)
            self._enqueued_by.discard(run.workflow_id)

    async def _outcome_of(self, run: Run, workflow: Awaitable[Outcome | None]) -> Outcome | None:
        try:
            return await workflow
        except ExportFailed as failure:
            return await self._concluding.fail(_at(run, failure.posted), failure)
        except ExportStopped as stopped:
            return await self._concluding.stop(_at(run, stopped.posted), stopped)
        except SubmissionOutcomeUnknown:
            return await self._concluding.ask(run)
        except UNREADABLE_HISTORY:
            # Once enqueued, the export runs on its own and reports its own end.
            if run.workflow_id not in self._enqueued_by:
                await self._end_unreadable(run)
            raise
        except dbos_error.DBOSException:
            raise
        except Exception:  # noqa: BLE001 — a fault of ours must not leave a person waiting for ever
            if self._stopping:
                await asyncio.Event().wait()  # left as it is for the next start
            DBOS.logger.exception("%s failed unexpectedly", run.workflow_id)
            return await self._concluding.fail(run, ExportFailed("internal"))

    async def _settle(self, run: Run, outcome: Outcome) -> None:
        """Reports an outcome once, also after a replay, so that it is counted once."""
        is_enqueued = run.workflow_id in self._enqueued_by
        await self._tools.steps.run("end", self._record_end, run, outcome, is_enqueued)
        if outcome.result != "question" and run.request.caller:
            await self._tools.steps.run("report", self._tools.thread.report, run.request, outcome)
        # A question answered with "leave it" was counted as a question.
        if not is_enqueued and outcome.result != "left":
            self._count(run, outcome)

    async def _record_end(self, run: Run, outcome: Outcome, is_enqueued: bool) -> None:
        """Records the end. An export stopped in the queue keeps its messages: it reads the stop when it starts."""
        records, stage = self._tools.records, stage_after(outcome.result, outcome.failure)
        if outcome.result == "left":
            await until_database_answers(lambda: records.restage(run.export_id, "left", "left"))
        elif outcome.result == "stopped" or not is_enqueued:
            await until_database_answers(lambda: records.end(run.export_id, stage, outcome, keep_messages=is_enqueued))

    async def _end_unreadable(self, run: Run) -> None:
        records, failed = self._tools.records, Outcome(result="failed", failure="internal")
        if run.posted is None:
            # The history cannot be read, so its messages are looked up in the table of exports.
            record = await until_database_answers(lambda: records.one(run.export_id))
            run = _at(run, record.posted if record else None)
        await self._concluding.tell_unreadable(run)
        await until_database_answers(lambda: records.end(run.export_id, "failed", failed))
        self._tools.metrics.export_ended("failed", "internal")

    def _count(self, run: Run, outcome: Outcome) -> None:
        logger.info("export %s has ended: %s", run.export_id, outcome.failure or outcome.result)
        self._tools.metrics.export_ended(outcome.result, outcome.failure, outcome.credits)
        if RESULTS[outcome.result].video:
            self._tools.metrics.video_ready(run.request.asked_at)

    def _run(self, export_id: str, request: ExportRequest, posted: Posted | None = None) -> Run:
        inbox = Inbox(self._mailbox, self._tools.steps, export_id)
        return Run(current_workflow_id(), export_id, request, inbox, posted)


def _at(run: Run, posted: Posted | None) -> Run:
    """The run with its messages in Slack, if they are known."""
    return replace(run, posted=posted) if posted else run
