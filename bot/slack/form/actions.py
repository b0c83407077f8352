"""What happens in the form before it is submitted; nothing of it changes what was typed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import form, ids
from bot.slack.deps import Deps
from bot.slack.form.opening import PATIENCE, change_form


def register(app: AsyncApp, deps: Deps) -> None:
    async def help_along(
        ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """Shows the chosen avatar's picture, and how long the script so far takes in the chosen language."""
        await ack()
        view, account = body["view"], deps.accounts.of(context.team_id or "")
        if account is None:  # disconnected meanwhile, which the form says when it is submitted
            return
        locale = await _locale(client, deps, context)
        await change_form(client, account, view, locale, form.refilled(view))

    async def show_options(
        ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        view, account = body["view"], deps.accounts.required_of(context.team_id or "")
        locale = await _locale(client, deps, context)
        given = replace(form.refilled(view), options=True)
        if not await change_form(client, account, view, locale, given):
            # Help that came a moment before took its place; all of it is in this view as well.
            await change_form(client, account, {"id": view["id"]}, locale, given)

    for field in (ids.MODEL, ids.LANGUAGE):
        app.action(field)(help_along)
    app.action(ids.MORE_OPTIONS)(show_options)


async def _locale(client: AsyncWebClient, deps: Deps, context: AsyncBoltContext) -> str:
    return await deps.people.locale(client, context.team_id or "", context.user_id or "", within=PATIENCE)
