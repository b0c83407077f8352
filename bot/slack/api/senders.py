"""Who sent a request, in which workspace: what payloads leave open where an app is installed more than once."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext

from bot.logs import bind_log_context
from bot.slack.api.clients import Clients


async def identify_sender(
    body: Mapping[str, Any], context: AsyncBoltContext, next: Callable[[], Awaitable[None]]
) -> None:
    """Bolt middleware, before anything is looked up: names the workspace of a request, and that of its sender.

    Where the app is installed for an organisation, payloads of a view hold no `team`, and Bolt then takes the
    person's, which may be the organisation's id (`E…`); and events are authorized for no single team. The view and
    the envelope have the workspace's.
    """
    workspace = context.team_id or ""
    if not workspace.startswith("T") and (named := _team_of(body.get("view")) or _team_of(body)):
        context["team_id"] = named
    # Bolt knows the sender's workspace of events only.
    context["actor_team_id"] = _team_of(body.get("user")) or context.team_id
    await next()


def is_from_elsewhere(context: AsyncBoltContext) -> bool:
    """Whether the sender belongs to another workspace, which shares a channel with this one."""
    return context.actor_team_id != context.team_id


def provide_client(clients: Clients) -> Callable[[AsyncBoltContext, Callable[[], Awaitable[None]]], Awaitable[None]]:
    """Bolt middleware: gives listeners the client of a request's workspace, and binds both ids to their log lines."""

    async def with_client(context: AsyncBoltContext, next: Callable[[], Awaitable[None]]) -> None:
        context["client"] = clients.of(context.team_id or "", context.enterprise_id)
        bind_log_context(team_id=context.team_id, user_id=context.user_id)
        await next()

    return with_client


def _team_of(part: object) -> str | None:
    """The `team_id` of a payload's part, if it is a workspace's."""
    team_id = part.get("team_id") if isinstance(part, Mapping) else None
    return team_id if isinstance(team_id, str) and team_id.startswith("T") else None
