"""What others may ask of exports: start one, bring it news, look up the last one."""

import time

from dbos import DBOS, DBOSContextSetAuth, SetWorkflowID
from dbos import error as engine_error

from bot.aistudios.webhook import ProgressEvent
from bot.exports.models import ExportRequest, Heard
from bot.exports.workflow import NEWS, ExportWorkflow


class UnknownExport(Exception):
    """There is no export of that id."""


class ExportService:
    """The product's front door; everything behind it is durable."""

    def __init__(self, workflow: ExportWorkflow) -> None:
        self._workflow = workflow

    async def start(self, export_id: str, request: ExportRequest) -> None:
        """Accepts a request: once this returns, it survives any crash. The same id again is the same export."""
        person = _person(request.requester.team_id, request.requester.user_id)
        with SetWorkflowID(export_id), DBOSContextSetAuth(person, []):
            await DBOS.start_workflow_async(self._workflow.export, request)

    async def deliver(self, export_id: str, event: ProgressEvent) -> None:
        """Brings a webhook's news to its export; a repeated call changes nothing. Raises UnknownExport."""
        news = Heard(at=time.time(), progress=event.progress, credit=event.credit)
        try:
            await DBOS.send_async(export_id, news, NEWS, idempotency_key=f"{export_id}:{event.progress}")
        except engine_error.DBOSNonExistentWorkflowError:
            raise UnknownExport from None

    async def last_request(self, team_id: str, user_id: str) -> ExportRequest | None:
        """What this person asked for most recently."""
        found = await DBOS.list_workflows_async(
            name="export", user=_person(team_id, user_id), limit=1, sort_desc=True, load_output=False
        )
        if not found or not found[0].input:
            return None
        request = found[0].input["args"][0]
        return request if isinstance(request, ExportRequest) else None


def _person(team_id: str, user_id: str) -> str:
    return f"{team_id}:{user_id}"
