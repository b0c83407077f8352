"""`/avatar`: opens the form at once."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import ExportRequest
from bot.slack import ids
from bot.slack.form import prefill
from bot.slack.listeners.deps import Deps
from bot.slack.views.modal import modal

# A trigger_id lives 3 s. What the form shows beforehand is worth a fraction of that, and is left out when late.
PATIENCE = 0.4

R = TypeVar("R")


def register(app: AsyncApp, deps: Deps) -> None:
    @app.command(ids.COMMAND)
    async def open_form(
        ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        team_id, user_id = context.team_id or "", context.user_id or ""
        locale, last = await asyncio.gather(
            deps.people.locale(client, team_id, user_id, within=PATIENCE),
            _in_time(deps.exports.last_request(team_id, user_id)),
        )
        given = prefill(
            _typed(body),
            locale=locale,
            last_language=last.language if last else None,
            last_avatar=last.avatar if last else None,
            channel_id=body.get("channel_id"),
        )
        await client.views_open(trigger_id=body["trigger_id"], view=modal(locale, given))


def _typed(body: Mapping[str, Any]) -> str:
    """The words behind the command. Slack writes &, < and > as entities, and only those three."""
    text = str(body.get("text") or "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


async def _in_time(lookup: Awaitable[ExportRequest | None]) -> ExportRequest | None:
    try:
        async with asyncio.timeout(PATIENCE):
            return await lookup
    except TimeoutError:
        return None
