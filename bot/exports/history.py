"""Reading back what exports have recorded, from the engine's own history."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from dbos import DBOS, WorkflowStatus

from bot.exports.models import Decision, ExportRequest, Outcome, Posted, Submission

EXPORT = "export"
# Longer than a search lasts by default, with room for clocks that differ (seconds).
LATELY = 6 * 3600.0
_RUNNING = ["PENDING", "ENQUEUED", "DELAYED"]


@dataclass(frozen=True)
class Recorded:
    """One export as it was begun and, once it has ended, how."""

    request: ExportRequest
    posted: Posted
    outcome: Outcome | None


async def recorded(export_id: str) -> Recorded | None:
    """An export by its id; None when there is none."""
    found = await DBOS.list_workflows_async(workflow_ids=[export_id], name=EXPORT)
    if not found or not found[0].input:
        return None
    request, posted, *_ = found[0].input["args"]
    return Recorded(request, posted, found[0].output)


async def decision_on(export_id: str) -> Decision | None:
    """The answer that counts to an export's question; None while there is none."""
    found = await DBOS.list_workflows_async(workflow_ids=[f"{export_id}.decide"], load_output=False)
    if not found or not found[0].input:
        return None
    decision: Decision = found[0].input["args"][-1]
    return decision


async def last_request(person: str) -> ExportRequest | None:
    """What this person asked for most recently."""
    found = await DBOS.list_workflows_async(name=EXPORT, user=person, limit=1, sort_desc=True, load_output=False)
    if not found or not found[0].input:
        return None
    request: ExportRequest = found[0].input["args"][0]
    return request


async def may_belong_to_another(project_id: str, export_id: str, script_fits: Callable[[str], bool]) -> bool:
    """Whether a project is, or could be, that of another export whose script fits its name.

    It is, if that export has recorded it. It could be, if that export has recorded no project at all.
    """
    for other in await _possible_owners(export_id):
        request: ExportRequest | None = other.input["args"][0] if other.input else None
        if request and script_fits(request.script) and await _may_own(other.workflow_id, project_id):
            return True
    return False


async def _possible_owners(export_id: str) -> list[WorkflowStatus]:
    """The other exports that have not ended, or have ended lately: of older ones every project is older, too."""
    lately = datetime.fromtimestamp(time.time() - LATELY, UTC).isoformat()
    running = await DBOS.list_workflows_async(name=EXPORT, status=_RUNNING, load_output=False)
    ended = await DBOS.list_workflows_async(name=EXPORT, completed_after=lately, load_output=False)
    return [export for export in (*running, *ended) if export.workflow_id != export_id]


async def _may_own(export_id: str, project_id: str) -> bool:
    projects = await _projects_of(export_id)
    return not projects or project_id in projects


async def _projects_of(export_id: str) -> list[str]:
    steps = await DBOS.list_workflow_steps_async(export_id)
    submitted = [step["output"].project_id for step in steps if isinstance(step["output"], Submission)]
    found = [step["output"] for step in steps if step["function_name"] == "find"]
    return [project for project in (*submitted, *found) if project]
