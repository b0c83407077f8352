"""All workflows of one request; they are shown, kept and deleted together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dbos import DBOS, DBOSClient, WorkflowStatus

from bot.exports.ids import export_of, next_attempt, order_of, request_of, workflows_of

# DBOS in the running bot, or its client at the command line.
Store: TypeAlias = type[DBOS] | DBOSClient

RUNNING = ["PENDING", "ENQUEUED", "DELAYED"]
# Ended without an outcome: the history cannot be read, or somebody ended the workflow in DBOS.
BROKEN = ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


@dataclass(frozen=True)
class RequestWorkflows:
    """A request by the id of its first attempt, with its workflows in the order in which they ran."""

    request_id: str
    workflows: Sequence[WorkflowStatus]

    @property
    def is_running(self) -> bool:
        """Whether one of its workflows still runs or is in a queue."""
        return any(workflow.status in RUNNING for workflow in self.workflows)

    @property
    def moved_at(self) -> float:
        """When one of its workflows last began or ended; Unix seconds."""
        return max((one.completed_at or one.created_at or 0) / 1000 for one in self.workflows)


async def workflows_of_requests(
    store: Store, request_ids: Iterable[str], *, whole: bool = True
) -> list[RequestWorkflows]:
    """The workflows of these requests; `whole` includes their inputs and outputs.

    Searched by id, which DBOS indexes.
    """
    found: dict[str, list[WorkflowStatus]] = {request_id: [] for request_id in request_ids}
    attempts = list(found)
    while attempts:
        ids = [workflow_id for attempt in attempts for workflow_id in workflows_of(attempt)]
        known = await store.list_workflows_async(workflow_ids=ids, load_input=whole, load_output=whole)
        for workflow in known:
            found[request_of(workflow.workflow_id)].append(workflow)
        attempts = [next_attempt(export_of(one.workflow_id)) for one in known if one.name == "decide"]
    return [
        RequestWorkflows(request_id, sorted(workflows, key=lambda one: order_of(one.workflow_id)))
        for request_id, workflows in found.items()
        if workflows
    ]


async def delete_workflows(store: Store, doomed: Iterable[RequestWorkflows]) -> None:
    """Deletes everything that DBOS stores about these requests: inputs, outputs and steps."""
    ids = sorted(workflow.workflow_id for request in doomed for workflow in request.workflows)
    if ids:
        await store.delete_workflows_async(ids)
