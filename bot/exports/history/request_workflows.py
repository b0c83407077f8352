"""All workflows of one request: what belongs together is looked at, kept and deleted together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dbos import DBOS, DBOSClient, WorkflowStatus

from bot.exports.ids import export_of, next_attempt, place_in_story, request_of, workflows_of

# The engine itself, or its database as others than the running bot see it.
Store: TypeAlias = type[DBOS] | DBOSClient

RUNNING = ["PENDING", "ENQUEUED", "DELAYED"]
# Ended without an outcome: by a history that cannot be read, or by hand.
BROKEN = ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


@dataclass(frozen=True)
class Family:
    """A request by the id of its first attempt, with its workflows in the order of the story."""

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


async def families(store: Store, request_ids: Iterable[str], *, whole: bool = True) -> list[Family]:
    """The workflows of these requests; unless they are wanted `whole`, without what went in and came out.

    Found by their names, which a database of any size has at hand.
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
        Family(request_id, sorted(workflows, key=lambda one: place_in_story(one.workflow_id)))
        for request_id, workflows in found.items()
        if workflows
    ]


async def delete(store: Store, doomed: Iterable[Family]) -> None:
    """Deletes everything that the engine keeps of these requests: what went in and came out, steps, messages."""
    ids = sorted(workflow.workflow_id for family in doomed for workflow in family.workflows)
    if ids:
        await store.delete_workflows_async(ids)
