"""Buttons below the messages of an export: each is pressed once for good, by those who may."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import Decision, Question
from bot.exports.service import Actor, ExportService, NotTheirs, UnknownExport
from bot.i18n import t
from bot.slack import ids
from bot.slack.listeners.deps import Deps

PATIENCE_FOR_PROFILE = 2.0

_Press = Callable[[ExportService, str, Actor, Question], Awaitable[None]]


def register(app: AsyncApp, deps: Deps) -> None:
    for action_id, press in _PRESSES.items():
        app.action(action_id)(_listener(deps, press))


def _listener(deps: Deps, press: _Press) -> Callable[..., Awaitable[None]]:
    async def pressed(
        ack: AsyncAck,
        action: Mapping[str, Any],
        body: Mapping[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        await ack()
        team_id, user_id = context.team_id or "", context.user_id or ""
        profile = await deps.people.profile(client, team_id, user_id, within=PATIENCE_FOR_PROFILE)
        actor = Actor(user_id, is_admin=profile.is_admin)
        try:
            await press(deps.exports, action["value"], actor, _message(body))
        except (NotTheirs, UnknownExport) as refused:
            key = "question.not_yours" if isinstance(refused, NotTheirs) else "question.closed"
            await respond(text=t(profile.locale, key), response_type="ephemeral", replace_original=False)

    return pressed


def _deciding(decision: Decision) -> _Press:
    async def decide(exports: ExportService, export_id: str, actor: Actor, question: Question) -> None:
        await exports.decide(export_id, actor, question, decision)

    return decide


async def _stop(exports: ExportService, export_id: str, actor: Actor, _: Question) -> None:
    await exports.stop(export_id, actor)


async def _discard(exports: ExportService, export_id: str, actor: Actor, _: Question) -> None:
    await exports.discard(export_id, actor)


_PRESSES: Mapping[str, _Press] = {
    ids.SUBMIT_AGAIN: _deciding("submit_again"),
    ids.LEAVE_IT: _deciding("leave_it"),
    ids.TRY_AGAIN: _deciding("try_again"),
    ids.STOP: _stop,
    ids.DISCARD: _discard,
}


def _message(body: Mapping[str, Any]) -> Question:
    """The message that the button is in."""
    container = body["container"]
    return Question(channel_id=container["channel_id"], ts=container["message_ts"])
