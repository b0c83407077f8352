"""What Slack knows about people, remembered for an hour: no payload of the form's path carries their language."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.calls import LOST_ANSWERS

logger = logging.getLogger(__name__)

FRESH_SECONDS = 3600.0
MOST_REMEMBERED = 10_000
DEFAULT_LOCALE = "en-US"


@dataclass(frozen=True)
class Profile:
    """A person's locale, such as `ko-KR`, their name as others see it, and whether they run the workspace."""

    locale: str = DEFAULT_LOCALE
    name: str = ""
    is_admin: bool = False


class People:
    """Profiles by workspace and person. One question per person is under way at a time."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[Profile, float]] = {}
        self._asking: dict[tuple[str, str], asyncio.Task[Profile | None]] = {}
        self._now: set[asyncio.Task[Profile | None]] = set()

    async def locale(self, client: AsyncWebClient, team_id: str, user_id: str, *, within: float) -> str:
        """The person's locale, or English; see `profile`."""
        return (await self.profile(client, team_id, user_id, within=within)).locale

    async def profile(self, client: AsyncWebClient, team_id: str, user_id: str, *, within: float) -> Profile:
        """What Slack knows about a person. When it takes longer than `within` seconds: what was known before, or
        that of nobody in particular; the answer is remembered for the next time all the same."""
        key = (team_id, user_id)
        known, asked_at = self._known.get(key, (Profile(), float("-inf")))
        if time.monotonic() - asked_at < FRESH_SECONDS:
            return known
        asking = self._asking.get(key) or self._ask(client, key)
        done, _ = await asyncio.wait({asking}, timeout=within)
        return (asking.result() if done else None) or known

    async def profile_now(self, client: AsyncWebClient, team_id: str, user_id: str, *, within: float) -> Profile | None:
        """What Slack says at this moment; None when it doesn't in time. For what may not rest on an earlier answer."""
        asking = asyncio.create_task(self._fetch(client, (team_id, user_id)))
        self._now.add(asking)
        asking.add_done_callback(self._now.discard)
        done, _ = await asyncio.wait({asking}, timeout=within)
        return asking.result() if done else None

    def _ask(self, client: AsyncWebClient, key: tuple[str, str]) -> "asyncio.Task[Profile | None]":
        task = asyncio.create_task(self._fetch(client, key))
        self._asking[key] = task
        task.add_done_callback(lambda _: self._asking.pop(key, None))
        return task

    async def _fetch(self, client: AsyncWebClient, key: tuple[str, str]) -> Profile | None:
        try:
            answer = await client.users_info(user=key[1], include_locale=True)
        except (SlackApiError, *LOST_ANSWERS) as error:
            logger.info("a person's profile is not to be had: %s", type(error).__name__)
            return None
        profile = _read(answer.get("user") or {})
        while len(self._known) >= MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[key] = (profile, time.monotonic())
        return profile


def _read(user: Mapping[str, Any]) -> Profile:
    profile = user.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user.get("name") or ""
    # An owner is always an admin as well (docs.slack.dev/reference/objects/user-object).
    is_admin = any(user.get(flag) for flag in ("is_admin", "is_owner", "is_primary_owner"))
    return Profile(locale=str(user.get("locale") or DEFAULT_LOCALE), name=str(name), is_admin=is_admin)
