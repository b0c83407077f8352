"""Shows an export in Slack. Implements `exports.ports.Thread`."""

import logging

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import (
    ApprovalDecision,
    ExportRequest,
    MessageReference,
    Outcome,
    Posted,
    Status,
    Stop,
)
from bot.exports.ports import PlaceLost, VideoStream
from bot.exports.states import Decision, Stage
from bot.slack.api.calls import call_until_answered
from bot.slack.api.clients import Clients
from bot.slack.api.permalinks import Permalinks
from bot.slack.api.places import PlaceRefused, Places
from bot.slack.approval.messages import approval_request, closed_approval
from bot.slack.step import report as step_report
from bot.slack.thread import sharing
from bot.slack.thread.announcement import announcement
from bot.slack.thread.edits import ProgressEdits, edit_until_taken
from bot.slack.thread.notification import (
    answered_question,
    direct_notification,
    notification,
    question,
    shared_directly,
)
from bot.slack.thread.posting import Mark, post_once
from bot.slack.thread.reply import reply
from bot.slack.thread.uploading import upload_video
from bot.slack.titles import video_title

logger = logging.getLogger(__name__)


class SlackThread:
    """Posts in the requester's workspace; streams files over an aiohttp session that the caller owns."""

    def __init__(self, clients: Clients, http: aiohttp.ClientSession, places: Places, permalinks: Permalinks) -> None:
        self._clients = clients
        self._http = http
        self._places = places
        self._permalinks = permalinks
        self._progress_edits = ProgressEdits()

    async def enter(self, request: ExportRequest) -> str:
        return await self._enter(request.options.channel_id, request)

    async def announce(self, workflow_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        message = announcement(request, origin_url=await self._origin_url(request))
        return await post_once(self._client(request), Mark(workflow_id, "root"), message, channel_id, again=again)

    async def reply(
        self, workflow_id: str, request: ExportRequest, channel_id: str, root_ts: str, status: Status, *, again: bool
    ) -> str:
        client, message = self._client(request), reply(request.requester, status)
        return await post_once(client, Mark(workflow_id, "reply"), message, channel_id, root_ts, again=again)

    async def ask_approval(self, export_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        message = approval_request(export_id, request)
        channel_id = await self._enter(channel_id, request)
        return await post_once(self._client(request), Mark(export_id, "approval"), message, channel_id, again=again)

    async def close_approval(
        self,
        request: ExportRequest,
        posted: Posted,
        message: MessageReference,
        decision: ApprovalDecision | Stop | None,
    ) -> None:
        await edit_until_taken(self._client(request), message, closed_approval(request, decision))
        if isinstance(decision, ApprovalDecision) and decision.approved:
            approved = request.model_copy(update={"approved_by": decision.user_id})
            await self.conclude(approved, posted, Status(stage="sending"))

    async def show(self, request: ExportRequest, posted: Posted, status: Status) -> bool:
        client, message = self._client(request), reply(request.requester, status)
        return await self._progress_edits.edit(client, request.requester.team_id, _reply_of(posted), message)

    async def conclude(self, request: ExportRequest, posted: Posted, status: Status) -> None:
        client, origin_url = self._client(request), await self._origin_url(request)
        await edit_until_taken(client, _reply_of(posted), reply(request.requester, status))
        await edit_until_taken(client, _root_of(posted), announcement(request, status, origin_url))

    async def close_question(
        self, request: ExportRequest, posted: Posted, question: MessageReference | None, decision: Decision
    ) -> None:
        if question:
            answered = answered_question(request.requester, decision)
            await edit_until_taken(self._client(request), question, answered)
        stage: Stage = "left" if decision == "leave_it" else "sending"
        await self.conclude(request, posted, Status(stage=stage))

    async def upload(self, request: ExportRequest, video: VideoStream) -> str:
        return await upload_video(self._client(request), self._http, video_title(request.options.script), video)

    async def share(self, request: ExportRequest, posted: Posted, file_id: str, status: Status, *, again: bool) -> None:
        title, comment = video_title(request.options.script), notification(request.requester, status).text
        await sharing.share_in_thread(
            self._client(request), file_id, title, comment, posted.channel_id, posted.root_ts, again=again
        )

    async def share_directly(self, request: ExportRequest, file_id: str, *, again: bool) -> None:
        title, comment = video_title(request.options.script), shared_directly(request).text
        await sharing.share_directly(
            self._client(request), file_id, title, comment, request.requester.user_id, again=again
        )

    async def report(self, request: ExportRequest, outcome: Outcome) -> None:
        await step_report.report(self._client(request), request, outcome)

    async def notify(
        self, export_id: str, request: ExportRequest, posted: Posted | None, status: Status, *, again: bool
    ) -> None:
        if posted is None:
            await self._notify_directly(export_id, request, status, again=again)
            return
        client, mark = self._client(request), Mark(export_id, "notification")
        asks = status.stage == "question"
        message = question(request.requester, export_id) if asks else notification(request.requester, status)
        try:
            await post_once(client, mark, message, posted.channel_id, posted.root_ts, again=again)
        except PlaceLost:
            await self._notify_directly(export_id, request, status, again=again)

    async def _notify_directly(self, export_id: str, request: ExportRequest, status: Status, *, again: bool) -> None:
        client, mark = self._client(request), Mark(export_id, "notification")
        asks = status.stage == "question"
        message = question(request.requester, export_id) if asks else direct_notification(request, status)
        try:
            channel_id = await sharing.direct_messages(client, request.requester.user_id)
            await post_once(client, mark, message, channel_id, again=again)
        except (SlackApiError, PlaceLost) as error:
            logger.error("export %s: the person could not be notified, even directly: %s", export_id, error)

    async def _enter(self, channel_id: str, request: ExportRequest) -> str:
        client = self._client(request)
        try:
            return await call_until_answered(lambda: self._places.enter(client, channel_id, request.requester))
        except PlaceRefused as refused:
            raise PlaceLost(refused.code) from refused

    async def _origin_url(self, request: ExportRequest) -> str | None:
        origin = request.origin
        return await self._permalinks.of(request.requester, origin.channel_id, origin.ts) if origin else None

    def _client(self, request: ExportRequest) -> AsyncWebClient:
        return self._clients.of(request.requester.team_id, request.requester.enterprise_id)


def _reply_of(posted: Posted) -> MessageReference:
    return MessageReference(channel_id=posted.channel_id, ts=posted.reply_ts)


def _root_of(posted: Posted) -> MessageReference:
    return MessageReference(channel_id=posted.channel_id, ts=posted.root_ts)
