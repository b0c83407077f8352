"""The people of the user groups that an operator allows to make videos. Implements `exports.limits.AllowedRequesters`."""

import asyncio
import logging
import time
from collections.abc import Iterable

from slack_sdk.errors import SlackApiError

from bot.exports.models import Requester
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


class Usergroups:
    """Members by workspace and group, remembered for some minutes; what was known before is better than nothing."""

    def __init__(self, clients: Clients, group_ids: Iterable[str]) -> None:
        self._clients = clients
        self._group_ids = sorted(group_ids)
        self._known: dict[Group, tuple[frozenset[str], float]] = {}
        self._asking: dict[Group, asyncio.Task[None]] = {}

    async def include(self, requester: Requester) -> bool | None:
        groups = [(requester.team_id, group_id) for group_id in self._group_ids]
        await self._ask_where_stale(groups, requester)
        known = [self._known[group][0] for group in groups if group in self._known]
        if any(requester.user_id in members for members in known):
            return True
        return False if len(known) == len(groups) else None

    async def _ask_where_stale(self, groups: Iterable[Group], requester: Requester) -> None:
        asking = [self._asking.get(group) or self._ask(group, requester) for group in groups if self._is_stale(group)]
        if asking:
            await asyncio.wait(asking, timeout=PATIENCE)

    def _is_stale(self, group: Group) -> bool:
        _, asked_at = self._known.get(group, (None, float("-inf")))
        return time.monotonic() - asked_at > FRESH_SECONDS

    def _ask(self, group: Group, requester: Requester) -> "asyncio.Task[None]":
        task = asyncio.create_task(self._fetch(group, requester))
        self._asking[group] = task
        task.add_done_callback(lambda _: self._asking.pop(group, None))
        return task

    async def _fetch(self, group: Group, requester: Requester) -> None:
        client = self._clients.of(requester.team_id, requester.enterprise_id)
        try:
            answer = await client.usergroups_users_list(usergroup=group[1])
        except (SlackApiError, *LOST_ANSWERS) as error:
            why = code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            logger.warning("the members of the user group %s are not to be had: %s", group[1], why)
            if why == "no_such_subteam":
                self._remember(group, frozenset())
        else:
            self._remember(group, frozenset(answer.get("users") or []))

    def _remember(self, group: Group, members: frozenset[str]) -> None:
        while len(self._known) >= MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[group] = (members, time.monotonic())
