"""*Approve* and *Decline* below a request that waits for a word; the first one counts."""

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
from bot.slack.approval.views import decided_already, decline_form
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
        verdict = ApprovalDecision(approved=True, user_id=context.user_id or "")
        locale = await _locale(deps, client, context)
        if objection := await _rule(deps.exports, action["value"], verdict, context, locale):
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
        verdict = ApprovalDecision(approved=False, user_id=context.user_id or "", reason=_reason(view))
        locale = await _locale(deps, client, context)
        if objection := await _rule(deps.exports, view["private_metadata"], verdict, context, locale):
            await ack(response_action="update", view=decided_already(locale, objection))
        else:
            await ack()


async def _rule(
    exports: ExportService, export_id: str, verdict: ApprovalDecision, context: AsyncBoltContext, locale: str
) -> str | None:
    """Brings the verdict; gives the words for the person when another one counts, or theirs doesn't."""
    bind_log_context(export_id=export_id)
    if is_from_elsewhere(context):
        return t(locale, "decline.not_yours")
    try:
        counted = await exports.rule(export_id, context.team_id or "", verdict)
    except UnknownExport:
        return t(locale, "decline.closed")
    if counted == verdict:
        return None
    return t(locale, "decline.approved_by" if counted.approved else "decline.declined_by", user=counted.user_id)


async def _locale(deps: Deps, client: AsyncWebClient, context: AsyncBoltContext) -> str:
    return await deps.people.locale(client, context.team_id or "", context.user_id or "", within=PATIENCE_FOR_LOCALE)


def _reason(view: Mapping[str, Any]) -> str:
    return (view["state"]["values"][ids.REASON][ids.REASON].get("value") or "").strip()
