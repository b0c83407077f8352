"""*Create avatar video*, the step of Workflow Builder: checked like the form, then handed on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts.avatars import AvatarList, looks_like_model_id
from bot.exports.ids import first_attempt
from bot.exports.limits import OverLimit
from bot.exports.models import Avatar, Caller, ExportRequest, Requester, Resolution
from bot.i18n import t
from bot.logs import bind_log_context
from bot.scripts.files import LONGEST_SCRIPT
from bot.scripts.languages import LANGUAGES
from bot.scripts.speech import is_silent
from bot.slack import ids
from bot.slack.api.people import DEFAULT_LOCALE, People
from bot.slack.api.places import Places
from bot.slack.blocks import escaped, shortened
from bot.slack.deps import Deps
from bot.slack.form.avatar_options import name_for
from bot.slack.limit_words import words_for_limit
from bot.slack.step import report as step_report

# The event is to be acknowledged within 3 s; a place that Slack is slow to tell of is checked again by the export.
PATIENCE_FOR_PLACE = 1.2
PATIENCE_FOR_LOCALE = 0.4

RESOLUTIONS: tuple[Resolution, ...] = get_args(Resolution)
LONGEST_QUOTE = 80


@dataclass(frozen=True)
class Inputs:
    """The inputs as manifest.yml declares them; what was left empty is "". `user_id` is who asked."""

    model: str
    language: str
    script: str
    channel_id: str
    resolution: str
    user_id: str

    @classmethod
    def read(cls, inputs: Mapping[str, Any]) -> "Inputs":
        given = {name: str(value) for name, value in inputs.items() if value is not None}
        return cls(
            model=given.get("model", "").strip(),
            language=_spelled(given.get("language", ""), LANGUAGES),
            script=given.get("script", ""),
            channel_id=given.get("channel", ""),
            resolution=_spelled(given.get("resolution", ""), RESOLUTIONS) or "1080",
            user_id=given.get("user", ""),
        )

    def problems(self, locale: str, avatars: AvatarList) -> list[str]:
        """What is wrong, in words for whoever runs or wrote the workflow."""
        found = (
            self._model_problem(locale, avatars),
            self._language_problem(locale),
            self._script_problem(locale),
            None if self.channel_id else t(locale, "problem.place_missing"),
            self._resolution_problem(locale),
        )
        return [problem for problem in found if problem]

    def _model_problem(self, locale: str, avatars: AvatarList) -> str | None:
        if not self.model:
            return t(locale, "problem.model_missing")
        if avatars.find(self.model) or looks_like_model_id(self.model):
            return None
        return t(locale, "step.model_unknown", model=_quoted(self.model))

    def _language_problem(self, locale: str) -> str | None:
        if not self.language:
            return t(locale, "problem.language_missing")
        if self.language in LANGUAGES:
            return None
        return t(locale, "step.language_unknown", language=_quoted(self.language), known=", ".join(LANGUAGES))

    def _script_problem(self, locale: str) -> str | None:
        if is_silent(self.script):
            return t(locale, "problem.script_empty")
        length = len(self.script)
        if length <= LONGEST_SCRIPT:
            return None
        over = length - LONGEST_SCRIPT
        return t(locale, "problem.script_too_long", length=length, limit=LONGEST_SCRIPT, over=over)

    def _resolution_problem(self, locale: str) -> str | None:
        if self.resolution in RESOLUTIONS:
            return None
        known = ", ".join(RESOLUTIONS)
        return t(locale, "step.resolution_unknown", resolution=_quoted(self.resolution), known=known)

    def request(self, requester: Requester, caller: Caller, avatars: AvatarList) -> ExportRequest:
        """What inputs without problems ask for."""
        model = avatars.find(self.model)
        return ExportRequest(
            requester=requester,
            channel_id=self.channel_id,
            avatar=Avatar(id=self.model, name=name_for(requester.locale, model) if model else self.model),
            language=self.language,
            script=self.script,
            resolution=next(size for size in RESOLUTIONS if size == self.resolution),
            caller=caller,
        )


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
            await step_report.fail(client, caller, " ".join(problems))
        await ack()


async def _begin(deps: Deps, client: AsyncWebClient, asked: Inputs, requester: Requester, caller: Caller) -> list[str]:
    """What is wrong with the step; nothing once the export is under way."""
    account = deps.accounts.of(requester.team_id)
    if account is None:
        return [t(requester.locale, "account.none")]
    problems = asked.problems(requester.locale, account.avatars)
    problems = problems or await _place_problems(client, deps.places, asked, requester)
    return problems or await _start(deps, client, asked.request(requester, caller, account.avatars), caller)


async def _requester(people: People, client: AsyncWebClient, context: AsyncBoltContext, user_id: str) -> Requester:
    """Whom the step names. The event itself tells of nobody (docs.slack.dev/reference/events/function_executed)."""
    team_id, locale = context.team_id or "", DEFAULT_LOCALE
    if user_id:
        locale = await people.locale(client, team_id, user_id, within=PATIENCE_FOR_LOCALE)
    return Requester(team_id=team_id, user_id=user_id, locale=locale, enterprise_id=context.enterprise_id)


async def _place_problems(client: AsyncWebClient, places: Places, asked: Inputs, requester: Requester) -> list[str]:
    problem = await places.problem_with(client, asked.channel_id, requester, within=PATIENCE_FOR_PLACE)
    return [t(requester.locale, problem.problem, detail=problem.code)] if problem else []


async def _start(deps: Deps, client: AsyncWebClient, request: ExportRequest, caller: Caller) -> list[str]:
    """The words of the limit that is in the way; none once the export is under way."""
    try:
        await deps.exports.start(first_attempt(request.requester.team_id, caller.execution_id), request)
    except OverLimit as over:
        return [await words_for_limit(client, request.requester.locale, over)]
    return []


def _spelled(typed: str, known: tuple[str, ...]) -> str:
    """The known word that was typed in whatever case, or what was typed."""
    typed = typed.strip()
    return next((word for word in known if word.lower() == typed.lower()), typed)


def _quoted(typed: str) -> str:
    return escaped(shortened(typed, LONGEST_QUOTE))
