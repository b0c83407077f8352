"""Reading back what exports have recorded, from the engine's own history."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from dbos import DBOS

from bot.exports.models import ExportRequest, Outcome, Posted, Submission

EXPORT = "export"
MOST_RECENT = 200


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
    request, posted = found[0].input["args"]
    return Recorded(request, posted, found[0].output)


async def last_request(person: str) -> ExportRequest | None:
    """What this person asked for most recently."""
    found = await DBOS.list_workflows_async(name=EXPORT, user=person, limit=1, sort_desc=True, load_output=False)
    if not found or not found[0].input:
        return None
    request: ExportRequest = found[0].input["args"][0]
    return request


async def known_projects(since: float) -> Collection[str]:
    """The projects of the exports begun since a Unix time (seconds), as far as they are known."""
    begun = datetime.fromtimestamp(since, UTC).isoformat()
    exports = await DBOS.list_workflows_async(
        name=EXPORT, start_time=begun, limit=MOST_RECENT, sort_desc=True, load_input=False, load_output=False
    )
    return {project for export in exports for project in await _projects_of(export.workflow_id)}


async def _projects_of(export_id: str) -> list[str]:
    steps = await DBOS.list_workflow_steps_async(export_id)
    submitted = [step["output"].project_id for step in steps if isinstance(step["output"], Submission)]
    found = [step["output"] for step in steps if step["function_name"] == "find"]
    return [project for project in (*submitted, *found) if project]
