"""Publishes Home tabs and refreshes them while people have them open."""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts.accounts import Accounts
from bot.exports.history.summaries import Summary
from bot.exports.service import ExportService
from bot.slack.api.calls import is_passing, retry_after
from bot.slack.api.people import People, Profile
from bot.slack.api.permalinks import Permalinks
from bot.slack.blocks import Block
from bot.slack.home.views import home
from bot.slack.listing import MOST_LISTED

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 3.0
LONGEST_PAUSE = 60.0
# Slack reports that the tab is opened, and never that it is left: after this long it is refreshed only while one of
# the person's videos is in flight, and in the end not even then.
OPEN_SECONDS = 5 * 60.0
LONGEST_REFRESHED = 3 * 3600.0
# Each refresh costs two queries; beyond this the tab that was opened the longest ago is no longer refreshed.
MOST_REFRESHED = 100
PATIENCE_FOR_LINKS = 1.5
PATIENCE_FOR_PROFILE = 2.0
# After a start a large workspace's month is added up first; the next refresh shows it.
PATIENCE_FOR_USAGE = 0.15

Person = tuple[str, str]


@dataclass
class _Tab:
    """The published view and the links in it by export id; a link is None where Slack returned none."""

    shown: Block | None = None
    links: dict[str, str | None] = field(default_factory=dict)


class HomeTabs:
    """Publishes people's Home tabs, and publishes them again when their content has changed.

    The content is read from the shared history, because any process may run the export.
    """

    def __init__(self, exports: ExportService, people: People, permalinks: Permalinks, accounts: Accounts) -> None:
        self._exports = exports
        self._people = people
        self._permalinks = permalinks
        self._accounts = accounts
        self._refreshing: dict[Person, asyncio.Task[None]] = {}

    def open(self, client: AsyncWebClient, team_id: str, user_id: str) -> None:
        """Publishes a person's tab and refreshes it from now on. Replaces an earlier refresh of that tab."""
        person = (team_id, user_id)
        if earlier := self._refreshing.pop(person, None):
            earlier.cancel()
        while len(self._refreshing) >= MOST_REFRESHED:
            self._refreshing.pop(next(iter(self._refreshing))).cancel()
        task = asyncio.create_task(self._keep_fresh(client, person))
        self._refreshing[person] = task
        task.add_done_callback(lambda ended: self._forget(person, ended))

    def drop(self, team_id: str) -> None:
        """Stops refreshing the tabs of this workspace."""
        for person in [person for person in self._refreshing if person[0] == team_id]:
            self._refreshing.pop(person).cancel()

    async def close(self) -> None:
        """Stops refreshing all tabs."""
        tasks = list(self._refreshing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, person: Person, ended: "asyncio.Task[None]") -> None:
        if self._refreshing.get(person) is ended:
            del self._refreshing[person]

    async def _keep_fresh(self, client: AsyncWebClient, person: Person) -> None:
        tab, opened_at, pause = _Tab(), time.monotonic(), REFRESH_SECONDS
        in_flight = True
        while time.monotonic() - opened_at < (LONGEST_REFRESHED if in_flight else OPEN_SECONDS):
            try:
                in_flight = await self._refresh(client, person, tab)
                pause = REFRESH_SECONDS
            except SlackApiError as error:
                if not is_passing(error):
                    logger.warning("a Home tab cannot be published: %s", error.response.get("error"))
                    return
                pause = max(min(pause * 2, LONGEST_PAUSE), retry_after(error) or 0)
            except Exception as error:  # noqa: BLE001 — database or network: the next refresh may find it working
                logger.warning("a Home tab could not be refreshed: %s", type(error).__name__)
                pause = min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _refresh(self, client: AsyncWebClient, person: Person, tab: _Tab) -> bool:
        """Publishes the tab if it has changed; returns whether a video in it is in flight."""
        team_id, user_id = person
        account = self._accounts.connection(team_id)
        profile, videos, used = await asyncio.gather(
            self._profile(client, person, anew=account is not None and tab.shown is None),
            self._exports.videos(team_id, user_id, MOST_LISTED + 1),
            self._exports.usage(team_id, within=PATIENCE_FOR_USAGE),
        )
        unasked = [video for video in videos[:MOST_LISTED] if video.posted and video.export_id not in tab.links]
        tab.links.update(await thread_links(self._permalinks, unasked))
        links = found(tab.links)
        view = home(profile.locale, videos, links, used, account, is_admin=profile.is_admin)
        if view != tab.shown:
            await client.views_publish(user_id=user_id, view=view)
            tab.shown = view
        return any(video.in_flight for video in videos)

    async def _profile(self, client: AsyncWebClient, person: Person, *, anew: bool) -> Profile:
        """The person's profile. With `anew` Slack is asked again, because a former admin must not see the account."""
        if anew and (profile := await self._people.profile_now(client, *person, within=PATIENCE_FOR_PROFILE)):
            return profile
        return await self._people.profile(client, *person, within=PATIENCE_FOR_PROFILE)


async def thread_links(permalinks: Permalinks, videos: Iterable[Summary]) -> dict[str, str | None]:
    """The links to the videos' threads by export id; None where Slack returns none or is too slow."""

    async def link_to(video: Summary) -> str | None:
        if video.posted is None:
            return None
        try:
            async with asyncio.timeout(PATIENCE_FOR_LINKS):
                return await permalinks.of(video.request.requester, video.posted.channel_id, video.posted.root_ts)
        except TimeoutError:
            return None

    asked = list(videos)
    links = await asyncio.gather(*(link_to(video) for video in asked))
    return {video.export_id: url for video, url in zip(asked, links, strict=True)}


def found(links: Mapping[str, str | None]) -> dict[str, str]:
    """The links that are not None."""
    return {export_id: url for export_id, url in links.items() if url}
