"""Buttons in messages: the answer to whether a script is submitted again."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import Decision, Question
from bot.exports.service import NotTheirs, UnknownExport
from bot.i18n import t
from bot.slack import ids
from bot.slack.listeners.deps import Deps

PATIENCE_FOR_LOCALE = 0.4

_DECISIONS: Mapping[str, Decision] = {ids.SUBMIT_AGAIN: "submit_again", ids.LEAVE_IT: "leave_it"}


def register(app: AsyncApp, deps: Deps) -> None:
    async def decide(
        ack: AsyncAck,
        action: Mapping[str, Any],
        body: Mapping[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        await ack()
        team_id, user_id = context.team_id or "", context.user_id or ""
        try:
            await deps.exports.decide(action["value"], user_id, _question(body), _DECISIONS[action["action_id"]])
        except (NotTheirs, UnknownExport) as refused:
            locale = await deps.people.locale(client, team_id, user_id, within=PATIENCE_FOR_LOCALE)
            key = "question.not_yours" if isinstance(refused, NotTheirs) else "question.closed"
            await respond(text=t(locale, key), response_type="ephemeral", replace_original=False)

    for action_id in _DECISIONS:
        app.action(action_id)(decide)


def _question(body: Mapping[str, Any]) -> Question:
    """The message that the buttons are in."""
    container = body["container"]
    return Question(channel_id=container["channel_id"], ts=container["message_ts"])
