"""Follows a render: waits for webhooks, polls AI Studios if none arrive, and shows new progress."""

import time

from bot.exports.models import Edit, PollSettings, Reading, Video
from bot.exports.render.progress import RenderProgress
from bot.exports.workflow.context import Run, Tools
from bot.exports.workflow.endings import ExportFailed
from bot.exports.workflow.inbox import raise_if_stopped, until_database_answers


class Following:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def until_rendered(self, run: Run, project_id: str, settings: PollSettings) -> Video:
        """Waits for the render and returns the finished video. Raises ExportFailed, ExportStopped."""
        tools = self._tools
        accepted = await tools.steps.run("accepted", self._accepted, run, project_id)
        progress = RenderProgress.begin(accepted.at, settings)
        while not progress.finished:
            if progress.ask_due or progress.overdue:
                progress = progress.read(await tools.steps.run("read", self._read, run, project_id))
                _end_if_over(progress, project_id)
            elif progress.edit_due:
                edit = await tools.show(run, progress.status, project_id, heard_at=progress.heard_at)
                progress = progress.edited(edit)
            else:
                found = await run.inbox.listen(progress.due)
                raise_if_stopped(found, sent=True, project_id=project_id)
                progress = progress.heard(found)
        credits = await tools.steps.run("credits", tools.vendor.credits, run.request, project_id, progress.credit)
        return Video(
            project_id=project_id,
            download_url=progress.download_url or "",
            credits=credits,
            heard_at=progress.heard_at,
        )

    async def _accepted(self, run: Run, project_id: str) -> Edit:
        """Records `submitted` for lists; the thread is edited at the first progress, or if none arrives soon."""
        await until_database_answers(
            lambda: self._tools.records.move(run.export_id, "submitted", project_id=project_id)
        )
        return Edit(at=time.time(), landed=False)

    async def _read(self, run: Run, project_id: str) -> Reading:
        reading = await self._tools.vendor.read(run.request, project_id)
        percent = min(int(reading.progress or 0), 99)
        # With a link, the stage `fetching` follows at once.
        if percent > 0 and reading.download_url is None:
            await until_database_answers(lambda: self._tools.records.move(run.export_id, "rendering", percent))
        return reading


def _end_if_over(progress: RenderProgress, project_id: str) -> None:
    if progress.finished:
        return
    if progress.failed:
        raise ExportFailed("render_failed", project_id=project_id)
    if progress.gone:
        raise ExportFailed("project_gone", project_id=project_id)
    if progress.disconnected:
        raise ExportFailed("disconnected", project_id=project_id)
    if progress.linkless:
        raise ExportFailed("no_link", project_id=project_id)
    if progress.overdue:
        raise ExportFailed("timed_out", project_id=project_id, waited=progress.timeout_seconds)
