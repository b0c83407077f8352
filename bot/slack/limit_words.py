"""Explains a reached limit: what is allowed, and who can change it."""

import asyncio
from collections.abc import Mapping

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.limits import LimitReason, OverLimit
from bot.i18n import t
from bot.slack import ids
from bot.slack.api.calls import LOST_ANSWERS

# The words stand beside a field, where Slack shows no links to channels: they are named, a few of them.
MOST_NAMED = 5
PATIENCE_FOR_NAMES = 0.4

# The form's field that a limit is about.
FIELDS: Mapping[LimitReason, str] = {
    "channel": ids.PLACE,
    "usergroup": ids.SCRIPT,
    "unsure": ids.SCRIPT,
    "daily": ids.SCRIPT,
    "monthly": ids.SCRIPT,
}


async def words_for_limit(client: AsyncWebClient, locale: str, over: OverLimit) -> str:
    """The limit as a sentence for the person, without markup."""
    channels = await _names(client, sorted(over.channels)) if over.channels else ""
    return t(locale, f"limit.{over.reason}", channels=channels, limit=over.limit, help=t(locale, "limit_help.who"))


async def _names(client: AsyncWebClient, channel_ids: list[str]) -> str:
    named = await asyncio.gather(*(_name(client, channel_id) for channel_id in channel_ids[:MOST_NAMED]))
    return ", ".join([*named, "…"] if len(channel_ids) > MOST_NAMED else named)


async def _name(client: AsyncWebClient, channel_id: str) -> str:
    """A channel's name; its id when Slack does not return the name in time."""
    try:
        async with asyncio.timeout(PATIENCE_FOR_NAMES):
            answer = await client.conversations_info(channel=channel_id)
    except (SlackApiError, *LOST_ANSWERS):
        return channel_id
    return f"#{answer['channel'].get('name') or channel_id}"
