"""Handles *Approve* and *Decline* below a request that waits for a decision. The first decision counts."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import ApprovalDecision
from bot.exports.service import ExportService, UnknownExport
from bot.i18n import t
from bot.logs import bind_log_context
from bot.slack import ids
from bot.slack.api.senders import is_from_elsewhere
from bot.slack.approval.decline_form import decided_already, decline_form
from bot.slack.deps import Deps

# A trigger_id lives 3 s, and a submitted form is answered within 3 s.
PATIENCE_FOR_LOCALE = 0.4


def register(app: AsyncApp, deps: Deps) -> None:
    @app.action(ids.APPROVE)
    async def approve(
        ack: AsyncAck,
        action: Mapping[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        await ack()
        decision = ApprovalDecision(approved=True, user_id=context.user_id or "")
        locale = await _locale(deps, client, context)
        if objection := await _decide(deps.exports, action["value"], decision, context, locale):
            await respond(text=objection, response_type="ephemeral", replace_original=False)

    @app.action(ids.DECLINE)
    async def ask_why(
        ack: AsyncAck,
        action: Mapping[str, Any],
        body: Mapping[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
    ) -> None:
        await ack()
        locale = await _locale(deps, client, context)
        await client.views_open(trigger_id=body["trigger_id"], view=decline_form(locale, action["value"]))

    @app.view(ids.DECLINE_FORM)
    async def decline(
        ack: AsyncAck, view: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        decision = ApprovalDecision(approved=False, user_id=context.user_id or "", reason=_reason(view))
        locale = await _locale(deps, client, context)
        if objection := await _decide(deps.exports, view["private_metadata"], decision, context, locale):
            await ack(response_action="update", view=decided_already(locale, objection))
        else:
            await ack()


async def _decide(
    exports: ExportService, export_id: str, decision: ApprovalDecision, context: AsyncBoltContext, locale: str
) -> str | None:
    """Records the decision. Returns None when it counts, otherwise the words that tell the person why not."""
    bind_log_context(export_id=export_id)
    if is_from_elsewhere(context):
        return t(locale, "decline.not_yours")
    try:
        counted = await exports.decide_approval(export_id, context.team_id or "", decision)
    except UnknownExport:
        return t(locale, "decline.closed")
    if counted == decision:
        return None
    return t(locale, "decline.approved_by" if counted.approved else "decline.declined_by", user=counted.user_id)


async def _locale(deps: Deps, client: AsyncWebClient, context: AsyncBoltContext) -> str:
    return await deps.people.locale(client, context.team_id or "", context.user_id or "", within=PATIENCE_FOR_LOCALE)


def _reason(view: Mapping[str, Any]) -> str:
    return (view["state"]["values"][ids.REASON][ids.REASON].get("value") or "").strip()
