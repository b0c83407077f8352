"""Reading back what exports have recorded, from the engine's own history."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dbos import DBOS, WorkflowStatus

from bot.exports.history.request_workflows import RUNNING, Store
from bot.exports.history.summaries import State, Summary, Usage, posted_by, state_after, state_amid
from bot.exports.ids import export_of, next_attempt, request_of
from bot.exports.models import Decision, ExportRequest, Outcome, Posted, MessageReference, Submission, ApprovalDecision
from bot.metrics import Standing

# The workflows that say where a request stands.
WORKFLOWS = ACCEPT, EXPORT, DECIDE = "accept", "export", "decide"
# An accepted request and its first attempt; once it was decided about, that decision and its next attempt.
WORKFLOWS_PER_REQUEST = 4
MOST_COUNTED = 10_000
# Longer than a search lasts by default, with room for clocks that differ (seconds).
LATELY = 6 * 3600.0
_NO_VIDEO = frozenset({"failed", "stopped", "question", "left"})


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


async def requested(export_id: str) -> ExportRequest | None:
    """What was asked for, also when it never became an export."""
    if export := await recorded(export_id):
        return export.request
    found = await DBOS.list_workflows_async(workflow_ids=[f"{export_id}.accept"], name=ACCEPT)
    if not found or not found[0].input:
        return None
    request: ExportRequest = found[0].input["args"][1]
    return request


async def is_begun(story_id: str) -> bool:
    """Whether a story has been begun, however it went on."""
    return bool(await DBOS.list_workflows_async(workflow_ids=[story_id], load_input=False, load_output=False))


async def is_waiting_for_word(export_id: str) -> bool:
    """Whether a request has been accepted and has not got past its approval and the line."""
    found = await DBOS.list_workflows_async(
        workflow_ids=[f"{export_id}.accept"], status=RUNNING, load_input=False, load_output=False
    )
    return bool(found)


async def is_waiting_for_verdict(export_id: str) -> bool:
    """The same, and nobody has decided, stopped it or let it lapse: the first word that it takes is the only one."""
    if not await is_waiting_for_word(export_id):
        return False
    steps = await DBOS.list_workflow_steps_async(f"{export_id}.accept")
    return not any(step["function_name"] == "DBOS.recv" for step in steps)


async def verdict_on(export_id: str) -> ApprovalDecision | None:
    """The verdict that counts: the first one."""
    found = await DBOS.list_workflows_async(workflow_ids=[f"{export_id}.rule"], load_output=False)
    if not found or not found[0].input:
        return None
    verdict: ApprovalDecision = found[0].input["args"][1]
    return verdict


async def made(since: float, until: float) -> Mapping[str, Usage]:
    """By workspace: what its exports that ended since the one moment and before the other (Unix seconds) have made."""
    found: dict[str, Usage] = {}
    for export in await _ended(since, until, load_input=False):
        if isinstance(export.output, Outcome):
            team_id = (export.authenticated_user or "").partition(":")[0]
            found[team_id] = found.get(team_id, Usage()) + _usage_of(export.output)
    return found


def _usage_of(outcome: Outcome) -> Usage:
    return Usage(videos=int(outcome.result in ("video", "link")), credits=outcome.credits or 0)


async def _ended(
    since: float, until: float, *, load_input: bool = True, load_output: bool = True
) -> list[WorkflowStatus]:
    """The exports that ended since the one moment and before the other; Unix seconds.

    With one bound alone SQLite reads all there are, in the order that the engine asks for, and looks at each.
    """
    found = await DBOS.list_workflows_async(
        name=EXPORT,
        completed_after=_iso(since),
        completed_before=_iso(until),
        load_input=load_input,
        load_output=load_output,
    )
    # The engine counts in milliseconds, and both bounds as within.
    return [export for export in found if since * 1000 <= (export.completed_at or 0) < until * 1000]


async def standing() -> Standing:
    """How many exports wait in line and how many are being made, over all processes."""
    found = await DBOS.list_workflows_async(
        name=EXPORT, status=RUNNING, limit=MOST_COUNTED, load_input=False, load_output=False
    )
    in_flight = sum(export.status == "PENDING" for export in found)
    return Standing(queued=len(found) - in_flight, in_flight=in_flight)


async def videos(person: str, most: int) -> list[Summary]:
    """What a person asked for, the request that was begun or tried again last first; each with its latest attempt.

    However long the history is, so many of its rows are read and no more.
    """
    found = await DBOS.list_workflows_async(
        name=list(WORKFLOWS), user=person, sort_desc=True, limit=most * WORKFLOWS_PER_REQUEST
    )
    requests: dict[str, list[WorkflowStatus]] = {}
    for workflow in found:
        if workflow.input:
            requests.setdefault(request_of(workflow.workflow_id), []).append(workflow)
    return await asyncio.gather(*(summary(DBOS, workflows) for workflows in list(requests.values())[:most]))


async def summary(store: Store, workflows: Sequence[WorkflowStatus]) -> Summary:
    """One request by its workflows of WORKFLOWS, newest first."""
    latest = workflows[0]
    request, posted = await _begun(store, latest)
    state, percent = await _standing(store, workflows)
    begun_at = datetime.fromtimestamp((latest.created_at or 0) / 1000, UTC)
    return Summary(export_of(latest.workflow_id), request, posted, state, percent, begun_at)


async def _begun(store: Store, workflow: WorkflowStatus) -> tuple[ExportRequest, Posted | None]:
    args = workflow.input["args"] if workflow.input else ()
    if workflow.name == ACCEPT:
        return args[1], posted_by(await _steps(store, workflow))
    request, posted = args[:2] if workflow.name == EXPORT else args[1:3]
    return request, posted


async def _standing(store: Store, workflows: Sequence[WorkflowStatus]) -> tuple[State, int]:
    latest = workflows[0]
    if isinstance(latest.output, Outcome):
        return state_after(latest.output), 100 if latest.output.result in ("video", "link") else 0
    if latest.status not in RUNNING:
        return "failed", 0
    if latest.name == EXPORT:
        return await _standing_of_export(store, workflows)
    return await _standing_before_export(store, latest), 0


async def _standing_of_export(store: Store, workflows: Sequence[WorkflowStatus]) -> tuple[State, int]:
    export, *earlier = workflows
    if export.status == "PENDING":
        return state_amid(await _steps(store, export))
    # One that was stopped in line hears of it when its turn comes; what got it there has ended with it.
    was_stopped = earlier and isinstance(earlier[0].output, Outcome) and earlier[0].output.result == "stopped"
    return ("stopped" if was_stopped else "queued"), 0


async def _standing_before_export(store: Store, workflow: WorkflowStatus) -> State:
    args = workflow.input["args"] if workflow.input else ()
    if workflow.name == DECIDE:
        return "left" if args[4] == "leave_it" else "sending"
    needs_approval = len(args) > 2 and args[2] is not None
    is_ruled = any(name == "ruled" for name, _ in await _steps(store, workflow))
    return "approval" if needs_approval and not is_ruled else "sending"


async def _steps(store: Store, workflow: WorkflowStatus) -> list[tuple[str, Any]]:
    """The name and the result of each step so far."""
    steps = await store.list_workflow_steps_async(workflow.workflow_id)
    return [(step["function_name"], step["output"]) for step in steps]


async def videos_since(person: str, since: float) -> int:
    """How many videos a person has asked for since then (Unix seconds), without those that came to nothing."""
    asked = await DBOS.list_workflows_async(name=list(WORKFLOWS), user=person, start_time=_iso(since), load_input=False)
    # An accepted request and its first attempt are one video; each further attempt is one more, once it is decided.
    everything = {attempt_of(workflow) for workflow in asked}
    nothing = {attempt_of(workflow) for workflow in asked if _came_to_nothing(workflow)}
    return len(everything - nothing)


def attempt_of(workflow: WorkflowStatus) -> str:
    """The export that a workflow is, or leads to."""
    export_id = export_of(workflow.workflow_id)
    return next_attempt(export_id) if workflow.name == DECIDE else export_id


def _came_to_nothing(workflow: WorkflowStatus) -> bool:
    return isinstance(workflow.output, Outcome) and workflow.output.result in _NO_VIDEO


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


async def decision_on(export_id: str) -> tuple[MessageReference | None, Decision] | None:
    """What counts as decided about an export, and by which message's button; None while nothing is."""
    found = await DBOS.list_workflows_async(workflow_ids=[f"{export_id}.decide"], load_output=False)
    if not found or not found[0].input:
        return None
    question, decision = found[0].input["args"][-2:]
    return question, decision


