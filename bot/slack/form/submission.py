"""Handles the submitted form: validates it, shows problems beside the fields, and starts the export."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts.accounts import Account
from bot.accounts.avatars import AvatarList
from bot.exports.ids import first_attempt
from bot.exports.models import Avatar, ExportRequest, Requester
from bot.i18n import t
from bot.logs import bind_log_context
from bot.scripts.accepted_files import LONGEST_SCRIPT, MOST_BYTES, UnreadableScript
from bot.slack import ids
from bot.slack.api.places import Places
from bot.slack.api.uploads import NotFetched, StillReading
from bot.slack.deps import Deps
from bot.slack.form.answers import Problems, open_question, problems, read, refilled
from bot.slack.form.fields.avatar_options import name_for
from bot.slack.form.language_question import LanguageQuestion
from bot.slack.form.state import FormContext, FormState
from bot.slack.form.view import form_view, submit_label

# The answer is due within 3 s. Checking the place and reading a file go side by side; a place that Slack is slow to
# tell of is checked again before anything is spent. The database has all the time that they leave.
PATIENCE = 2.6
PATIENCE_FOR_LOCALE = 0.3
PATIENCE_FOR_FILE = 1.3
PATIENCE_FOR_PLACE = 1.2

# The event loop itself holds tasks only weakly.
_starting: set["asyncio.Task[None]"] = set()


def register(app: AsyncApp, deps: Deps) -> None:
    @app.view(ids.FORM)
    async def submit(ack: AsyncAck, view: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        due = asyncio.get_running_loop().time() + PATIENCE
        team_id, user_id = context.team_id or "", context.user_id or ""
        export_id = first_attempt(team_id, view["id"])
        bind_log_context(export_id=export_id)
        locale = await deps.people.locale(client, team_id, user_id, within=PATIENCE_FOR_LOCALE)
        requester = Requester(team_id=team_id, user_id=user_id, locale=locale, enterprise_id=context.enterprise_id)
        account = deps.accounts.required_of(team_id)
        answers, found = await _checked(client, deps, view, requester)
        if found:
            await ack(response_action="errors", errors=found)
        elif question := open_question(answers):
            await ack(response_action="update", view=_asking(view, question, locale, account))
        else:
            await _by(due, deps.exports.start(export_id, _request(answers, requester, account.avatars)))
            await ack()


async def _checked(
    client: AsyncWebClient, deps: Deps, view: Mapping[str, Any], requester: Requester
) -> tuple[FormState, Problems]:
    """The answers, with the script from an uploaded file, and their problems."""
    answers = read(view)
    if found := problems(requester.locale, answers):
        return answers, found
    deps.exports.check_place(answers.options.channel_id)  # before the bot joins a channel where nothing may go
    submit = submit_label(requester.locale, view)
    (script, of_file), of_place = await asyncio.gather(
        _script(client, deps, answers, requester, submit=submit),
        _place_problems(client, deps.places, answers.options.channel_id, requester),
    )
    return answers.with_options(script=script), of_file | of_place


async def _script(
    client: AsyncWebClient, deps: Deps, answers: FormState, requester: Requester, *, submit: str
) -> tuple[str, Problems]:
    """The script, typed or from the file, and the problems of the file. `submit` is the label of the form's button."""
    if not answers.file_id:
        return answers.options.script, {}
    try:
        script = await deps.scripts.read(client, answers.file_id, requester, within=PATIENCE_FOR_FILE)
    except UnreadableScript as unreadable:
        problem: str = unreadable.reason
    except StillReading:
        problem = "reading"
    except NotFetched:
        problem = "not_fetched"
    else:
        return script, {}
    limits = {"limit": LONGEST_SCRIPT, "megabytes": MOST_BYTES // 1_000_000, "submit": submit}
    return "", {ids.SCRIPT_FILE: t(requester.locale, f"file_problem.{problem}", **limits)}


async def _place_problems(client: AsyncWebClient, places: Places, channel_id: str, requester: Requester) -> Problems:
    problem = await places.problem_with(client, channel_id, requester, within=PATIENCE_FOR_PLACE)
    return {ids.PLACE: t(requester.locale, problem.problem, detail=problem.code)} if problem else {}


def _asking(view: Mapping[str, Any], question: LanguageQuestion, locale: str, account: Account) -> dict[str, Any]:
    """The form with a question at the top. Leaves out the picture, because Slack could refuse the view for it."""
    state = replace(refilled(view), question=question)
    return form_view(state, FormContext(locale, workspaces=account.workspaces.items))


async def _by(due: float, start: Coroutine[Any, Any, None]) -> None:
    """Waits for `start` until `due` without cancelling it, because a cancelled write could leave an export unstarted.

    Raises TimeoutError. When the person submits again, the form has the export id that it had before.
    """
    starting = asyncio.create_task(start)
    _starting.add(starting)
    starting.add_done_callback(_starting.discard)
    async with asyncio.timeout_at(due):
        await asyncio.shield(starting)


def _request(answers: FormState, requester: Requester, avatars: AvatarList) -> ExportRequest:
    named = answers.with_options(avatar=_named(answers.options.avatar, requester.locale, avatars))
    return ExportRequest(requester=requester, options=named.options, origin=answers.origin)


def _named(avatar: Avatar, locale: str, avatars: AvatarList) -> Avatar:
    """The avatar with its name in the person's language; unchanged when it is in no list."""
    model = avatars.find(avatar.id)
    return Avatar(id=avatar.id, name=name_for(locale, model)) if model else avatar
