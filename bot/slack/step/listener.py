"""Runs the step: validates its inputs and starts the export."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.ids import first_attempt
from bot.exports.limits import OverLimit
from bot.exports.models import Caller, ExportRequest, Requester
from bot.i18n import t
from bot.logs import bind_log_context
from bot.slack import ids
from bot.slack.api.people import DEFAULT_LOCALE, People
from bot.slack.api.places import Places
from bot.slack.deps import Deps
from bot.slack.limit_words import words_for_limit
from bot.slack.step import report
from bot.slack.step.inputs import Inputs

# The event is to be acknowledged within 3 s; a place that Slack is slow to tell of is checked again by the export.
PATIENCE_FOR_PLACE = 1.2
PATIENCE_FOR_LOCALE = 0.4


def register(app: AsyncApp, deps: Deps) -> None:
    # Acknowledged by hand once the request is written down: until then Slack sends the event again.
    @app.function(ids.STEP, auto_acknowledge=False)
    async def run(ack: AsyncAck, inputs: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        asked = Inputs.read(inputs)
        caller = Caller(execution_id=context.function_execution_id or "", token=context.function_bot_access_token or "")
        bind_log_context(export_id=first_attempt(context.team_id or "", caller.execution_id))
        requester = await _requester(deps.people, client, context, asked.user_id)
        problems = await _begin(deps, client, asked, requester, caller)
        if problems:
            await report.fail(client, caller, " ".join(problems))
        await ack()


async def _begin(deps: Deps, client: AsyncWebClient, asked: Inputs, requester: Requester, caller: Caller) -> list[str]:
    """Starts the export. Returns the problems in words; empty when the export is started."""
    account, locale = deps.accounts.of(requester.team_id), requester.locale
    if account is None:
        return [t(locale, "account.none")]
    problems = asked.problems(locale, account.avatars)
    problems = problems or await _place_problems(client, deps.places, asked.channel_id, requester)
    if problems:
        return problems
    options = asked.options(locale, account.avatars)
    return await _start(deps, client, ExportRequest(requester=requester, options=options, caller=caller), caller)


async def _requester(people: People, client: AsyncWebClient, context: AsyncBoltContext, user_id: str) -> Requester:
    """The person that the step names, because the event itself names nobody.

    https://docs.slack.dev/reference/events/function_executed
    """
    team_id, locale = context.team_id or "", DEFAULT_LOCALE
    if user_id:
        locale = await people.locale(client, team_id, user_id, within=PATIENCE_FOR_LOCALE)
    return Requester(team_id=team_id, user_id=user_id, locale=locale, enterprise_id=context.enterprise_id)


async def _place_problems(client: AsyncWebClient, places: Places, channel_id: str, requester: Requester) -> list[str]:
    problem = await places.problem_with(client, channel_id, requester, within=PATIENCE_FOR_PLACE)
    return [t(requester.locale, problem.problem, detail=problem.code)] if problem else []


async def _start(deps: Deps, client: AsyncWebClient, request: ExportRequest, caller: Caller) -> list[str]:
    """Starts the export. Returns the limit that prevents it in words; empty when the export is started."""
    try:
        await deps.exports.start(first_attempt(request.requester.team_id, caller.execution_id), request)
    except OverLimit as over:
        return [await words_for_limit(client, request.requester.locale, over)]
    return []
