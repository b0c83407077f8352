"""Looks for the results of earlier calls in Slack: a message with a mark, or a file that is already shared."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import ids
from bot.slack.api.calls import code_of, is_passing

logger = logging.getLogger(__name__)

LOOK_BACK = 200
SHARE_LOOKS = 10
SHARE_PAUSE = 1.0


def metadata_of(mark: Mapping[str, str]) -> dict[str, Any]:
    """A mark as message metadata, which people don't see (docs.slack.dev/messaging/message-metadata)."""
    return {"event_type": ids.EXPORT_METADATA, "event_payload": mark}


async def find_message(
    client: AsyncWebClient, channel_id: str, thread_ts: str | None, mark: Mapping[str, str]
) -> str | None:
    """The ts of the message with this mark; None without one. Raises SlackApiError while Slack does not answer."""
    messages = await _recent(client, channel_id, thread_ts)
    return next((str(message["ts"]) for message in messages if _mark_of(message) == mark), None)


async def is_shared(client: AsyncWebClient, channel_id: str, thread_ts: str | None, file_id: str) -> bool | None:
    """True once the file is shown in the conversation; None when it is not.

    Slack completes uploads asynchronously, therefore a file that Slack knows is looked for repeatedly. Messages or the
    file's `shares` prove it: messages can't be read without a scope, and `shares` is empty while Slack processes the
    file.
    """
    for _ in range(SHARE_LOOKS):
        if await _has_file(client, channel_id, thread_ts, file_id):
            return True
        file = await _completed_file(client, file_id)
        if file is None:
            return None
        if _is_shared_in(channel_id, file):
            return True
        await asyncio.sleep(SHARE_PAUSE)
    return None


async def _recent(client: AsyncWebClient, channel_id: str, thread_ts: str | None) -> Sequence[Mapping[str, Any]]:
    """The latest messages of a thread or a conversation; empty when the bot lacks the scope to read them."""
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


async def _has_file(client: AsyncWebClient, channel_id: str, thread_ts: str | None, file_id: str) -> bool:
    messages = await _recent(client, channel_id, thread_ts)
    return any(file.get("id") == file_id for message in messages for file in message.get("files") or [])


async def _completed_file(client: AsyncWebClient, file_id: str) -> Mapping[str, Any] | None:
    """Slack's file object; None until its upload is completed."""
    try:
        answer = await client.files_info(file=file_id)
    except SlackApiError as error:
        if is_passing(error):
            raise
        return None
    file: Mapping[str, Any] = answer["file"]
    return file


def _is_shared_in(channel_id: str, file: Mapping[str, Any]) -> bool:
    """Whether `shares` names the conversation (docs.slack.dev/reference/objects/file-object)."""
    shares: Mapping[str, Mapping[str, Any]] = file.get("shares") or {}
    return any(channel_id in conversations for conversations in shares.values())


def _mark_of(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    metadata = message.get("metadata") or {}
    return metadata.get("event_payload") if metadata.get("event_type") == ids.EXPORT_METADATA else None
