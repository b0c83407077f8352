"""What an operator sees of the exports, and does about them, at the command line."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from dbos import DBOSClient, EnqueueOptions, StepInfo, WorkflowStatus
from dbos import error as engine_error

from bot.engine.runtime import WORKFLOW_VERSION
from bot.exports.history import queries as history
from bot.exports.history.request_workflows import BROKEN, RUNNING, Family, families
from bot.exports.history.summaries import Summary
from bot.exports.ids import announcer_of, next_attempt, request_of, requests_of
from bot.exports.models import Decision, ExportRequest, Outcome, Posted, Stop
from bot.exports.workflow.endings import NOTHING_SPENT
from bot.exports.workflow.queue import ERRANDS
from bot.exports.workflow.registration import NEWS, WORD

# So many workflows are read at once.
PAGE = 200
MOST_NAMED = 5


_FOR_GOOD = {
    "video": "its video is ready",
    "link": "its video is ready",
    "draft": "its draft is at AI Studios",
    "left": "somebody left it as it is, and the first decision counts",
    "stopped": "it was stopped. The person can ask anew in Slack",
}


class NotPossible(Exception):
    """Nothing was done; the text says why, in plain words."""


@dataclass(frozen=True)
class ExportView:
    """A request as it stands; times are Unix seconds.

    `steps` are those of its latest workflow, and `news_at` is when the newest was done. `broken` is the engine's word
    for an end without an outcome: `ERROR` is a history that this release cannot read.
    """

    family: Family
    summary: Summary
    begun_at: float
    news_at: float
    steps: Sequence["Step"]
    outcome: Outcome | None
    broken: str | None


@dataclass(frozen=True)
class Step:
    """One step that was done, by its recorded name; Unix seconds."""

    name: str
    result: Any
    done_at: float


@dataclass(frozen=True)
class Chapter:
    """A workflow with the steps that it has done; Unix seconds."""

    workflow_id: str
    name: str
    begun_at: float
    steps: Sequence[Step]


@dataclass(frozen=True)
class RetryOption:
    """An export that can be tried again; `may_bill_twice` when credits may have been spent on it already."""

    export_id: str
    request: ExportRequest
    posted: Posted
    decision: Decision
    may_bill_twice: bool


class Operator:
    """Works on the history from outside; what is begun here is carried out by a bot that runs."""

    def __init__(self, client: DBOSClient) -> None:
        self._client = client

    async def newest(self, people: Sequence[str] | None, status: Sequence[str] | None) -> AsyncGenerator[ExportView]:
        """The requests, the one that was begun or tried again last first.

        Of these `people` (`T…:U…`), and with a workflow in one of these of the engine's states, if given.
        """
        skip = 0
        seen: set[str] = set()
        while page := await self._page(people, status, skip):
            new = requests_of(workflow.workflow_id for workflow in page)
            async for sight in self.these([request_id for request_id in new if request_id not in seen]):
                yield sight
            seen.update(new)
            skip += len(page)

    async def these(self, request_ids: Sequence[str]) -> AsyncGenerator[ExportView]:
        """The requests with these ids, in this order."""
        for start in range(0, len(request_ids), PAGE):
            for family in await families(self._client, request_ids[start : start + PAGE]):
                if sight := await self.sight(family):
                    yield sight

    async def find(self, beginning: str) -> Family:
        """The one request whose id begins like this. Raises NotPossible."""
        found = await self._client.list_workflows_async(
            workflow_id_prefix=beginning, limit=PAGE, load_input=False, load_output=False
        )
        ids = requests_of(workflow.workflow_id for workflow in found)
        if not ids:
            raise NotPossible(f"There is no export whose id begins with {beginning}.")
        if len(ids) > 1 and request_of(beginning) not in ids:
            named = ", ".join(ids[:MOST_NAMED]) + (" and others" if len(ids) > MOST_NAMED else "")
            raise NotPossible(f"Several exports begin with {beginning}: {named}. Please give more of the id.")
        (family,) = await families(self._client, [request_of(beginning) if len(ids) > 1 else ids[0]])
        return family

    async def sight(self, family: Family) -> ExportView | None:
        """A request as it stands; None when nothing of it says what was asked for."""
        story = _story(family)
        if not story:
            return None
        latest, outcome = story[0], story[0].output
        steps = await self._steps(latest)
        return ExportView(
            family,
            summary=await history.summary(self._client, story),
            begun_at=_begun_at(story[-1]),
            news_at=max(_begun_at(latest), *(step.done_at for step in steps)) if steps else _begun_at(latest),
            steps=steps,
            outcome=outcome if isinstance(outcome, Outcome) else None,
            broken=latest.status if latest.status in BROKEN else None,
        )

    async def chapters(self, family: Family) -> list[Chapter]:
        """Everything that was recorded of a request, in the order of its story."""
        return [
            Chapter(workflow.workflow_id, workflow.name, _begun_at(workflow), await self._steps(workflow))
            for workflow in family.workflows
        ]

    async def retry(self, chance: RetryOption) -> str:
        """Takes the decision that its person can take by a button; the limits for people do not hold here.

        Gives the id of the next attempt. Raises NotPossible when somebody has decided meanwhile.
        """
        options: EnqueueOptions = {
            "workflow_name": history.DECIDE,
            "class_name": "Exports",
            "instance_name": "exports",
            "queue_name": ERRANDS,
            "workflow_id": f"{chance.export_id}.decide",
            "workflow_id_reuse_policy": "reject",
            "app_version": WORKFLOW_VERSION,
            "authenticated_user": _person(chance.request),
        }
        args = (chance.export_id, chance.request, chance.posted, None, chance.decision)
        try:
            await self._client.enqueue_async(options, *args)
        except engine_error.DBOSWorkflowIDInUseError:
            raise NotPossible(f"Somebody has just decided about {chance.export_id}; nothing was changed.") from None
        return next_attempt(chance.export_id)

    async def stop(self, family: Family) -> str:
        """Does what the button *Stop* does; gives the id of the export. Raises NotPossible."""
        story = _story(family)
        if not story or not any(workflow.status in RUNNING for workflow in story):
            raise NotPossible(f"{family.request_id} has ended already; there is nothing to stop.")
        export_id = history.attempt_of(story[0])
        for workflow_id, topic in ((announcer_of(export_id), WORD), (export_id, NEWS)):
            with suppress(engine_error.DBOSNonExistentWorkflowError):
                await self._client.send_async(workflow_id, Stop(), topic)
        return export_id

    async def _steps(self, workflow: WorkflowStatus) -> list[Step]:
        steps = await self._client.list_workflow_steps_async(workflow.workflow_id)
        return [Step(step["function_name"], step["output"], _done_at(step)) for step in steps]

    async def _page(
        self, people: Sequence[str] | None, status: Sequence[str] | None, skip: int
    ) -> list[WorkflowStatus]:
        return await self._client.list_workflows_async(
            name=list(history.WORKFLOWS),
            user=None if people is None else list(people),
            status=None if status is None else list(status),
            sort_desc=True,
            limit=PAGE,
            offset=skip,
            load_input=False,
            load_output=False,
        )


def retry_option(sight: ExportView) -> RetryOption:
    """How a request can be tried again. Raises NotPossible, whose text says why not."""
    export_id, latest = sight.summary.export_id, _story(sight.family)[0]
    if sight.broken:
        raise NotPossible(
            f"{export_id} can't be taken up again: its history ended with {sight.broken}. "
            "Please look whether AI Studios has a project, and have the person ask anew in Slack."
        )
    if sight.family.is_running:
        raise NotPossible(f"{export_id} is still under way. `avatar-bot stop {export_id}` stops it.")
    if sight.outcome is None or sight.outcome.result in _FOR_GOOD:
        why = _FOR_GOOD[sight.outcome.result] if sight.outcome else "it has ended"
        raise NotPossible(f"{export_id} can't be tried again: {why}.")
    if latest.name != history.EXPORT or sight.summary.posted is None:
        raise NotPossible(
            f"{export_id} can't be tried again: it never was with AI Studios. The person can ask anew in Slack."
        )
    asked = sight.outcome.result == "question"
    return RetryOption(
        export_id,
        sight.summary.request,
        sight.summary.posted,
        decision="submit_again" if asked else "try_again",
        may_bill_twice=asked or sight.outcome.failure not in NOTHING_SPENT,
    )


def _story(family: Family) -> list[WorkflowStatus]:
    """What says where a request stands, newest first."""
    told = [one for one in family.workflows if one.name in history.WORKFLOWS and isinstance(one.input, dict)]
    return told[::-1]


def _begun_at(workflow: WorkflowStatus) -> float:
    return (workflow.created_at or 0) / 1000


def _done_at(step: StepInfo) -> float:
    return (step["completed_at_epoch_ms"] or step["started_at_epoch_ms"] or 0) / 1000


def _person(request: ExportRequest) -> str:
    return f"{request.requester.team_id}:{request.requester.user_id}"
