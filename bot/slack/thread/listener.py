"""Handles the buttons below the messages of an export. The first press decides; only authorised people may press."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.limits import OverLimit
from bot.exports.models import MessageReference
from bot.exports.ports import NoAccount
from bot.exports.service import Actor, ExportService, NotTheirs, UnknownExport
from bot.exports.states import Decision
from bot.i18n import t
from bot.logs import bind_log_context
from bot.slack import ids
from bot.slack.api.people import Profile
from bot.slack.api.senders import is_from_elsewhere
from bot.slack.deps import Deps
from bot.slack.form.opening import open_form, refilled_from
from bot.slack.limit_words import words_for_limit

# A press is answered within 3 s, and a trigger_id lives as long.
PATIENCE_FOR_PROFILE = 1.0
PATIENCE_FOR_REQUEST = 1.0

_Press = Callable[[ExportService, str, Actor, MessageReference], Awaitable[None]]


def register(app: AsyncApp, deps: Deps) -> None:
    for action_id, press in _PRESSES.items():
        app.action(action_id)(_listener(deps, press))
    for action_id in (ids.EDIT, ids.ANOTHER):
        app.action(action_id)(_form_opener(deps))


def _listener(deps: Deps, press: _Press) -> Callable[..., Awaitable[None]]:
    async def pressed(
        ack: AsyncAck,
        action: Mapping[str, Any],
        body: Mapping[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        bind_log_context(export_id=action["value"])
        profile = await _profile(deps, client, context)
        try:
            await press(deps.exports, action["value"], _actor(context, profile), _message(body))
        except (NotTheirs, UnknownExport, OverLimit, NoAccount) as refused:
            await ack()
            await _explain_refusal(client, respond, profile.locale, refused)
            return
        # Only now: a press that could not be written down is one that Slack shows as failed.
        await ack()

    return pressed


def _form_opener(deps: Deps) -> Callable[..., Awaitable[None]]:
    async def pressed(
        ack: AsyncAck,
        action: Mapping[str, Any],
        body: Mapping[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        bind_log_context(export_id=action["value"])
        await ack()
        profile = await _profile(deps, client, context)
        try:
            actor = _actor(context, profile)
            request = await asyncio.wait_for(deps.exports.request(action["value"], actor.team_id), PATIENCE_FOR_REQUEST)
            actor.check_may_touch(request)
        except (NotTheirs, UnknownExport) as refused:
            await _explain_refusal(client, respond, profile.locale, refused)
            return
        account = deps.accounts.required_of(context.team_id or "")
        await open_form(client, account, body["trigger_id"], profile.locale, refilled_from(request, account))

    return pressed


async def _profile(deps: Deps, client: AsyncWebClient, context: AsyncBoltContext) -> Profile:
    team_id, user_id = context.team_id or "", context.user_id or ""
    return await deps.people.profile(client, team_id, user_id, within=PATIENCE_FOR_PROFILE)


def _actor(context: AsyncBoltContext, profile: Profile) -> Actor:
    """The person who pressed.

    Raises NotTheirs for people of another workspace, who see the button in shared channels.
    """
    if is_from_elsewhere(context):
        raise NotTheirs
    return Actor(context.team_id or "", context.user_id or "", is_admin=profile.is_admin)


async def _explain_refusal(client: AsyncWebClient, respond: AsyncRespond, locale: str, refused: Exception) -> None:
    """Tells only this person why nothing was done. The message with the button is not changed."""
    if isinstance(refused, OverLimit):
        words = await words_for_limit(client, locale, refused)
    elif isinstance(refused, NoAccount):
        words = t(locale, "account.none")
    else:
        words = t(locale, "question.not_yours" if isinstance(refused, NotTheirs) else "question.closed")
    await respond(text=words, response_type="ephemeral", replace_original=False)


def _deciding(decision: Decision) -> _Press:
    async def decide(exports: ExportService, export_id: str, actor: Actor, message: MessageReference) -> None:
        await exports.decide(export_id, actor, message, decision)

    return decide


async def _stop(exports: ExportService, export_id: str, actor: Actor, _: MessageReference) -> None:
    await exports.stop(export_id, actor)


async def _discard(exports: ExportService, export_id: str, actor: Actor, _: MessageReference) -> None:
    await exports.discard(export_id, actor)


_PRESSES: Mapping[str, _Press] = {
    ids.SUBMIT_AGAIN: _deciding("submit_again"),
    ids.LEAVE_IT: _deciding("leave_it"),
    ids.TRY_AGAIN: _deciding("try_again"),
    ids.STOP: _stop,
    ids.DISCARD: _discard,
}


def _message(body: Mapping[str, Any]) -> MessageReference:
    """The message that contains the button."""
    container = body["container"]
    return MessageReference(channel_id=container["channel_id"], ts=container["message_ts"])
