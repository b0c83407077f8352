"""Shares an uploaded video exactly once, however often it is retried."""

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.ports import PlaceLost, UploadRefused
from bot.slack.api.calls import call_until_answered, code_of, refusal
from bot.slack.thread.earlier_messages import is_shared

# Slack's codes for a thread or a conversation that is no longer there for the bot (errors of
# docs.slack.dev/reference/methods/files.completeUploadExternal and chat.postMessage).
_PLACE_LOST = frozenset(
    {
        *("channel_not_found", "not_in_channel", "invalid_channel", "is_archived", "is_inactive"),
        *("posting_to_channel_denied", "thread_not_found", "message_not_found", "restricted_action"),
    }
)


async def share_in_thread(
    client: AsyncWebClient, file_id: str, title: str, comment: str, channel_id: str, thread_ts: str, *, again: bool
) -> None:
    """Shares the file in a new reply with this comment. Raises UploadRefused, PlaceLost."""
    try:
        await _complete(client, file_id, title, comment, channel_id, thread_ts, again=again)
    except SlackApiError as error:
        if code_of(error) in _PLACE_LOST:
            raise PlaceLost(code_of(error)) from error
        raise UploadRefused(refusal(error)) from error


async def share_directly(
    client: AsyncWebClient, file_id: str, title: str, comment: str, user_id: str, *, again: bool
) -> None:
    """Shares the file in the person's direct messages with the bot. Raises UploadRefused."""
    try:
        channel_id = await direct_messages(client, user_id)
        await _complete(client, file_id, title, comment, channel_id, None, again=again)
    except SlackApiError as error:
        raise UploadRefused(refusal(error)) from error


async def direct_messages(client: AsyncWebClient, user_id: str) -> str:
    """The id of the person's direct messages with the bot. Raises SlackApiError for a refusal."""
    opened = await call_until_answered(lambda: client.conversations_open(users=user_id))
    return str(opened["channel"]["id"])


async def _complete(
    client: AsyncWebClient,
    file_id: str,
    title: str,
    comment: str,
    channel_id: str,
    thread_ts: str | None,
    *,
    again: bool,
) -> None:
    async def complete() -> bool:
        await client.files_completeUploadExternal(
            files=[{"id": file_id, "title": title}],
            channel_id=channel_id,
            thread_ts=thread_ts,
            initial_comment=comment,
        )
        return True

    async def shared_already() -> bool | None:
        return await is_shared(client, channel_id, thread_ts, file_id)

    await call_until_answered(complete, already=shared_already, again=again)
