"""Handles actions in the open form before it is submitted. None of them changes what was typed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import ids
from bot.slack.deps import Deps
from bot.slack.form.answers import refilled
from bot.slack.form.opening import PATIENCE, change_form


def register(app: AsyncApp, deps: Deps) -> None:
    async def show_help(
        ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """Shows the chosen avatar's picture and the estimated length of the script in the chosen language."""
        await ack()
        view, account = body["view"], deps.accounts.of(context.team_id or "")
        if account is None:  # disconnected meanwhile, which the form says when it is submitted
            return
        locale = await _locale(client, deps, context)
        await change_form(client, account, view, locale, refilled(view))

    async def show_options(
        ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        view, account = body["view"], deps.accounts.required_of(context.team_id or "")
        locale = await _locale(client, deps, context)
        state = replace(refilled(view), more_options=True)
        if not await change_form(client, account, view, locale, state):
            # Another change of the form came a moment before; all of it is in this view as well.
            await change_form(client, account, {"id": view["id"]}, locale, state)

    for action_id in (ids.MODEL, ids.LANGUAGE):
        app.action(action_id)(show_help)
    app.action(ids.MORE_OPTIONS)(show_options)


async def _locale(client: AsyncWebClient, deps: Deps, context: AsyncBoltContext) -> str:
    return await deps.people.locale(client, context.team_id or "", context.user_id or "", within=PATIENCE)
