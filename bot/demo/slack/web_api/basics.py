"""auth.test, and who the people are: users.info, usergroups.users.list."""

from __future__ import annotations

from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.shapes import user_json
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Json
from bot.demo.slack.web_api.registry import Arguments, method


@method("auth.test")
def auth_test(slack: Workspace, args: Arguments) -> Json:  # noqa: ARG001 - takes no arguments
    """Who the token belongs to."""
    world, is_org_wide = slack.world, slack.world.is_enterprise_install
    return {
        "url": f"https://{world.team_domain}.slack.com/",
        "team": None if is_org_wide else world.team_name,
        "user": world.users[world.bot_user_id].name,
        "team_id": world.enterprise.id if world.enterprise and is_org_wide else world.team_id,
        "user_id": world.bot_user_id,
        "bot_id": world.bot_id,
        "is_enterprise_install": is_org_wide,
        **({"enterprise_id": world.enterprise.id} if world.enterprise else {}),
    }


@method("users.info", "users:read")
def users_info(slack: Workspace, args: Arguments) -> Json:
    """One person."""
    user = slack.world.users.get(args.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user_json(slack.world, user, include_locale=args.flag("include_locale"))}


@method("usergroups.users.list", "usergroups:read")
def usergroups_users_list(slack: Workspace, args: Arguments) -> Json:
    """Who is in a user group."""
    group = slack.world.usergroups.get(args.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}
