"""Connects, replaces and disconnects the AI Studios account of a workspace, for its admins alone."""

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts.accounts import DATABASE_FAILURES, Accounts
from bot.accounts.models import Credentials
from bot.i18n import t
from bot.slack import ids
from bot.slack.account.views import account_form, account_notice
from bot.slack.api.senders import is_from_elsewhere
from bot.slack.deps import Deps

# A trigger_id lives 3 s, and a submitted form is answered within 3 s: Slack and AI Studios are asked side by side, and
# then the account is stored.
PATIENCE_FOR_SLACK = 1.5
PATIENCE_FOR_VENDOR = 1.5
PATIENCE_FOR_DATABASE = 0.8
PATIENCE_FOR_LOCALE = 0.3

Problems = dict[str, str]


def register(app: AsyncApp, deps: Deps) -> None:
    @app.action(ids.CONNECT_ACCOUNT)
    async def ask(ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        objection, locale = await asyncio.gather(_objection(deps, client, context), _locale(deps, client, context))
        view = account_notice(locale, t(locale, objection)) if objection else account_form(locale)
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view(ids.ACCOUNT_FORM)
    async def connect(
        ack: AsyncAck, view: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        locale = await _locale(deps, client, context)
        if problems := await _connected(deps, client, view, context, locale):
            await ack(response_action="errors", errors=problems)
            return
        await ack()
        deps.home_tabs.open(client, context.team_id or "", context.user_id or "")

    @app.action(ids.DISCONNECT_ACCOUNT)
    async def disconnect(
        ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        objection = await _objection(deps, client, context) or await _disconnected(deps.accounts, context)
        if objection:
            locale = await _locale(deps, client, context)
            notice = account_notice(locale, t(locale, objection))
            await client.views_open(trigger_id=body["trigger_id"], view=notice)
        else:
            deps.home_tabs.open(client, context.team_id or "", context.user_id or "")


async def _connected(
    deps: Deps, client: AsyncWebClient, view: Mapping[str, Any], context: AsyncBoltContext, locale: str
) -> Problems:
    """Checks and stores the account; returns the problems in words by the block id of their field."""
    credentials = Credentials(app_id=_typed(view, ids.APP_ID), user_key=SecretStr(_typed(view, ids.USER_KEY)))
    if unfit := _unfit(locale, credentials):
        return unfit
    objection, checked = await asyncio.gather(
        _objection(deps, client, context), deps.accounts.check(credentials, within=PATIENCE_FOR_VENDOR)
    )
    submit = t(locale, "account.submit")
    if objection:
        return {ids.APP_ID: t(locale, objection)}
    if checked == "refused":
        return {ids.USER_KEY: t(locale, "account.refused")}
    if checked == "unsure":
        return {ids.USER_KEY: t(locale, "account.unsure", submit=submit)}
    try:
        async with asyncio.timeout(PATIENCE_FOR_DATABASE):
            organisation_id = context.enterprise_id if context.is_enterprise_install else None
            await deps.accounts.connect(context.team_id or "", context.user_id or "", credentials, organisation_id)
    except DATABASE_FAILURES:
        return {ids.USER_KEY: t(locale, "account.not_stored", submit=submit)}
    return {}


def _unfit(locale: str, credentials: Credentials) -> Problems:
    """The problems of values with line breaks or look-alike letters, which are copied along and can't be in a key."""
    typed = {ids.APP_ID: credentials.app_id, ids.USER_KEY: credentials.user_key.get_secret_value()}
    return {field: t(locale, "account.not_a_word") for field, word in typed.items() if not _is_one_word(word)}


def _is_one_word(typed: str) -> bool:
    return bool(typed) and typed.isascii() and typed.isprintable() and " " not in typed


def _typed(view: Mapping[str, Any], field: str) -> str:
    return (view["state"]["values"][field][field].get("value") or "").strip()


async def _disconnected(accounts: Accounts, context: AsyncBoltContext) -> str | None:
    """Disconnects the account; returns the catalogue's key for why it failed, None when it is done."""
    try:
        async with asyncio.timeout(PATIENCE_FOR_DATABASE):
            await accounts.disconnect(context.team_id or "")
    except DATABASE_FAILURES:
        return "account.not_changed"
    return None


async def _objection(deps: Deps, client: AsyncWebClient, context: AsyncBoltContext) -> str | None:
    """The catalogue's key for why this person may not change the account; None for an admin.

    Asks Slack each time, because somebody may have lost the admin role since the last answer. People of other
    workspaces are refused: their user ids may exist in this workspace as other people's.
    """
    if is_from_elsewhere(context):
        return "account.admins_only"
    team_id, user_id = context.team_id or "", context.user_id or ""
    profile = await deps.people.profile_now(client, team_id, user_id, within=PATIENCE_FOR_SLACK)
    if profile is None:
        return "account.admin_unsure"
    return None if profile.is_admin else "account.admins_only"


async def _locale(deps: Deps, client: AsyncWebClient, context: AsyncBoltContext) -> str:
    return await deps.people.locale(client, context.team_id or "", context.user_id or "", within=PATIENCE_FOR_LOCALE)
