"""Answers the avatar field with the avatars that match the typed text."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import ids
from bot.slack.deps import Deps
from bot.slack.form.fields.avatar_options import MOST_OPTIONS, avatar_options

# Slack shows an empty list after 3 s and gives no second chance.
PATIENCE_FOR_LIST = 1.8
PATIENCE_FOR_LOCALE = 0.3


def register(app: AsyncApp, deps: Deps) -> None:
    @app.options(ids.MODEL)
    async def suggest(
        ack: AsyncAck, payload: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        typed = str(payload.get("value") or "")
        account = deps.accounts.required_of(context.team_id or "")
        models = await account.avatars.search(typed, most=MOST_OPTIONS, within=PATIENCE_FOR_LIST)
        locale = await deps.people.locale(
            client, context.team_id or "", context.user_id or "", within=PATIENCE_FOR_LOCALE
        )
        await ack(options=avatar_options(locale, typed, models))
