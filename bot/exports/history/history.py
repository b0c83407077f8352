"""Reads requests and their outcomes, for the running bot."""

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

# The workflows whose inputs contain the request.
ACCEPT, EXPORT, DECIDE = "accept", "export", "decide"
# A request may have several attempts: to find n requests, this many times n of the newest attempts are read.
ATTEMPTS_PER_REQUEST = 4


@dataclass(frozen=True)
class Recorded:
    """An export with its request and, once it has ended, its outcome."""

    request: ExportRequest
    posted: Posted
    outcome: Outcome | None


@dataclass(frozen=True)
class PossibleOwner:
    """Another export to which a project of the account may belong, with its own project's id, if known."""

    project_id: str | None
    request: ExportRequest


class History:
    """Reads the table of exports, DBOS's workflows by their ids, and the messages in the mailbox."""

    def __init__(self, records: Records, mailbox: Mailbox) -> None:
        self._records = records
        self._mailbox = mailbox

    async def recorded(self, export_id: str) -> Recorded | None:
        """An export by its id; None if it does not exist (yet)."""
        found = await DBOS.list_workflows_async(workflow_ids=[export_id], name=EXPORT)
        if not found or not found[0].input:
            return None
        _, request, posted, *_ = found[0].input["args"]
        return Recorded(request, posted, found[0].output)

    async def requested(self, export_id: str) -> ExportRequest | None:
        """The request, also if its export was never enqueued; None if it is unknown."""
        found = await requests_of_exports(DBOS, [export_id])
        return found[export_id].request if export_id in found else None

    async def is_begun(self, workflow_id: str) -> bool:
        """Whether a workflow was started, whatever its status."""
        return bool(await DBOS.list_workflows_async(workflow_ids=[workflow_id], load_input=False, load_output=False))

    async def is_waiting_for_approval(self, export_id: str) -> bool:
        """Whether it waits for approval: not decided, not stopped, not timed out."""
        record = await self._records.one(export_id)
        return record is not None and record.ended_at is None and record.stage == "approval"

    async def is_running(self, export_id: str) -> bool:
        """Whether an attempt has started and not ended."""
        record = await self._records.one(export_id)
        return record is not None and record.ended_at is None

    async def approval_decision(self, export_id: str) -> ApprovalDecision | None:
        """The decision that counted; None before its workflow has recorded it."""
        for step in await DBOS.list_workflow_steps_async(accept_id(export_id)):
            if isinstance(step["output"], Gathered) and step["output"].decision:
                return step["output"].decision
        return None

    async def decision_on(self, export_id: str) -> tuple[MessageReference | None, Decision] | None:
        """The message whose button was pressed, and the decision about the export; None if undecided."""
        found = await DBOS.list_workflows_async(workflow_ids=[decide_id(export_id)], load_output=False)
        if not found or not found[0].input:
            return None
        question, decision = found[0].input["args"][-2:]
        return question, decision

    async def videos(self, who: str, most: int) -> list[Summary]:
        """A person's requests with their latest attempts, newest attempt first, at most `most`.

        Reads a limited number of rows, however long the history is.
        """
        records = await self._records.newest(people=[who], limit=most * ATTEMPTS_PER_REQUEST)
        return await summaries(DBOS, self._mailbox, latest_attempts(records)[:most])

    async def last_request(self, who: str) -> ExportRequest | None:
        """This person's most recent request; None if there is none."""
        records = await self._records.newest(people=[who], limit=1)
        return await self.requested(records[0].export_id) if records else None

    async def videos_since(self, person: str, since: float) -> int:
        """How many videos a person has requested since then (Unix seconds); failed and stopped ones don't count."""
        return await self._records.videos_since(person, since)

    async def usage(self, team_id: str) -> Usage:
        """A workspace's usage in this calendar month (UTC)."""
        return await self._records.usage(team_id)

    async def possible_owners(self, export_id: str, account_id: str | None, since: float) -> list[PossibleOwner]:
        """The other exports of an account that have not ended or ended after `since` (Unix seconds).

        Exports that ended earlier need no check: their projects are older, too.
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
    """The request of an attempt, and whether its workflow ended without an outcome."""

    request: ExportRequest
    broken: bool


async def requests_of_exports(store: Store, export_ids: Sequence[str]) -> Mapping[str, Asked]:
    """The requests of these attempts, by export id, read from the export's workflow or the one that enqueues it."""
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
    """The summaries of these attempts; an attempt whose request cannot be read is left out."""
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
    """The latest attempt of each request. The attempts must be sorted newest first."""
    latest: dict[str, Record] = {}
    for record in records:
        latest.setdefault(record.request_id, record)
    return list(latest.values())


async def _heard(mailbox: Mailbox, export_ids: Sequence[str]) -> Mapping[str, Progress]:
    return await mailbox.newest(export_ids, PROGRESS) if export_ids else {}


def _request(workflow: WorkflowStatus) -> ExportRequest:
    """The request is the second argument of `accept`, `export` and `decide`."""
    if workflow.input is None:
        raise ValueError(f"{workflow.workflow_id} was read without its input")
    request: ExportRequest = workflow.input["args"][1]
    return request