async def last_request(person: str) -> ExportRequest | None:
    """What this person asked for most recently."""
    found = await DBOS.list_workflows_async(name=EXPORT, user=person, limit=1, sort_desc=True, load_output=False)
    if not found or not found[0].input:
        return None
    request: ExportRequest = found[0].input["args"][0]
    return request


async def may_belong_to_another(
    project_id: str, export_id: str, account_id: str | None, script_fits: Callable[[str], bool]
) -> bool:
    """Whether a project is, or could be, that of another export of the same account whose script fits its name.

    It is, if that export has recorded it. It could be, if that export has recorded no project at all.
    """
    for other in await _possible_owners(export_id):
        request: ExportRequest | None = other.input["args"][0] if other.input else None
        if request is None or request.account_id != account_id:
            continue
        if script_fits(request.options.script) and await _may_own(other.workflow_id, project_id):
            return True
    return False


async def _possible_owners(export_id: str) -> list[WorkflowStatus]:
    """The other exports that have not ended, or have ended lately: of older ones every project is older, too."""
    now = time.time()
    running = await DBOS.list_workflows_async(name=EXPORT, status=RUNNING, load_output=False)
    ended = await _ended(now - LATELY, now + LATELY, load_output=False)
    return [export for export in (*running, *ended) if export.workflow_id != export_id]


async def _may_own(export_id: str, project_id: str) -> bool:
    projects = await _projects_of(export_id)
    return not projects or project_id in projects


async def _projects_of(export_id: str) -> list[str]:
    steps = await DBOS.list_workflow_steps_async(export_id)
    submitted = [step["output"].project_id for step in steps if isinstance(step["output"], Submission)]
    found = [step["output"] for step in steps if step["function_name"] == "find"]
    return [project for project in (*submitted, *found) if project]
