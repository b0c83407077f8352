"""Opens the form and changes it while it is open; for every listener that has a reason to."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts.accounts import Account
from bot.exports.history.last_used import Used
from bot.exports.models import ExportRequest, Origin
from bot.slack import form
from bot.slack.api.calls import LOST_ANSWERS, code_of
from bot.slack.deps import Deps
from bot.slack.form.modal import modal
from bot.slack.shortcuts.spoken import mentioned_users

logger = logging.getLogger(__name__)

# A trigger_id lives 3 s. What the form shows beforehand is worth a fraction of that, and is left out when late.
PATIENCE = 0.4
MOST_NAMES = 20
# Slack's words for a picture that it could not fetch (docs.slack.dev, errors of views.update).
_REFUSED = frozenset({"invalid_arguments", "invalid_blocks"})


@dataclass(frozen=True)
class Person:
    """What is known of the person that a new form is for; `names` has those of the people whom they mention."""

    account: Account
    locale: str
    last: Used | None
    names: Mapping[str, str]


async def look_up(client: AsyncWebClient, deps: Deps, context: AsyncBoltContext, text: str = "") -> Person:
    """What a new form needs to know, and who is mentioned in the text; what does not come in time is left out.

    Raises NoAccount.
    """
    account = deps.accounts.required_of(context.team_id or "")
    team_id, user_id = context.team_id or "", context.user_id or ""
    locale, last, names = await asyncio.gather(
        deps.people.locale(client, team_id, user_id, within=PATIENCE),
        _in_time(deps.exports.last_used(team_id, user_id)),
        _names(client, deps, team_id, mentioned_users(text)[:MOST_NAMES]),
    )
    return Person(account, locale, last, names)


async def open_new_form(
    client: AsyncWebClient,
    person: Person,
    trigger_id: str,
    *,
    words: str = "",
    channel_id: str | None = None,
    origin: Origin | None = None,
) -> None:
    """Opens the form with these words as the script, and what this person used last. Raises SlackApiError."""
    given = form.prefill(
        words,
        locale=person.locale,
        last_language=person.last.language if person.last else None,
        last_avatar=person.last.avatar if person.last and person.last.account_id == person.account.id else None,
        channel_id=channel_id,
        origin=origin,
    )
    await open_form(client, person.account, trigger_id, person.locale, given)


async def open_form(
    client: AsyncWebClient, account: Account, trigger_id: str, locale: str, given: form.Prefill
) -> None:
    """Opens the form with this content, and only then asks Slack for the avatar's picture. Raises SlackApiError."""
    around = form.Help(workspaces=account.workspaces.items, opening=True)
    opened = await client.views_open(trigger_id=trigger_id, view=modal(locale, given, around))
    if _picture(account, given):
        await change_form(client, account, opened["view"], locale, given)


def refilled_from(request: ExportRequest, account: Account) -> form.Prefill:
    """As the form was for this request; what only another AI Studios account has is left out."""
    given = form.prefill_from(request)
    return given if request.account_id == account.id else replace(given, avatar=None, workspace_id=None)


async def change_form(
    client: AsyncWebClient, account: Account, view: Mapping[str, Any], locale: str, given: form.Prefill
) -> bool:
    """Shows this content in the open form, with the picture if Slack can fetch it; gives whether it did.

    Slack keeps what was typed since. One that changed meanwhile, or was closed, is left as it is.
    """
    around = form.Help(picture=_picture(account, given), workspaces=account.workspaces.items)
    try:
        refused = await _updated(client, view, modal(locale, given, around))
        if refused in _REFUSED and around.picture:
            refused = await _updated(client, view, modal(locale, given, form.Help(workspaces=around.workspaces)))
    except LOST_ANSWERS as error:
        refused = type(error).__name__
    if refused:
        logger.info("a form was left as it is: %s", refused)
    return refused is None


async def _updated(client: AsyncWebClient, view: Mapping[str, Any], changed: dict[str, Any]) -> str | None:
    """Slack's word for why it does not, if it doesn't."""
    try:
        await client.views_update(view_id=view["id"], hash=view.get("hash"), view=changed)
    except SlackApiError as error:
        return code_of(error)
    return None


def _picture(account: Account, given: form.Prefill) -> str | None:
    model = account.avatars.find(given.avatar.id) if given.avatar else None
    return form.picture_address(model.thumbnail) if model else None


async def _names(client: AsyncWebClient, deps: Deps, team_id: str, user_ids: list[str]) -> Mapping[str, str]:
    profiles = await asyncio.gather(
        *(deps.people.profile(client, team_id, user_id, within=PATIENCE) for user_id in user_ids)
    )
    return {user_id: profile.name for user_id, profile in zip(user_ids, profiles, strict=True) if profile.name}


async def _in_time(lookup: Awaitable[Used | None]) -> Used | None:
    try:
        async with asyncio.timeout(PATIENCE):
            return await lookup
    except TimeoutError:
        return None
