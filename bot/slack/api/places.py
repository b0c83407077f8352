"""Checks that the bot can post and upload in the chosen conversation, before credits are spent."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from cachetools import TTLCache
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import Requester
from bot.single_flight import Result, SingleFlight, StillRunning
from bot.slack.api.calls import LOST_ANSWERS, is_passing, refusal
from bot.slack.api.codes import NO_ACCESS

_USER_ID_PREFIXES = ("U", "W")
FRESH_SECONDS = 5.0
MOST_REMEMBERED = 2000
_ARCHIVED = frozenset({"is_archived", "is_inactive"})

# A team's id, a conversation's and the requester's.
Place = tuple[str, str, str]


class PlaceRefused(Exception):
    """The bot can't post or upload there. `problem` is a key of the catalogue, `code` Slack's error code."""

    def __init__(self, problem: str, code: str) -> None:
        super().__init__(code)
        self.problem = problem
        self.code = code


class Places:
    """Checks places. Results are cached for FRESH_SECONDS because the form and the export check the same place."""

    def __init__(self) -> None:
        self._entered = SingleFlight[Place, str](TTLCache[Place, Result[str]](MOST_REMEMBERED, FRESH_SECONDS))

    async def enter(
        self, client: AsyncWebClient, channel_id: str, requester: Requester, *, within: float | None = None
    ) -> str:
        """Checks that the bot can post and upload, and joins a public channel. Returns the conversation's id.

        Raises PlaceRefused; SlackApiError and aiohttp errors for temporary failures; StillRunning after `within`
        seconds.
        """
        place = (requester.team_id, channel_id, requester.user_id)
        enter = partial(_enter, client, channel_id, requester.user_id)
        return await self._entered.call(place, enter, within=within, fresh=FRESH_SECONDS)

    async def problem_with(
        self, client: AsyncWebClient, channel_id: str, requester: Requester, *, within: float
    ) -> PlaceRefused | None:
        """The reason why the bot can't work in a place; None when it can, or when Slack is slower than `within` s.

        The export checks the place again before credits are spent.
        """
        try:
            await self.enter(client, channel_id, requester, within=within)
        except PlaceRefused as refused:
            return refused
        except (StillRunning, SlackApiError, *LOST_ANSWERS):
            return None
        return None


async def _enter(client: AsyncWebClient, channel_id: str, user_id: str) -> str:
    """Joins a public channel, because files.completeUploadExternal needs membership even with chat:write.public."""
    try:
        if channel_id.startswith(_USER_ID_PREFIXES):
            return await _direct_messages(client, channel_id, user_id)
        answer = await client.conversations_info(channel=channel_id)
        channel: Mapping[str, Any] = answer["channel"]
        _check_open(channel)
        if _must_join(channel):
            await client.conversations_join(channel=channel_id)
    except SlackApiError as error:
        if is_passing(error):
            raise
        raise _refusal(refusal(error)) from error
    return str(channel.get("id") or channel_id)


async def _direct_messages(client: AsyncWebClient, chosen: str, user_id: str) -> str:
    """The conversation for a chosen person. Only the requester's own messages with the bot are open to it."""
    if chosen != user_id:
        raise PlaceRefused("problem.place_other_person", "channel_not_found")
    answer = await client.conversations_open(users=user_id)
    return str(answer["channel"]["id"])


def _check_open(channel: Mapping[str, Any]) -> None:
    if channel.get("is_archived"):
        raise PlaceRefused("problem.place_archived", "is_archived")
    if any(channel.get(flag) for flag in ("is_read_only", "is_thread_only", "is_non_threadable")):
        raise PlaceRefused("problem.place_read_only", "restricted_action")
    if channel.get("is_member") is False and not _must_join(channel) and not _is_direct(channel):
        raise PlaceRefused("problem.place_unreachable", "not_in_channel")


def _must_join(channel: Mapping[str, Any]) -> bool:
    public = channel.get("is_channel") and not channel.get("is_private") and not _is_direct(channel)
    return bool(public) and not channel.get("is_member")


def _is_direct(channel: Mapping[str, Any]) -> bool:
    return bool(channel.get("is_im") or channel.get("is_mpim"))


def _refusal(code: str) -> PlaceRefused:
    if code in NO_ACCESS:
        return PlaceRefused("problem.place_no_access", code)
    if code in _ARCHIVED:
        return PlaceRefused("problem.place_archived", code)
    if code.startswith("restricted_action"):
        return PlaceRefused("problem.place_read_only", code)
    return PlaceRefused("problem.place_unreachable", code)
