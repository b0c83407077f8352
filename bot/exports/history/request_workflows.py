"""All workflows of one request: what belongs together is looked at, kept and deleted together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dbos import DBOS, DBOSClient, WorkflowStatus

from bot.exports.ids import export_of, next_attempt, order_of, request_of, workflows_of

# DBOS in the running bot, or its client at the command line.
Store: TypeAlias = type[DBOS] | DBOSClient

RUNNING = ["PENDING", "ENQUEUED", "DELAYED"]
# Ended without an outcome: by a history that cannot be read, or by hand.
BROKEN = ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


@dataclass(frozen=True)
class RequestWorkflows:
    """A request by the id of its first attempt, with its workflows in the order in which they ran."""

    request_id: str
    workflows: Sequence[WorkflowStatus]

    @property
    def is_running(self) -> bool:
        """Whether anything of it still runs, or waits for its turn."""
        return any(workflow.status in RUNNING for workflow in self.workflows)

    @property
    def moved_at(self) -> float:
        """When something of it last began or ended; Unix seconds."""
        return max((one.completed_at or one.created_at or 0) / 1000 for one in self.workflows)


async def workflows_of_requests(
    store: Store, request_ids: Iterable[str], *, whole: bool = True
) -> list[RequestWorkflows]:
    """The workflows of these requests; unless they are wanted `whole`, without what went in and came out.

    Found by their ids, by which DBOS has an index.
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
    """Deletes everything that DBOS keeps of these requests: what went in and came out, and the steps."""
    ids = sorted(workflow.workflow_id for request in doomed for workflow in request.workflows)
    if ids:
        await store.delete_workflows_async(ids)
