"""The thread in Slack: how an export shows itself to people. Implements `exports.ports.Thread`."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import (
    Decision,
    ExportRequest,
    Outcome,
    Posted,
    MessageReference,
    Stage,
    Status,
    Stop,
    ApprovalDecision,
)
from bot.exports.ports import PlaceLost, UploadInterrupted, UploadRefused, VideoStream
from bot.slack import ids
from bot.slack.api.calls import LOST_ANSWERS, code_of, is_passing, patiently, refusal, retry_after
from bot.slack.api.clients import Clients
from bot.slack.api.permalinks import Permalinks
from bot.slack.api.places import PlaceRefused, Places
from bot.slack.step import report as step_report
from bot.slack.thread import views

logger = logging.getLogger(__name__)

# A thin line is slow, not broken; slower than this over all (bytes per second), it is.
UPLOAD_SPEED = 25_000
UPLOAD_GRACE = 300.0
DEFAULT_PAUSE = 3.0
LOOK_BACK = 200
SHARE_LOOKS = 10
SHARE_PAUSE = 1.0
# Slack's words for a thread or a conversation that is no longer there for the bot (contract of
# files.completeUploadExternal and chat.postMessage).
_PLACE_LOST = frozenset(
    {
        *("channel_not_found", "not_in_channel", "invalid_channel", "is_archived", "is_inactive"),
        *("posting_to_channel_denied", "thread_not_found", "message_not_found", "restricted_action"),
    }
)


class SlackThread:
    """Posts in the requester's workspace; streams files over an aiohttp session that the caller owns."""

    def __init__(self, clients: Clients, http: aiohttp.ClientSession, places: Places) -> None:
        self._clients = clients
        self._http = http
        self._places = places
        self._permalinks = Permalinks(clients)
        # Slack counts the calls of each workspace for itself (docs.slack.dev/apis/web-api/rate-limits).
        self._edits_rest_until: defaultdict[str, float] = defaultdict(float)

    async def enter(self, request: ExportRequest) -> str:
        return await self._enter(request.options.channel_id, request)

    def _client(self, request: ExportRequest) -> AsyncWebClient:
        return self._clients.of(request.requester.team_id, request.requester.enterprise_id)

    async def _enter(self, channel_id: str, request: ExportRequest) -> str:
        client = self._client(request)
        try:
            return await patiently(lambda: self._places.enter(client, channel_id, request.requester))
        except PlaceRefused as refused:
            raise PlaceLost(refused.code) from refused

    async def announce(self, export_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        message = views.root(request, origin_url=await self._origin_url(request))
        return await self._post(export_id, request, "root", message, channel_id, again=again)

    async def reply(
        self, export_id: str, request: ExportRequest, channel_id: str, root_ts: str, status: Status, *, again: bool
    ) -> str:
        message = views.reply(request.requester, status)
        return await self._post(export_id, request, "reply", message, channel_id, root_ts, again=again)

    async def ask_approval(self, export_id: str, request: ExportRequest, channel_id: str, *, again: bool) -> str:
        message = views.approval(export_id, request)
        channel_id = await self._enter(channel_id, request)
        return await self._post(export_id, request, "approval", message, channel_id, again=again)

    async def close_approval(
        self, request: ExportRequest, posted: Posted, question: MessageReference, word: ApprovalDecision | Stop | None
    ) -> None:
        await self._edit_surely(request, question.channel_id, question.ts, views.approval_closed(request, word))
        if isinstance(word, ApprovalDecision) and word.approved:
            approved = request.model_copy(update={"approved_by": word.user_id})
            await self.conclude(approved, posted, Status(stage="sending"))

    async def show(self, request: ExportRequest, posted: Posted, status: Status) -> bool:
        """One try; while Slack asks for a rest, progress is not worth a call: the next edit says more."""
        client, team_id = self._client(request), request.requester.team_id
        if time.monotonic() < self._edits_rest_until[team_id]:
            return False
        try:
            await _edit(client, posted.channel_id, posted.reply_ts, views.reply(request.requester, status))
        except SlackApiError as error:
            self._edits_rest_until[team_id] = time.monotonic() + (retry_after(error) or 0)
            logger.info("progress was not shown: %s", code_of(error))
            return not is_passing(error)
        except LOST_ANSWERS as error:
            self._edits_rest_until[team_id] = time.monotonic() + DEFAULT_PAUSE
            logger.info("progress was not shown: %s", type(error).__name__)
            return False
        return True

    async def conclude(self, request: ExportRequest, posted: Posted, status: Status) -> None:
        reply = views.reply(request.requester, status)
        root = views.root(request, status, await self._origin_url(request))
        for ts, message in ((posted.reply_ts, reply), (posted.root_ts, root)):
            await self._edit_surely(request, posted.channel_id, ts, message)

    async def close_question(
        self, request: ExportRequest, posted: Posted, question: MessageReference | None, decision: Decision
    ) -> None:
        if question:
            message = views.answer(request.requester, decision)
            await self._edit_surely(request, question.channel_id, question.ts, message)
        stage: Stage = "left" if decision == "leave_it" else "sending"
        await self.conclude(request, posted, Status(stage=stage))

    async def upload(self, request: ExportRequest, video: VideoStream) -> str:
        title = views.file_title(request.options.script)
        try:
            answer = await self._client(request).files_getUploadURLExternal(
                filename=views.file_name(title), length=video.length, alt_txt=title
            )
            await self._send(str(answer["upload_url"]), video)
        except SlackApiError as error:
            if is_passing(error):
                raise UploadInterrupted(code_of(error), rest=retry_after(error) or 0) from error
            raise UploadRefused(refusal(error)) from error
        except LOST_ANSWERS as error:
            raise UploadInterrupted(type(error).__name__) from error
        return str(answer["file_id"])

    async def share(self, request: ExportRequest, posted: Posted, file_id: str, status: Status, *, again: bool) -> None:
        comment = views.notification(request.requester, status).text
        try:
            await self._complete(request, file_id, comment, posted.channel_id, posted.root_ts, again=again)
        except SlackApiError as error:
            if code_of(error) in _PLACE_LOST:
                raise PlaceLost(code_of(error)) from error
            raise UploadRefused(refusal(error)) from error

    async def share_directly(self, request: ExportRequest, file_id: str, *, again: bool) -> None:
        comment = views.shared_directly(request).text
        try:
            channel_id = await self._direct_messages(request)
            await self._complete(request, file_id, comment, channel_id, None, again=again)
        except SlackApiError as error:
            raise UploadRefused(refusal(error)) from error

    async def _complete(
        self, request: ExportRequest, file_id: str, comment: str, channel_id: str, thread_ts: str | None, *, again: bool
    ) -> None:
        client, title = self._client(request), views.file_title(request.options.script)

        async def complete() -> bool:
            await client.files_completeUploadExternal(
                files=[{"id": file_id, "title": title}],
                channel_id=channel_id,
                thread_ts=thread_ts,
                initial_comment=comment,
            )
            return True

        await patiently(complete, already=lambda: _is_shared(client, channel_id, thread_ts, file_id), again=again)

    async def _direct_messages(self, request: ExportRequest) -> str:
        client = self._client(request)
        opened = await patiently(lambda: client.conversations_open(users=request.requester.user_id))
        return str(opened["channel"]["id"])

    async def notify(
        self, export_id: str, request: ExportRequest, posted: Posted | None, status: Status, *, again: bool
    ) -> None:
        if posted is None:
            await self._notify_directly(export_id, request, status, again=again)
            return
        asking = status.stage == "question"
        message = views.question(request.requester, export_id) if asking else views.notification(request.requester, status)
        try:
            await self._post(export_id, request, "told", message, posted.channel_id, posted.root_ts, again=again)
        except PlaceLost:
            await self._notify_directly(export_id, request, status, again=again)

    async def report(self, request: ExportRequest, outcome: Outcome) -> None:
        await step_report.report(self._client(request), request, outcome)

    async def _origin_url(self, request: ExportRequest) -> str | None:
        origin = request.origin
        return await self._permalinks.of(request.requester, origin.channel_id, origin.ts) if origin else None

    async def _notify_directly(self, export_id: str, request: ExportRequest, status: Status, *, again: bool) -> None:
        asking = status.stage == "question"
        message = views.question(request.requester, export_id) if asking else views.direct_notification(request, status)
        try:
            channel_id = await self._direct_messages(request)
            await self._post(export_id, request, "told", message, channel_id, again=again)
        except (SlackApiError, PlaceLost) as error:
            logger.error("export %s: the person cannot be told, not even directly: %s", export_id, error)

    async def _post(
        self,
        export_id: str,
        request: ExportRequest,
        part: str,
        message: views.Message,
        channel_id: str,
        thread_ts: str | None = None,
        *,
        again: bool,
    ) -> str:
        """Posts once, however often it is tried; gives the message's ts."""
        client, mark = self._client(request), {"export_id": export_id, "part": part}

        async def post() -> str:
            answer = await client.chat_postMessage(
                channel=channel_id,
                thread_ts=thread_ts,
                text=message.text,
                blocks=message.blocks,
                metadata={"event_type": ids.EXPORT_METADATA, "event_payload": mark},
                unfurl_links=False,
                unfurl_media=False,
            )
            return str(answer["ts"])

        try:
            return await patiently(post, already=lambda: _find(client, channel_id, thread_ts, mark), again=again)
        except SlackApiError as error:
            raise PlaceLost(refusal(error)) from error

    async def _edit_surely(self, request: ExportRequest, channel_id: str, ts: str, message: views.Message) -> None:
        """The last state always lands, unless the message or the place is gone."""
        client = self._client(request)
        try:
            await patiently(lambda: _edit(client, channel_id, ts, message))
        except SlackApiError as error:
            logger.warning("the outcome was not shown in an edit: %s", refusal(error))

    async def _send(self, upload_url: str, video: VideoStream) -> None:
        # A known length keeps aiohttp from chunked transfer, which Slack does not document.
        headers = {"Content-Length": str(video.length), "Content-Type": "application/octet-stream"}
        # aiohttp has no timeout of its own for a server that stops to take what is sent.
        whole = UPLOAD_GRACE + video.length / UPLOAD_SPEED
        timeout = aiohttp.ClientTimeout(total=whole, sock_connect=10, sock_read=UPLOAD_GRACE)
        async with self._http.post(upload_url, data=video.chunks(), headers=headers, timeout=timeout) as response:
            if response.status >= 500 or response.status in (408, 429):
                raise UploadInterrupted(f"http_{response.status}")
            if response.status != 200:
                raise UploadRefused(f"http_{response.status}")


async def _edit(client: AsyncWebClient, channel_id: str, ts: str, message: views.Message) -> bool:
    await client.chat_update(channel=channel_id, ts=ts, text=message.text, blocks=message.blocks)
    return True


async def _find(client: AsyncWebClient, channel_id: str, thread_ts: str | None, mark: Mapping[str, str]) -> str | None:
    """The ts of a message that bears our mark."""
    messages = await _recent(client, channel_id, thread_ts)
    return next((str(message["ts"]) for message in messages if _mark_of(message) == mark), None)


async def _recent(client: AsyncWebClient, channel_id: str, thread_ts: str | None) -> Sequence[Mapping[str, Any]]:
    """The last messages of a thread or a conversation; none when Slack does not let us look, without the scope."""
    try:
        if thread_ts is None:
            answer = await client.conversations_history(channel=channel_id, limit=LOOK_BACK, include_all_metadata=True)
        else:
            answer = await client.conversations_replies(
                channel=channel_id, ts=thread_ts, limit=LOOK_BACK, include_all_metadata=True
            )
    except SlackApiError as error:
        if is_passing(error):
            raise
        logger.warning("cannot look for an earlier message: %s", code_of(error))
        return []
    messages: Sequence[Mapping[str, Any]] = answer["messages"]
    return messages


async def _is_shared(client: AsyncWebClient, channel_id: str, thread_ts: str | None, file_id: str) -> bool | None:
    """True once the file is shown in its place; None when it is not.

    Completion is asynchronous: a file that Slack knows may be about to appear, so it gets some time. Either proof
    may be missing: messages without the scope for them, and `shares` while Slack processes the file.
    """
    for _ in range(SHARE_LOOKS):
        if await _shows(client, channel_id, thread_ts, file_id):
            return True
        file = await _known(client, file_id)
        if file is None:
            return None
        if _is_shared_in(channel_id, file):
            return True
        await asyncio.sleep(SHARE_PAUSE)
    return None


async def _shows(client: AsyncWebClient, channel_id: str, thread_ts: str | None, file_id: str) -> bool:
    messages = await _recent(client, channel_id, thread_ts)
    return any(file.get("id") == file_id for message in messages for file in message.get("files") or [])


async def _known(client: AsyncWebClient, file_id: str) -> Mapping[str, Any] | None:
    """What Slack knows of a file; None until its upload is completed."""
    try:
        answer = await client.files_info(file=file_id)
    except SlackApiError as error:
        if is_passing(error):
            raise
        return None
    file: Mapping[str, Any] = answer["file"]
    return file


def _is_shared_in(channel_id: str, file: Mapping[str, Any]) -> bool:
    """docs.slack.dev/reference/objects/file-object: `shares` names the conversations by their kind."""
    shares: Mapping[str, Mapping[str, Any]] = file.get("shares") or {}
    return any(channel_id in conversations for conversations in shares.values())


def _mark_of(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    metadata = message.get("metadata") or {}
    return metadata.get("event_payload") if metadata.get("event_type") == ids.EXPORT_METADATA else None
