"""The table of exports and the months' sums, as DBOS's workflows alone tell them, by its public API."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dbos import DBOS, WorkflowStatus

from bot.exports.history.records import Record, person_of
from bot.exports.ids import enqueuer_of, next_attempt, request_of
from bot.exports.models import ExportRequest, Gathered, Outcome, PollSettings, Posted
from bot.exports.render.progress import RenderProgress
from bot.exports.states import AFTER_SUBMISSION, RESULTS, stage_after
from bot.exports.usage import Usage, month_of


@dataclass
class Attempt:
    """The workflows of one attempt, with their steps: who put it into the queue, the export, what was decided."""

    export_id: str
    enqueuer: WorkflowStatus
    export: WorkflowStatus | None
    decision: WorkflowStatus | None
    steps: Mapping[str, Sequence[Any]]


@dataclass
class Standing:
    """Where an attempt stands while its steps are read."""

    record: Record
    progress: RenderProgress | None = None
    is_rendered: bool = False
    submission: Any = None
    settings: PollSettings | None = None

    def move(self, **changes: Any) -> None:
        percent = max(self.record.percent, changes.pop("percent", 0))
        self.record = replace(self.record, percent=percent, **changes)


async def rebuilt() -> tuple[dict[str, Record], dict[tuple[str, str], Usage]]:
    """The rows by their ids, and the sums by workspace and month."""
    records = {attempt.export_id: _record(attempt) for attempt in await _attempts()}
    sums: dict[tuple[str, str], Usage] = defaultdict(Usage)
    for record in records.values():
        used = Usage(int(bool(record.result and RESULTS[record.result].video)), record.credits or 0)
        if record.ended_at and used != Usage():
            key = record.team_id, month_of(record.ended_at)
            sums[key] = Usage(sums[key].videos + used.videos, sums[key].credits + used.credits)
    return records, dict(sums)


async def _attempts() -> list[Attempt]:
    workflows = {one.workflow_id: one for one in await DBOS.list_workflows_async()}
    steps = {workflow_id: await DBOS.list_workflow_steps_async(workflow_id) for workflow_id in workflows}
    attempts = []
    for export_id in dict.fromkeys(_attempt_ids(workflows.values())):
        enqueuer = workflows[enqueuer_of(export_id)]
        decision = workflows.get(f"{export_id}.decide")
        attempts.append(Attempt(export_id, enqueuer, workflows.get(export_id), decision, steps))
    return attempts


def _attempt_ids(workflows: Any) -> Iterator[str]:
    for one in workflows:
        if one.name == "accept":
            yield _args(one)[0]
        elif one.name == "decide" and _args(one)[-1] != "leave_it":
            yield next_attempt(_args(one)[0])


def _args(workflow: WorkflowStatus) -> Sequence[Any]:
    assert workflow.input is not None
    args: Sequence[Any] = workflow.input["args"]
    return args


def _record(attempt: Attempt) -> Record:
    request: ExportRequest = _args(attempt.enqueuer)[1]
    is_approved = attempt.enqueuer.name == "accept" and _args(attempt.enqueuer)[2]
    first = Record(
        attempt.export_id,
        request_of(attempt.export_id),
        person_of(request),
        request.requester.team_id,
        "approval" if is_approved else "sending",
        (attempt.enqueuer.created_at or 0) / 1000,
        account_id=request.account_id,
    )
    standing = Standing(first)
    if attempt.enqueuer.name == "decide":
        _place(standing, _args(attempt.enqueuer)[2])
    for workflow in (attempt.enqueuer, attempt.export):
        if workflow:
            _follow(standing, workflow, attempt.steps[workflow.workflow_id])
    if attempt.decision and _args(attempt.decision)[-1] == "leave_it" and standing.record.result == "question":
        standing.move(stage="left", result="left")
    return standing.record


def _place(standing: Standing, posted: Posted) -> None:
    standing.move(**posted.model_dump())


def _follow(standing: Standing, workflow: WorkflowStatus, steps: Sequence[Any]) -> None:
    if workflow.name == "export":
        standing.settings = _args(workflow)[3]
    posted: list[str] = []
    for step in steps:
        name, result = step["function_name"], step["output"]
        if name in ("enter", "announce", "reply") and result[0]:
            posted.append(result[0])
        if name == "reply" and len(posted) == 3:
            _place(standing, Posted(channel_id=posted[0], root_ts=posted[1], reply_ts=posted[2]))
        _step(standing, workflow.name, name, result)
        if name == "end" and isinstance(workflow.output, Outcome):
            _end(standing, workflow.output, step["completed_at_epoch_ms"] / 1000)


def _step(standing: Standing, workflow: str, name: str, result: Any) -> None:
    if standing.record.ended_at:
        return
    if name == "close_approval" or (name == "claim" and standing.record.stage == "queued"):
        standing.move(stage="sending")
    elif name == "submit":
        standing.submission = result
    elif name == "find":
        standing.submission = standing.submission.model_copy(update={"project_id": result})
    elif name == "accepted" and standing.settings:
        standing.progress = RenderProgress.begin(result.at, standing.settings)
        standing.move(stage="submitted", project_id=standing.submission.project_id)
    elif name == "credits":
        standing.is_rendered = True
    elif name == "show":
        _show(standing, workflow, result)
    elif standing.progress and name == "listen":
        assert isinstance(result, Gathered)
        standing.progress = standing.progress.heard(result)
    elif standing.progress and name == "read" and not standing.is_rendered:
        standing.progress = standing.progress.read(result)
        percent = min(int(result.progress or 0), 99)
        if percent and not result.download_url:
            standing.move(stage="rendering", percent=percent)


def _show(standing: Standing, workflow: str, edit: Any) -> None:
    if workflow != "export":
        standing.move(stage="queued")
    elif standing.is_rendered:
        standing.move(stage="fetching", percent=100)
    elif standing.progress:
        status = standing.progress.status
        standing.move(stage=status.stage, percent=status.percent)
        standing.progress = standing.progress.edited(edit)
    else:
        standing.move(stage=AFTER_SUBMISSION[standing.submission.result])


def _end(standing: Standing, outcome: Outcome, at: float) -> None:
    if standing.record.ended_at or outcome.result == "left":
        return
    standing.move(
        stage=stage_after(outcome.result, outcome.failure),
        result=outcome.result,
        failure=outcome.failure,
        credits=outcome.credits,
        seconds=outcome.seconds,
        project_id=outcome.project_id or standing.record.project_id,
        ended_at=at,
    )
