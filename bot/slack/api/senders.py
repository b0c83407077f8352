"""The workspaces of a request and its sender, which payloads leave unclear when the app is installed repeatedly."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext

from bot.logs import bind_log_context
from bot.slack.api.clients import Clients


async def identify_sender(
    body: Mapping[str, Any], context: AsyncBoltContext, next: Callable[[], Awaitable[None]]
) -> None:
    """Bolt middleware that sets the workspace of a request and the workspace of its sender in the context.

    In an organisation-wide installation a view's payload has no `team`, and Bolt uses the person's team, which may be
    the organisation's id (`E…`); events are authorized for no single team. The view and the event's envelope contain
    the workspace's id. Runs before anything is looked up.
    """
    workspace = context.team_id or ""
    if not workspace.startswith("T") and (named := _team_of(body.get("view")) or _team_of(body)):
        context["team_id"] = named
    # Bolt knows the sender's workspace of events only.
    context["actor_team_id"] = _team_of(body.get("user")) or context.team_id
    await next()


def is_from_elsewhere(context: AsyncBoltContext) -> bool:
    """Whether the sender belongs to another workspace, which shares the channel with this workspace."""
    return context.actor_team_id != context.team_id


def provide_client(clients: Clients) -> Callable[[AsyncBoltContext, Callable[[], Awaitable[None]]], Awaitable[None]]:
    """Bolt middleware that provides the client of the request's workspace and binds team and user ids to log lines."""

    async def with_client(context: AsyncBoltContext, next: Callable[[], Awaitable[None]]) -> None:
        context["client"] = clients.of(context.team_id or "", context.enterprise_id)
        bind_log_context(team_id=context.team_id, user_id=context.user_id)
        await next()

    return with_client


def _team_of(part: object) -> str | None:
    """The `team_id` in a part of a payload; None when it is missing or not a workspace's id."""
    team_id = part.get("team_id") if isinstance(part, Mapping) else None
    return team_id if isinstance(team_id, str) and team_id.startswith("T") else None
