"""Submits the script to AI Studios: the only call that costs credits, and it has no idempotency key."""

import secrets
import time

from bot.exports.models import Claim, PollSettings, Status, Submission
from bot.exports.render.project_search import ProjectSearch
from bot.exports.render.search import Search
from bot.exports.workflow.context import Run, Tools
from bot.exports.workflow.endings import ExportFailed, SubmissionOutcomeUnknown
from bot.exports.workflow.inbox import raise_if_stopped, until_database_answers

SUBMIT_TRIES = 20
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0


class Submitting:
    """Submits until AI Studios accepts or refuses; an unknown outcome is never followed by another submission."""

    def __init__(self, tools: Tools, search: ProjectSearch) -> None:
        self._tools = tools
        self._search = search
        self._claims: set[str] = set()

    async def submit(self, run: Run, settings: PollSettings) -> str:
        """Submits and returns the project's id. Raises ExportFailed, ExportStopped, SubmissionOutcomeUnknown."""
        pause = FIRST_PAUSE
        for _ in range(SUBMIT_TRIES):
            await run.inbox.check_for_cancellation()
            claim = await self._tools.steps.run("claim", self._claim, run)
            submission = await self._tools.steps.run("submit", self._submit, claim, run)
            if submission.result == "accepted" and submission.project_id:
                return submission.project_id
            if submission.result == "unknown":
                return await self._search_project(run, Search.begin(claim.at, settings), settings)
            if submission.result == "refused":
                raise ExportFailed(submission.reason or "rejected", detail=submission.detail)
            await self._tools.show(run, Status(stage="waiting"))
            await run.inbox.pause(max(pause, submission.retry_after or 0))
            pause = min(pause * 2, LONGEST_PAUSE)
        raise ExportFailed("unreachable")

    async def _claim(self, run: Run) -> Claim:
        """A claim recorded before submitting; only this process, in this run of the workflow, can use it."""
        await until_database_answers(lambda: self._tools.records.start_sending(run.export_id))
        claim = Claim(token=secrets.token_hex(8), at=time.time())
        self._claims.add(claim.token)
        return claim

    async def _submit(self, claim: Claim, run: Run) -> Submission:
        """Submits if the claim is this process's; otherwise an earlier run may have submitted: outcome unknown."""
        if claim.token not in self._claims:
            return Submission(result="unknown", at=time.time())
        self._claims.discard(claim.token)
        return await self._tools.vendor.submit(run.export_id, run.request)

    async def _search_project(self, run: Run, search: Search, settings: PollSettings) -> str:
        """Searches for the project of a submission with unknown outcome, by its webhook and among the projects."""
        await self._tools.show(run, Status(stage="searching"))
        while search.open:
            project_id = await self._tools.steps.run("find", self._search.find, run.export_id, run.request, search)
            if project_id:
                return project_id
            found = await run.inbox.wait(settings.poll_seconds)
            raise_if_stopped(found, sent=True)
            search = search.looked(found.progress)
        if search.heard:
            raise ExportFailed("timed_out", waited=settings.timeout_seconds)
        raise SubmissionOutcomeUnknown
