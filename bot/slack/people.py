"""People's languages, remembered for an hour: no payload of the form's path carries them."""

import asyncio
import logging
import time

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import LOST_ANSWERS

logger = logging.getLogger(__name__)

FRESH_SECONDS = 3600.0
MOST_REMEMBERED = 10_000
DEFAULT_LOCALE = "en-US"


class People:
    """Locales by workspace and person. One question per person is under way at a time."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[str, float]] = {}
        self._asking: dict[tuple[str, str], asyncio.Task[str | None]] = {}

    async def locale(self, client: AsyncWebClient, team_id: str, user_id: str, *, within: float) -> str:
        """The person's locale, such as `ko-KR`. When Slack takes longer than `within` seconds: what was known
        before, or English; the answer is remembered for the next time all the same."""
        key = (team_id, user_id)
        known, asked_at = self._known.get(key, (DEFAULT_LOCALE, float("-inf")))
        if time.monotonic() - asked_at < FRESH_SECONDS:
            return known
        asking = self._asking.get(key) or self._ask(client, key)
        done, _ = await asyncio.wait({asking}, timeout=within)
        return (asking.result() if done else None) or known

    def _ask(self, client: AsyncWebClient, key: tuple[str, str]) -> "asyncio.Task[str | None]":
        task = asyncio.create_task(self._fetch(client, key))
        self._asking[key] = task
        task.add_done_callback(lambda _: self._asking.pop(key, None))
        return task

    async def _fetch(self, client: AsyncWebClient, key: tuple[str, str]) -> str | None:
        try:
            answer = await client.users_info(user=key[1], include_locale=True)
        except (SlackApiError, *LOST_ANSWERS) as error:
            logger.info("a person's locale is not to be had: %s", type(error).__name__)
            return None
        locale = str((answer.get("user") or {}).get("locale") or DEFAULT_LOCALE)
        while len(self._known) >= MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[key] = (locale, time.monotonic())
        return locale
