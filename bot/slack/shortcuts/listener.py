"""Handles the shortcuts: the global one opens an empty form, the one of messages a form with the message's text."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import Origin
from bot.i18n import t
from bot.slack import ids
from bot.slack.deps import Deps
from bot.slack.form.opening import look_up, open_new_form
from bot.slack.shortcuts.message_text import text_of
from bot.slack.shortcuts.spoken import mentioned_users, spoken


def register(app: AsyncApp, deps: Deps) -> None:
    @app.global_shortcut(ids.GLOBAL_SHORTCUT)
    async def make_video(
        ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        person = await look_up(client, deps, context)
        await open_new_form(client, person, body["trigger_id"])

    @app.message_shortcut(ids.MESSAGE_SHORTCUT)
    async def turn_into_video(
        ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        text = text_of(body["message"])
        person = await look_up(client, deps, context, mentioned_users(text))
        await open_new_form(
            client,
            person,
            body["trigger_id"],
            words=spoken(text, person.names, someone=t(person.locale, "form.someone")),
            channel_id=body["channel"]["id"],
            origin=Origin(channel_id=body["channel"]["id"], ts=body["message_ts"]),
        )
