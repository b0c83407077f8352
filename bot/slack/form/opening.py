"""Opens the form and updates the open form, for every listener that does so."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts.accounts import Account
from bot.exports.history.last_used import LastOptions
from bot.exports.models import ExportRequest, Origin, RequestOptions
from bot.slack.api.calls import LOST_ANSWERS, code_of
from bot.slack.deps import Deps
from bot.slack.form.fields.picture import picture_address
from bot.slack.form.prefill import for_another_account, form_of, new_form
from bot.slack.form.state import FormContext, FormState
from bot.slack.form.view import form_view

logger = logging.getLogger(__name__)

# A trigger_id lives 3 s. What the form shows beforehand is worth a fraction of that, and is left out when late.
PATIENCE = 0.4
MOST_NAMES = 20
# Slack's codes for a picture that it could not fetch (docs.slack.dev, errors of views.update).
_REFUSED = frozenset({"invalid_arguments", "invalid_blocks"})


@dataclass(frozen=True)
class Person:
    """The data about a person that a new form needs. `names` are the names of mentioned users by user id."""

    account: Account
    locale: str
    last: LastOptions | None
    names: Mapping[str, str]

    def last_options(self) -> RequestOptions | None:
        """The options that the person used last; None without any. Options of another account are left out."""
        if self.last is None:
            return None
        options = self.last.options
        return options if self.last.account_id == self.account.id else for_another_account(options)


async def look_up(
    client: AsyncWebClient, deps: Deps, context: AsyncBoltContext, mentioned: Sequence[str] = ()
) -> Person:
    """Looks up what a new form needs, with the names of the mentioned users; late answers are left out.

    Raises NoAccount.
    """
    account = deps.accounts.required_of(context.team_id or "")
    team_id, user_id = context.team_id or "", context.user_id or ""
    locale, last, names = await asyncio.gather(
        deps.people.locale(client, team_id, user_id, within=PATIENCE),
        _in_time(deps.exports.last_options(team_id, user_id)),
        _names(client, deps, team_id, mentioned[:MOST_NAMES]),
    )
    return Person(account, locale, last, names)


async def open_new_form(
    client: AsyncWebClient,
    person: Person,
    trigger_id: str,
    *,
    words: str = "",
    channel_id: str = "",
    origin: Origin | None = None,
) -> None:
    """Opens the form with these words as the script and the person's last options. Raises SlackApiError."""
    state = new_form(words, locale=person.locale, last=person.last_options(), channel_id=channel_id, origin=origin)
    await open_form(client, person.account, trigger_id, person.locale, state)


async def open_form(client: AsyncWebClient, account: Account, trigger_id: str, locale: str, state: FormState) -> None:
    """Opens the form in this state, then adds the avatar's picture in an update. Raises SlackApiError."""
    context = FormContext(locale, workspaces=account.workspaces.items, opening=True)
    opened = await client.views_open(trigger_id=trigger_id, view=form_view(state, context))
    if _picture(account, state):
        await change_form(client, account, opened["view"], locale, state)


def refilled_from(request: ExportRequest, account: Account) -> FormState:
    """The form's state for this request; options that belong to another AI Studios account are left out."""
    state = form_of(request)
    return state if request.account_id == account.id else replace(state, options=for_another_account(state.options))


async def change_form(
    client: AsyncWebClient, account: Account, view: Mapping[str, Any], locale: str, state: FormState
) -> bool:
    """Updates the open form to this state, with the picture if Slack can fetch it. Returns whether it was updated.

    Slack keeps text typed meanwhile. A form that was updated meanwhile, or closed, is not changed.
    """
    context = FormContext(locale, picture=_picture(account, state), workspaces=account.workspaces.items)
    try:
        refused = await _update(client, view, form_view(state, context))
        if refused in _REFUSED and context.picture:
            refused = await _update(client, view, form_view(state, replace(context, picture=None)))
    except LOST_ANSWERS as error:
        refused = type(error).__name__
    if refused:
        logger.info("a form was left as it is: %s", refused)
    return refused is None


async def _update(client: AsyncWebClient, view: Mapping[str, Any], changed: dict[str, Any]) -> str | None:
    """Updates the view; returns Slack's error code when Slack refuses, None when the view is updated."""
    try:
        await client.views_update(view_id=view["id"], hash=view.get("hash"), view=changed)
    except SlackApiError as error:
        return code_of(error)
    return None


def _picture(account: Account, state: FormState) -> str | None:
    avatar = account.avatars.find(state.options.avatar.id)
    return picture_address(avatar.thumbnail) if avatar else None


async def _names(client: AsyncWebClient, deps: Deps, team_id: str, user_ids: Sequence[str]) -> Mapping[str, str]:
    profiles = await asyncio.gather(
        *(deps.people.profile(client, team_id, user_id, within=PATIENCE) for user_id in user_ids)
    )
    return {user_id: profile.name for user_id, profile in zip(user_ids, profiles, strict=True) if profile.name}


async def _in_time(lookup: Awaitable[LastOptions | None]) -> LastOptions | None:
    try:
        async with asyncio.timeout(PATIENCE):
            return await lookup
    except TimeoutError:
        return None
