"""Ends other than a video: a draft, a failure, a stop, and the question whether to submit again."""

from bot.exports.models import Outcome, Status
from bot.exports.states import FAILURES
from bot.exports.workflow.context import Run, Tools
from bot.exports.workflow.endings import ExportFailed, ExportStopped


class Concluding:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def hand_over_draft(self, run: Run, project_id: str) -> Outcome:
        """Ends a draft: notifies the person with a link to the project, which is not rendered."""
        status = self._tools.with_links(run, Status(stage="drafted"), project_id)
        await self._tools.notify(run, status)
        await self._tools.conclude(run, status)
        return Outcome(result="draft", project_id=project_id, download_url=status.project_url)

    async def fail(self, run: Run, failure: ExportFailed) -> Outcome:
        """Notifies the person why there is no video."""
        status = Status(
            stage=FAILURES[failure.reason].stage,
            failure=failure.reason,
            detail=failure.detail,
            seconds=failure.waited,
            user_id=failure.user_id,
        )
        status = self._tools.with_links(run, status, failure.project_id)
        await self._tools.notify(run, status)
        await self._tools.conclude(run, status)
        return Outcome(result="failed", failure=failure.reason, project_id=failure.project_id, detail=failure.detail)

    async def stop(self, run: Run, stopped: ExportStopped) -> Outcome:
        """Shows in the thread that the export was stopped; nobody is mentioned."""
        status = Status(stage="stopped" if stopped.sent else "cancelled", user_id=stopped.user_id)
        await self._tools.conclude(run, self._tools.with_links(run, status, stopped.project_id))
        return Outcome(result="stopped", project_id=stopped.project_id)

    async def ask(self, run: Run) -> Outcome:
        """Asks the person whether to submit again, which may spend credits twice."""
        status = self._tools.with_links(run, Status(stage="question"))
        await self._tools.notify(run, status)
        await self._tools.conclude(run, status)
        return Outcome(result="question")

    async def tell_unreadable(self, run: Run) -> None:
        """Notifies the person of an export whose history this release cannot read, outside of any step.

        It has no outcome that *Try again* needs, so no button is offered.
        """
        status = Status(stage="failed", failure="internal")
        await self._tools.thread.notify(run.workflow_id, run.request, run.posted, status, again=True)
        if run.posted:
            await self._tools.thread.conclude(run.request, run.posted, status)
