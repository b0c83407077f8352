"""Deletes and forgets a workspace's data when the app is removed from it or its token is revoked."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.slack.api.installations import Installations
from bot.slack.home.tabs import HomeTabs

logger = logging.getLogger(__name__)

Next = Callable[[], Awaitable[None]]


def register(
    app: AsyncApp, installations: Installations | None, home_tabs: HomeTabs, forget: Callable[[str], Awaitable[None]]
) -> None:
    """Registers the listeners. `forget` deletes the other data of a team or an organisation.

    Without `installations` the bot has one token, which the operator sets.
    """

    async def removed(body: Mapping[str, Any], context: AsyncBoltContext, next: Next) -> None:
        if not _is_about_the_bot(body["event"]):
            pass
        elif installations is None:
            logger.error("the app was removed from Slack: please install it again, and set its SLACK_BOT_TOKEN")
        elif await _remove(installations, body, context):
            home_tabs.drop(context.team_id or "")
            await forget((context.enterprise_id if _is_for_organisation(context) else context.team_id) or "")
        await next()

    # Bolt acknowledges an event before its listener runs. While a middleware runs it has not, so that what fails
    # there, such as a database that is away, Slack sends again.
    for event in ("app_uninstalled", "tokens_revoked"):
        app.event(event, middleware=[removed])(_acknowledged)


def _is_about_the_bot(event: Mapping[str, Any]) -> bool:
    """Whether the event revokes a bot token. People's tokens are listed separately, and the bot uses none.

    https://docs.slack.dev/reference/events/tokens_revoked
    """
    return event["type"] == "app_uninstalled" or bool((event.get("tokens") or {}).get("bot"))


def _is_for_organisation(context: AsyncBoltContext) -> bool:
    return bool(context.is_enterprise_install) or not (context.team_id or "").startswith("T")


async def _remove(installations: Installations, body: Mapping[str, Any], context: AsyncBoltContext) -> bool:
    # Events come late, and again: what was installed after this one happened, in whole seconds, stays.
    happened_before = float(body.get("event_time") or 0) + 1
    place = None if _is_for_organisation(context) else context.team_id
    return await installations.remove(context.enterprise_id, place, before=happened_before)


async def _acknowledged() -> None:
    """A listener that does nothing, because the middleware has done everything."""
