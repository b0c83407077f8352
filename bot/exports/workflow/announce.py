"""Announces a request: posts the root message, and the reply that is later edited."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.exports.models import Posted, Status
from bot.exports.states import Stage
from bot.exports.workflow.context import Run, Tools
from bot.exports.workflow.endings import ExportFailed
from bot.exports.workflow.inbox import until_database_answers


class Announcing:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def announce(self, run: Run, stage: Stage) -> Run:
        """Posts both messages; returns the run with their positions. Raises ExportFailed if the channel can't be
        written to.
        """
        thread, request = self._tools.thread, run.request
        status = self._tools.with_links(run, Status(stage=stage))

        async def enter(_: bool) -> str:
            # The service has inserted it already, unless the process died in between.
            await until_database_answers(lambda: self._tools.records.begin(run.export_id, request, stage))
            return await thread.enter(request)

        channel_id = await self._step("enter", enter)
        root_ts = await self._step(
            "announce", lambda again: thread.announce(run.workflow_id, request, channel_id, again=again)
        )

        async def reply(again: bool) -> str:
            ts = await thread.reply(run.workflow_id, request, channel_id, root_ts, status, again=again)
            place = Posted(channel_id=channel_id, root_ts=root_ts, reply_ts=ts)
            await until_database_answers(lambda: self._tools.records.place(run.export_id, place))
            return ts

        reply_ts = await self._step("reply", reply)
        return replace(run, posted=Posted(channel_id=channel_id, root_ts=root_ts, reply_ts=reply_ts))

    async def _step(self, name: str, act: Callable[[bool], Awaitable[str]]) -> str:
        return await self._tools.in_place(name, act, lost=lambda code: ExportFailed("place_lost", detail=code))
