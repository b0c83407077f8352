"""Views of the exports, and actions on them, for the operator at the command line."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

from dbos import DBOSClient, EnqueueOptions, StepInfo, WorkflowStatus
from dbos import error as dbos_error

from bot.engine.mailbox import Mailbox
from bot.engine.runtime import WORKFLOW_VERSION
from bot.exports.history.history import ACCEPT, DECIDE, EXPORT, latest_attempts, summaries
from bot.exports.history.records import Records, person_of
from bot.exports.history.request_workflows import BROKEN, RequestWorkflows, workflows_of_requests
from bot.exports.history.summaries import Summary
from bot.exports.ids import decide_id, next_attempt, request_of, requests_of, workflows_of
from bot.exports.messages import CONTROL
from bot.exports.models import ExportRequest, Outcome, Posted, Stop
from bot.exports.states import FAILURES, RESULTS, STAGES, Decision, Stage
from bot.exports.workflow.queue import OPERATOR_QUEUE

# The number of attempts read at once.
PAGE = 200
MOST_NAMED = 5
_HOLD_THE_REQUEST = (ACCEPT, EXPORT, DECIDE)


class NotPossible(Exception):
    """The action is not possible and changed nothing; the text says why."""


@dataclass(frozen=True)
class Step:
    """A completed step with its recorded name; times in Unix seconds."""

    name: str
    result: Any
    done_at: float


@dataclass(frozen=True)
class WorkflowHistory:
    """A workflow with its completed steps; times in Unix seconds."""

    workflow_id: str
    name: str
    begun_at: float
    steps: Sequence[Step]


@dataclass(frozen=True)
class ExportView:
    """The current state of a request; times are Unix seconds.

    `steps` are the steps of its latest workflow, and `updated_at` is when the newest was completed. `broken` is DBOS's
    status of a workflow without an outcome: `ERROR` means a history that this release cannot read.
    """

    request: RequestWorkflows
    summary: Summary
    begun_at: float
    updated_at: float
    steps: Sequence[Step]
    outcome: Outcome | None
    broken: str | None


@dataclass(frozen=True)
class RetryOption:
    """An export that can be tried again; `may_bill_twice`: it may have used credits already."""

    export_id: str
    request: ExportRequest
    posted: Posted
    decision: Decision
    may_bill_twice: bool


class Operator:
    """Acts on exports from another process; a running bot carries the actions out."""

    def __init__(self, client: DBOSClient, records: Records, mailbox: Mailbox) -> None:
        self._client = client
        self._records = records
        self._mailbox = mailbox

    async def newest(
        self, people: Sequence[str] | None = None, stages: Sequence[Stage] | None = None
    ) -> AsyncGenerator[ExportView]:
        """The requests, by their latest attempt, newest first.

        If given, only those of these `people` (`T…:U…`) and with an attempt at one of these `stages`.
        """
        offset = 0
        seen: set[str] = set()
        while page := await self._records.newest(people=people, stages=stages, limit=PAGE, offset=offset):
            new = requests_of(record.export_id for record in page)
            async for view in self.these([request_id for request_id in new if request_id not in seen]):
                yield view
            seen.update(new)
            offset += len(page)

    async def broken(self, people: Sequence[str] | None = None) -> AsyncGenerator[ExportView]:
        """The requests with a workflow that ended without an outcome, newest first."""
        found = await self._client.list_workflows_async(
            status=BROKEN,
            user=None if people is None else list(people),
            sort_desc=True,
            load_input=False,
            load_output=False,
        )
        async for view in self.these(requests_of(workflow.workflow_id for workflow in found)):
            yield view

    async def these(self, request_ids: Sequence[str]) -> AsyncGenerator[ExportView]:
        """The requests with these ids, in this order."""
        for start in range(0, len(request_ids), PAGE):
            for view in await self._views(request_ids[start : start + PAGE]):
                yield view

    async def find(self, beginning: str) -> ExportView:
        """The only request whose id begins with this text. Raises NotPossible."""
        ids = await self._beginning_with(beginning)
        if not ids:
            raise NotPossible(f"There is no export whose id begins with {beginning}.")
        if len(ids) > 1 and request_of(beginning) not in ids:
            named = ", ".join(ids[:MOST_NAMED]) + (" and others" if len(ids) > MOST_NAMED else "")
            raise NotPossible(f"Several exports begin with {beginning}: {named}. Please give more of the id.")
        views = await self._views([request_of(beginning) if len(ids) > 1 else ids[0]])
        if not views:
            raise NotPossible(f"This release can't read the request {beginning}.")
        return views[0]

    async def histories(self, request: RequestWorkflows) -> list[WorkflowHistory]:
        """The workflows of a request with their steps, in order."""
        return [
            WorkflowHistory(workflow.workflow_id, workflow.name, _begun_at(workflow), await self._steps(workflow))
            for workflow in request.workflows
        ]

    async def retry(self, option: RetryOption) -> str:
        """Takes the decision that the person can take with a button; the limits do not apply.

        Returns the id of the next attempt. Raises NotPossible if somebody has decided meanwhile.
        """
        options: EnqueueOptions = {
            "workflow_name": DECIDE,
            "class_name": "Exports",
            "instance_name": "exports",
            "queue_name": OPERATOR_QUEUE,
            "workflow_id": decide_id(option.export_id),
            "workflow_id_reuse_policy": "reject",
            "app_version": WORKFLOW_VERSION,
            "authenticated_user": person_of(option.request),
        }
        args = (option.export_id, option.request, option.posted, None, option.decision)
        try:
            await self._client.enqueue_async(options, *args)
        except dbos_error.DBOSWorkflowIDInUseError:
            raise NotPossible(f"Somebody has just decided about {option.export_id}; nothing was changed.") from None
        return next_attempt(option.export_id)

    async def stop(self, view: ExportView) -> str:
        """Does what the button *Stop* does; returns the id of the export. Raises NotPossible."""
        export_id = view.summary.export_id
        recipient = await self._mailbox.put(export_id, CONTROL, Stop())
        if recipient is None or not recipient.is_open:
            raise NotPossible(f"{view.request.request_id} has ended already; there is nothing to stop.")
        return export_id

    async def _beginning_with(self, beginning: str) -> list[str]:
        """The requests with an attempt or a workflow whose id begins with this text."""
        found = await self._records.beginning_with(beginning, PAGE)
        if not found:
            attempts = await self._records.of_requests([request_of(beginning)])
            found = [one for one in attempts if any(id_.startswith(beginning) for id_ in workflows_of(one.export_id))]
        return requests_of(one.export_id for one in found)

    async def _views(self, request_ids: Sequence[str]) -> list[ExportView]:
        records = latest_attempts(await self._records.of_requests(request_ids))
        summary_of = {request_of(one.export_id): one for one in await summaries(self._client, self._mailbox, records)}
        found = await workflows_of_requests(self._client, request_ids)
        return [
            await self._view(request, summary_of[request.request_id])
            for request in found
            if request.request_id in summary_of and _newest_first(request)
        ]

    async def _view(self, request: RequestWorkflows, summary: Summary) -> ExportView:
        told = _newest_first(request)
        latest, outcome = told[0], told[0].output
        steps = await self._steps(latest)
        return ExportView(
            request,
            summary=summary,
            begun_at=_begun_at(told[-1]),
            updated_at=max(_begun_at(latest), *(step.done_at for step in steps)) if steps else _begun_at(latest),
            steps=steps,
            outcome=outcome if isinstance(outcome, Outcome) else None,
            broken=latest.status if latest.status in BROKEN else None,
        )

    async def _steps(self, workflow: WorkflowStatus) -> list[Step]:
        steps = await self._client.list_workflow_steps_async(workflow.workflow_id)
        return [Step(step["function_name"], step["output"], _done_at(step)) for step in steps]


def retry_option(view: ExportView) -> RetryOption:
    """The way to try a request again. Raises NotPossible, whose text says why it can't be."""
    export_id = view.summary.export_id
    if view.broken:
        raise NotPossible(
            f"{export_id} can't be resumed: its history ended with {view.broken}. "
            "Please check whether AI Studios has a project, and let the person make it again in Slack."
        )
    if view.request.is_running:
        raise NotPossible(f"{export_id} is still under way. `avatar-bot stop {export_id}` stops it.")
    if view.outcome is None or RESULTS[view.outcome.result].settled:
        why = RESULTS[view.outcome.result].settled if view.outcome else "it has ended"
        raise NotPossible(f"{export_id} can't be tried again: {why}.")
    if _newest_first(view.request)[0].name != EXPORT or view.summary.posted is None:
        raise NotPossible(
            f"{export_id} can't be tried again: AI Studios never had it. The person can make it again in Slack."
        )
    failure = FAILURES[view.outcome.failure] if view.outcome.failure else None
    return RetryOption(
        export_id,
        view.summary.request,
        view.summary.posted,
        decision=RESULTS[view.outcome.result].decisions[0],
        may_bill_twice=failure is None or failure.may_have_spent,
    )


def stages_in(state: str) -> list[Stage]:
    """The recorded stages of attempts shown with this state; webhooks may have moved the state past the stage."""
    stages = [stage for stage, record in STAGES.items() if record.state == state]
    return [*stages, "submitted"] if state == "rendering" else stages


def stages_under_way() -> list[Stage]:
    """The stages of attempts that have not ended."""
    return [stage for stage, record in STAGES.items() if not record.ended]


def _newest_first(request: RequestWorkflows) -> list[WorkflowStatus]:
    """The workflows whose inputs contain the request, newest first."""
    told = [one for one in request.workflows if one.name in _HOLD_THE_REQUEST and isinstance(one.input, dict)]
    return told[::-1]


def _begun_at(workflow: WorkflowStatus) -> float:
    return (workflow.created_at or 0) / 1000


def _done_at(step: StepInfo) -> float:
    return (step["completed_at_epoch_ms"] or step["started_at_epoch_ms"] or 0) / 1000
