"""The submitted form: checked beside the fields, then handed on; nothing is spent before."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.avatars import AvatarList
from bot.exports.models import Avatar, ExportRequest, Requester
from bot.i18n import t
from bot.slack import form, ids, places
from bot.slack.listeners.deps import Deps
from bot.slack.views.avatars import name_for

# The answer is due within 3 s; a place that Slack is slow to tell of is checked again before anything is spent.
PATIENCE_FOR_PLACE = 1.2
PATIENCE_FOR_LOCALE = 0.4
PATIENCE_FOR_DATABASE = 1.0

# The event loop itself holds tasks only weakly.
_starting: set["asyncio.Task[None]"] = set()


def register(app: AsyncApp, deps: Deps) -> None:
    @app.view(ids.FORM)
    async def submit(ack: AsyncAck, view: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        team_id, user_id = context.team_id or "", context.user_id or ""
        locale = await deps.people.locale(client, team_id, user_id, within=PATIENCE_FOR_LOCALE)
        draft = form.read(view)
        problems = draft.problems(locale) or await _place_problems(client, draft, user_id, locale)
        if problems:
            await ack(response_action="errors", errors=problems)
            return
        requester = Requester(team_id=team_id, user_id=user_id, locale=locale)
        await _within(PATIENCE_FOR_DATABASE, deps.exports.start(view["id"], _request(draft, requester, deps.avatars)))
        await ack()


async def _within(seconds: float, start: Coroutine[Any, Any, None]) -> None:
    """Waits so long and no longer, but never breaks it off: a request written down half would start nowhere.

    Raises TimeoutError; the person presses again, and the same form is the same export.
    """
    starting = asyncio.create_task(start)
    _starting.add(starting)
    starting.add_done_callback(_starting.discard)
    await asyncio.wait_for(asyncio.shield(starting), seconds)


async def _place_problems(client: AsyncWebClient, draft: form.Draft, user_id: str, locale: str) -> form.Problems:
    problem = await places.problem_with(client, draft.channel_id or "", user_id, within=PATIENCE_FOR_PLACE)
    return {ids.PLACE: t(locale, problem)} if problem else {}


def _request(draft: form.Draft, requester: Requester, avatars: AvatarList) -> ExportRequest:
    if draft.avatar is None or draft.language is None or draft.channel_id is None:
        raise ValueError("only a draft without problems becomes a request")
    return ExportRequest(
        requester=requester,
        channel_id=draft.channel_id,
        avatar=_named(draft.avatar, requester.locale, avatars),
        language=draft.language,
        script=draft.script,
    )


def _named(avatar: Avatar, locale: str, avatars: AvatarList) -> Avatar:
    """The avatar under its name in the person's language; one that is in no list under what they chose."""
    model = avatars.find(avatar.id)
    return Avatar(id=avatar.id, name=name_for(locale, model)) if model else avatar
