"""Publishes the Home tab when it is opened; handles its buttons, which open the form."""

import asyncio
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import ExportRequest
from bot.exports.service import UnknownExport
from bot.slack import ids
from bot.slack.deps import Deps
from bot.slack.form.opening import PATIENCE, look_up, open_form, open_new_form, refilled_from


def register(app: AsyncApp, deps: Deps) -> None:
    @app.event("app_home_opened")
    async def opened(event: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        # The Messages tab is announced by the same event (docs.slack.dev/reference/events/app_home_opened).
        if event.get("tab") == "home":
            deps.home_tabs.open(client, context.team_id or "", context.user_id or "")

    @app.action(ids.MAKE_VIDEO)
    async def make_video(
        ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        await open_new_form(client, await look_up(client, deps, context), body["trigger_id"])

    @app.action(ids.MAKE_AGAIN)
    async def make_again(
        ack: AsyncAck,
        action: Mapping[str, Any],
        body: Mapping[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
    ) -> None:
        await ack()
        person, request = await asyncio.gather(
            look_up(client, deps, context), _request(deps, context.team_id or "", action["value"])
        )
        if request:
            given = refilled_from(request, person.account)
            await open_form(client, person.account, body["trigger_id"], person.locale, given)
        else:
            await open_new_form(client, person, body["trigger_id"])


async def _request(deps: Deps, team_id: str, export_id: str) -> ExportRequest | None:
    """The request of an export; None when the history has no such export or does not answer in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await deps.exports.request(export_id, team_id)
    except (TimeoutError, UnknownExport):
        return None
