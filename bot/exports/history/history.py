"""Reading back what was asked for and what came of it: the running bot's view."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dbos import DBOS, WorkflowStatus

from bot.engine.mailbox import Mailbox
from bot.exports.history.records import Record, Records
from bot.exports.history.request_workflows import BROKEN, Store
from bot.exports.history.summaries import Summary, summary
from bot.exports.ids import accept_id, decide_id, enqueuer_of
from bot.exports.messages import PROGRESS
from bot.exports.models import (
    ApprovalDecision,
    ExportRequest,
    Gathered,
    MessageReference,
    Outcome,
    Posted,
    Progress,
)
from bot.exports.states import Decision
from bot.exports.usage import Usage

# The workflows that hold what was asked for.
ACCEPT, EXPORT, DECIDE = "accept", "export", "decide"
# A request may have had several attempts; of so many each, the newest requests are found among the newest attempts.
ATTEMPTS_PER_REQUEST = 4


@dataclass(frozen=True)
class Recorded:
    """One export as it was begun and, once it has ended, how."""

    request: ExportRequest
    posted: Posted
    outcome: Outcome | None


@dataclass(frozen=True)
class PossibleOwner:
    """An export that a project of its account may belong to; its own, once it is known."""

    project_id: str | None
    request: ExportRequest


class History:
    """Reads the table of exports, DBOS's workflows by their ids, and what lies in the mailbox."""

    def __init__(self, records: Records, mailbox: Mailbox) -> None:
        self._records = records
        self._mailbox = mailbox

    async def recorded(self, export_id: str) -> Recorded | None:
        """An export by its id; None when there is none, or not yet."""
        found = await DBOS.list_workflows_async(workflow_ids=[export_id], name=EXPORT)
        if not found or not found[0].input:
            return None
        _, request, posted, *_ = found[0].input["args"]
        return Recorded(request, posted, found[0].output)

    async def requested(self, export_id: str) -> ExportRequest | None:
        """What was asked for, also when it never became an export."""
        found = await requests_of_exports(DBOS, [export_id])
        return found[export_id].request if export_id in found else None

    async def is_begun(self, workflow_id: str) -> bool:
        """Whether a workflow has been begun, however it went on."""
        return bool(await DBOS.list_workflows_async(workflow_ids=[workflow_id], load_input=False, load_output=False))

    async def is_waiting_for_approval(self, export_id: str) -> bool:
        """Whether nobody has decided about it, stopped it, or let it lapse."""
        record = await self._records.one(export_id)
        return record is not None and record.ended_at is None and record.stage == "approval"

    async def is_running(self, export_id: str) -> bool:
        """Whether an attempt has begun and not ended."""
        record = await self._records.one(export_id)
        return record is not None and record.ended_at is None

    async def approval_decision(self, export_id: str) -> ApprovalDecision | None:
        """The decision that counted, once its workflow has heard of it."""
        for step in await DBOS.list_workflow_steps_async(accept_id(export_id)):
            if isinstance(step["output"], Gathered) and step["output"].decision:
                return step["output"].decision
        return None

    async def decision_on(self, export_id: str) -> tuple[MessageReference | None, Decision] | None:
        """What counts as decided about an export, and by which message's button; None while nothing is."""
        found = await DBOS.list_workflows_async(workflow_ids=[decide_id(export_id)], load_output=False)
        if not found or not found[0].input:
            return None
        question, decision = found[0].input["args"][-2:]
        return question, decision

    async def videos(self, who: str, most: int) -> list[Summary]:
        """What a person asked for, the request that was begun or tried again last first; each with its latest attempt.

        However long the history is, so many of its rows are read and no more.
        """
        records = await self._records.newest(people=[who], limit=most * ATTEMPTS_PER_REQUEST)
        return await summaries(DBOS, self._mailbox, latest_attempts(records)[:most])

    async def last_request(self, who: str) -> ExportRequest | None:
        """What this person asked for most recently."""
        records = await self._records.newest(people=[who], limit=1)
        return await self.requested(records[0].export_id) if records else None

    async def videos_since(self, person: str, since: float) -> int:
        """How many videos a person has asked for since then (Unix seconds), without those that came to nothing."""
        return await self._records.videos_since(person, since)

    async def usage(self, team_id: str) -> Usage:
        """What a workspace has made in this calendar month (UTC) until now."""
        return await self._records.usage(team_id)

    async def possible_owners(self, export_id: str, account_id: str | None, since: float) -> list[PossibleOwner]:
        """The other exports of an account that have not ended, or ended since then (Unix seconds).

        Of older ones every project is older, too.
        """
        records = await self._records.possible_owners(export_id, account_id, since)
        requests = await requests_of_exports(DBOS, [record.export_id for record in records])
        return [
            PossibleOwner(record.project_id, requests[record.export_id].request)
            for record in records
            if record.export_id in requests
        ]


@dataclass(frozen=True)
class Asked:
    """What was asked for with an attempt, and whether its workflow ended without an outcome."""

    request: ExportRequest
    broken: bool


async def requests_of_exports(store: Store, export_ids: Sequence[str]) -> Mapping[str, Asked]:
    """What was asked for with these attempts: by the export's workflow, or by the one that gets it into the queue."""
    ids = {one for export_id in export_ids for one in (export_id, enqueuer_of(export_id))}
    if not ids:
        return {}
    found = await store.list_workflows_async(workflow_ids=sorted(ids), load_output=False)
    known = {workflow.workflow_id: workflow for workflow in found if workflow.input}
    asked = {}
    for export_id in export_ids:
        workflow = known.get(export_id) or known.get(enqueuer_of(export_id))
        if workflow:
            asked[export_id] = Asked(_request(workflow), broken=workflow.status in BROKEN)
    return asked


async def summaries(store: Store, mailbox: Mailbox, records: Sequence[Record]) -> list[Summary]:
    """These attempts as they stand now; one whose request cannot be read is left out."""
    moving = [record.export_id for record in records if record.ended_at is None]
    asked, heard = await asyncio.gather(
        requests_of_exports(store, [record.export_id for record in records]), _heard(mailbox, moving)
    )
    return [
        summary(record, found.request, heard.get(record.export_id), broken=found.broken)
        for record in records
        if (found := asked.get(record.export_id))
    ]


def latest_attempts(records: Iterable[Record]) -> list[Record]:
    """Of attempts, the one that began last first, the latest of each request."""
    latest: dict[str, Record] = {}
    for record in records:
        latest.setdefault(record.request_id, record)
    return list(latest.values())


async def _heard(mailbox: Mailbox, export_ids: Sequence[str]) -> Mapping[str, Progress]:
    return await mailbox.newest(export_ids, PROGRESS) if export_ids else {}


def _request(workflow: WorkflowStatus) -> ExportRequest:
    """`accept`, `export` and `decide` all begin with an id and the request."""
    if workflow.input is None:
        raise ValueError(f"{workflow.workflow_id} was read without its input")
    request: ExportRequest = workflow.input["args"][1]
    return request
