"""Waits for a decision in the approval channel."""

import time
from dataclasses import replace

from bot.exports.models import ApprovalDecision, ApprovalPolicy, MessageReference, Stop
from bot.exports.workflow.context import Run, Tools
from bot.exports.workflow.endings import ExportFailed, ExportStopped
from bot.exports.workflow.inbox import until_database_answers


class Approving:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def approved(self, run: Run, policy: ApprovalPolicy) -> Run:
        """Waits for approval; returns the run with the approver in its request.

        Raises ExportFailed if the request is declined or nobody decides in time, ExportStopped if it is stopped.
        """
        ts = await self._ask(run, policy)
        asked_at = await self._tools.steps.run("asked_at", _now)
        found = await run.inbox.wait(max(asked_at + policy.timeout_seconds - time.time(), 0.0), decisions=True)
        message = MessageReference(channel_id=policy.channel_id, ts=ts)
        await self._close(run, message, found.decision or found.stop)
        if found.decision and found.decision.approved:
            return replace(run, request=run.request.model_copy(update={"approved_by": found.decision.user_id}))
        if found.decision:
            raise ExportFailed(
                "declined", posted=run.posted, detail=found.decision.reason, user_id=found.decision.user_id
            )
        if found.stop:
            raise ExportStopped(found.stop.user_id, sent=False, posted=run.posted)
        raise ExportFailed("lapsed", posted=run.posted, waited=policy.timeout_seconds)

    async def _ask(self, run: Run, policy: ApprovalPolicy) -> str:
        thread = self._tools.thread
        return await self._tools.in_place(
            "ask_approval",
            lambda again: thread.ask_approval(run.export_id, run.request, policy.channel_id, again=again),
            lost=lambda code: ExportFailed("no_approvers", detail=code, posted=run.posted),
        )

    async def _close(self, run: Run, message: MessageReference, answer: ApprovalDecision | Stop | None) -> None:
        async def close() -> None:
            await self._tools.thread.close_approval(run.request, run.place, message, answer)
            await until_database_answers(lambda: self._tools.records.move(run.export_id, "sending"))

        await self._tools.steps.run("close_approval", close)


async def _now() -> float:
    return time.time()
