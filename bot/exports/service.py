"""What others may ask of exports: start one, bring it news, answer its question, look up the last one."""

import time

from dbos import DBOS, DBOSContextSetAuth, SetWorkflowID
from dbos import error as engine_error

from bot.aistudios.webhook import ProgressEvent
from bot.exports import history
from bot.exports.models import Decision, ExportRequest, Heard, Question
from bot.exports.workflow import NEWS, ExportWorkflow


class UnknownExport(Exception):
    """There is no export of that id, or none that this can be asked of."""


class NotTheirs(Exception):
    """Only the person who made the request may decide."""


class ExportService:
    """The product's front door; everything behind it is durable."""

    def __init__(self, workflow: ExportWorkflow) -> None:
        self._workflow = workflow

    async def start(self, export_id: str, request: ExportRequest) -> None:
        """Accepts a request: once this returns, it survives any crash. The same id again is the same export."""
        person = _person(request.requester.team_id, request.requester.user_id)
        with SetWorkflowID(f"{export_id}.accept"), DBOSContextSetAuth(person, []):
            await DBOS.start_workflow_async(self._workflow.accept, export_id, request)

    async def deliver(self, export_id: str, event: ProgressEvent) -> None:
        """Brings a webhook's news to its export; a repeated call changes nothing. Raises UnknownExport."""
        news = Heard(at=time.time(), progress=event.progress, credit=event.credit, task_id=event.backend_task_id)
        try:
            await DBOS.send_async(export_id, news, NEWS, idempotency_key=f"{export_id}:{event.progress}")
        except engine_error.DBOSNonExistentWorkflowError:
            raise UnknownExport from None

    async def decide(self, export_id: str, user_id: str, question: Question, decision: Decision) -> None:
        """Takes the answer to an export's question; the first answer counts, and no other changes anything.

        Raises UnknownExport, also when another answer came first, and NotTheirs for anybody but the requester.
        """
        export = await history.recorded(export_id)
        if export is None or (export.outcome and export.outcome.result != "question"):
            raise UnknownExport
        if user_id != export.request.requester.user_id:
            raise NotTheirs
        person = _person(export.request.requester.team_id, user_id)
        with SetWorkflowID(f"{export_id}.decide"), DBOSContextSetAuth(person, []):
            await DBOS.start_workflow_async(
                self._workflow.decide,
                export_id,
                export.request,
                export.posted,
                question,
                decision,
            )
        if await history.decision_on(export_id) != decision:
            raise UnknownExport

    async def last_request(self, team_id: str, user_id: str) -> ExportRequest | None:
        """What this person asked for most recently."""
        return await history.last_request(_person(team_id, user_id))


def _person(team_id: str, user_id: str) -> str:
    return f"{team_id}:{user_id}"
