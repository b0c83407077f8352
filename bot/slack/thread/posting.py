"""Posts each message of an export exactly once, however often it is retried."""

from dataclasses import asdict, dataclass
from typing import Literal

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.ports import PlaceLost
from bot.slack.api.calls import call_until_answered, refusal
from bot.slack.blocks import Message
from bot.slack.thread.earlier_messages import find_message, metadata_of


@dataclass(frozen=True)
class Mark:
    """Identifies a message of an export in its metadata, to find it again after a lost answer."""

    export_id: str
    part: Literal["root", "reply", "approval", "notification"]


async def post_once(
    client: AsyncWebClient, mark: Mark, message: Message, channel_id: str, thread_ts: str | None = None, *, again: bool
) -> str:
    """Posts the message and returns its ts; with `again` it first looks for the mark. Raises PlaceLost."""

    async def post() -> str:
        answer = await client.chat_postMessage(
            channel=channel_id,
            thread_ts=thread_ts,
            text=message.text,
            blocks=message.blocks,
            metadata=metadata_of(asdict(mark)),
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"])

    async def posted_already() -> str | None:
        return await find_message(client, channel_id, thread_ts, asdict(mark))

    try:
        return await call_until_answered(post, already=posted_already, again=again)
    except SlackApiError as error:
        raise PlaceLost(refusal(error)) from error
