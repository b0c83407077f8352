"""Carries out a decision about an export that has ended."""

from bot.exports.models import MessageReference, Outcome, Status
from bot.exports.states import RESULTS, Decision
from bot.exports.workflow.context import Run, Tools

DELETE_TRIES = 20
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0


class Deciding:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def close_question(self, run: Run, question: MessageReference | None, decision: Decision) -> None:
        """Removes the buttons and shows the decision."""
        await self._tools.steps.run(
            "close_question", self._tools.thread.close_question, run.request, run.place, question, decision
        )

    async def discard(self, run: Run, ended: Outcome | None, user_id: str) -> None:
        """Deletes the project of a stopped export, and shows whether it was deleted."""
        if ended is None or ended.result != "stopped" or ended.project_id is None:
            return
        is_gone = await self._is_deleted(run, ended.project_id)
        status = Status(stage="discarded" if is_gone else "kept", user_id=user_id)
        status = self._tools.with_links(run, status, None if is_gone else ended.project_id)
        await self._tools.conclude(run, status)

    async def _is_deleted(self, run: Run, project_id: str) -> bool:
        """Deletes a project, retrying while AI Studios does not answer; deleting is idempotent."""
        pause = FIRST_PAUSE
        for _ in range(DELETE_TRIES):
            deletion = await self._tools.steps.run("delete_project", self._tools.vendor.delete, run.request, project_id)
            if deletion != "later":
                return deletion == "deleted"
            await self._tools.steps.pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return False


def fits(decision: Decision, ended: Outcome | None) -> bool:
    """Whether this decision is possible for an export with this outcome."""
    return ended is not None and decision in RESULTS[ended.result].decisions
