"""The people of the user groups that an operator allows to make videos. Implements `exports.limits.Makers`."""

import asyncio
import logging
import time
from collections.abc import Iterable

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import LOST_ANSWERS, code_of

logger = logging.getLogger(__name__)

# usergroups.users.list is Tier 2: 20 calls a minute (docs.slack.dev/reference/methods/usergroups.users.list).
FRESH_SECONDS = 180.0
# A submitted form has to be answered within 3 s, and this is a part of it.
PATIENCE = 0.6


class Usergroups:
    """Members by group, remembered for some minutes; what was known before is better than nothing."""

    def __init__(self, client: AsyncWebClient, group_ids: Iterable[str]) -> None:
        self._client = client
        self._group_ids = sorted(group_ids)
        self._known: dict[str, tuple[frozenset[str], float]] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def include(self, user_id: str) -> bool | None:
        await self._ask_where_stale()
        if any(user_id in members for members, _ in self._known.values()):
            return True
        return False if len(self._known) == len(self._group_ids) else None

    async def _ask_where_stale(self) -> None:
        asking = [self._asking.get(group) or self._ask(group) for group in self._group_ids if self._is_stale(group)]
        if asking:
            await asyncio.wait(asking, timeout=PATIENCE)

    def _is_stale(self, group_id: str) -> bool:
        _, asked_at = self._known.get(group_id, (None, float("-inf")))
        return time.monotonic() - asked_at > FRESH_SECONDS

    def _ask(self, group_id: str) -> "asyncio.Task[None]":
        task = asyncio.create_task(self._fetch(group_id))
        self._asking[group_id] = task
        task.add_done_callback(lambda _: self._asking.pop(group_id, None))
        return task

    async def _fetch(self, group_id: str) -> None:
        try:
            answer = await self._client.usergroups_users_list(usergroup=group_id)
        except (SlackApiError, *LOST_ANSWERS) as error:
            why = code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            logger.warning("the members of the user group %s are not to be had: %s", group_id, why)
            if why == "no_such_subteam":
                self._remember(group_id, frozenset())
        else:
            self._remember(group_id, frozenset(answer.get("users") or []))

    def _remember(self, group_id: str, members: frozenset[str]) -> None:
        self._known[group_id] = (members, time.monotonic())
