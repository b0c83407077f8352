"""Members of the user groups that may make videos. Implements `exports.limits.AllowedRequesters`."""

import asyncio
import logging
from collections.abc import Iterable
from functools import partial

from cachetools import LRUCache
from slack_sdk.errors import SlackApiError

from bot.exports.models import Requester
from bot.single_flight import Result, SingleFlight, StillRunning
from bot.slack.api.calls import LOST_ANSWERS, code_of
from bot.slack.api.clients import Clients

logger = logging.getLogger(__name__)

# usergroups.users.list is Tier 2: 20 calls a minute (docs.slack.dev/reference/methods/usergroups.users.list).
FRESH_SECONDS = 180.0
# A submitted form has to be answered within 3 s, and this is a part of it.
PATIENCE = 0.6
MOST_REMEMBERED = 2000

# A team's id and a group's.
Group = tuple[str, str]
Members = frozenset[str]


class _Unavailable(Exception):
    """Slack did not return the members."""


class Usergroups:
    """Members by workspace and group, cached for FRESH_SECONDS; an older list is used until Slack answers."""

    def __init__(self, clients: Clients, group_ids: Iterable[str]) -> None:
        self._clients = clients
        self._group_ids = sorted(group_ids)
        self._members = SingleFlight[Group, Members](LRUCache[Group, Result[Members]](MOST_REMEMBERED))

    async def include(self, requester: Requester) -> bool | None:
        groups = [(requester.team_id, group_id) for group_id in self._group_ids]
        members = await asyncio.gather(*(self._members_of(group, requester) for group in groups))
        if any(requester.user_id in people for people in members if people is not None):
            return True
        return None if None in members else False

    async def _members_of(self, group: Group, requester: Requester) -> Members | None:
        """The members, from an older answer when Slack is late; None when no answer was ever received."""
        fetch = partial(self._fetch, group[1], requester)
        try:
            return await self._members.call(group, fetch, within=PATIENCE, fresh=FRESH_SECONDS)
        except (StillRunning, _Unavailable):
            return self._members.latest(group)

    async def _fetch(self, group_id: str, requester: Requester) -> Members:
        client = self._clients.of(requester.team_id, requester.enterprise_id)
        try:
            answer = await client.usergroups_users_list(usergroup=group_id)
        except (SlackApiError, *LOST_ANSWERS) as error:
            why = code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            logger.warning("the members of the user group %s could not be read: %s", group_id, why)
            if why == "no_such_subteam":
                return frozenset()
            raise _Unavailable from error
        return frozenset(answer.get("users") or [])
