"""People's profiles, cached for an hour. The payloads that open the form don't contain a person's language."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cachetools import LRUCache
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.single_flight import Result, SingleFlight, StillRunning
from bot.slack.api.calls import LOST_ANSWERS

logger = logging.getLogger(__name__)

FRESH_SECONDS = 3600.0
MOST_REMEMBERED = 10_000
DEFAULT_LOCALE = "en-US"

# A team's id and a user's.
Person = tuple[str, str]


@dataclass(frozen=True)
class Profile:
    """A person's locale such as `ko-KR`, their display name, and whether they are an admin of the workspace."""

    locale: str = DEFAULT_LOCALE
    name: str = ""
    is_admin: bool = False


class _Unavailable(Exception):
    """Slack did not return the profile."""


class People:
    """Profiles by team id and user id."""

    def __init__(self) -> None:
        self._profiles = SingleFlight[Person, Profile](LRUCache[Person, Result[Profile]](MOST_REMEMBERED))

    async def locale(self, client: AsyncWebClient, team_id: str, user_id: str, *, within: float) -> str:
        """The person's locale, or DEFAULT_LOCALE when Slack doesn't answer within `within` seconds."""
        return (await self.profile(client, team_id, user_id, within=within)).locale

    async def profile(self, client: AsyncWebClient, team_id: str, user_id: str, *, within: float) -> Profile:
        """A person's profile, at most FRESH_SECONDS old.

        When Slack takes longer than `within` seconds, returns the last known profile or the default one. The answer
        that comes later is cached for the next call.
        """
        person = (team_id, user_id)
        fetch = partial(_fetch, client, user_id)
        try:
            return await self._profiles.call(person, fetch, within=within, fresh=FRESH_SECONDS)
        except (StillRunning, _Unavailable):
            return self._profiles.latest(person) or Profile()

    async def profile_now(self, client: AsyncWebClient, team_id: str, user_id: str, *, within: float) -> Profile | None:
        """A person's profile as Slack returns it now; None when Slack doesn't answer within `within` seconds.

        For decisions that must not use a cached answer.
        """
        fetch = partial(_fetch, client, user_id)
        try:
            return await self._profiles.call((team_id, user_id), fetch, within=within, anew=True)
        except (StillRunning, _Unavailable):
            return None


async def _fetch(client: AsyncWebClient, user_id: str) -> Profile:
    try:
        answer = await client.users_info(user=user_id, include_locale=True)
    except (SlackApiError, *LOST_ANSWERS) as error:
        logger.info("a person's profile could not be read: %s", type(error).__name__)
        raise _Unavailable from error
    return _read(answer.get("user") or {})


def _read(user: Mapping[str, Any]) -> Profile:
    profile = user.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user.get("name") or ""
    # An owner is always an admin as well (docs.slack.dev/reference/objects/user-object).
    is_admin = any(user.get(flag) for flag in ("is_admin", "is_owner", "is_primary_owner"))
    return Profile(locale=str(user.get("locale") or DEFAULT_LOCALE), name=str(name), is_admin=is_admin)
