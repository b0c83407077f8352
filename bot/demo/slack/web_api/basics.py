"""auth.test, users.info and the completion of Workflow Builder steps."""

from __future__ import annotations

from bot.demo.slack.errors import SlackError
from bot.demo.slack.shapes import user_json
from bot.demo.slack.web_api.registry import Arguments, method
from bot.demo.slack.workspace import Workspace
from bot.demo.slack.world import Execution, Json


@method("auth.test")
def auth_test(slack: Workspace, args: Arguments) -> Json:  # noqa: ARG001 - takes no arguments
    """Who the token belongs to."""
    world = slack.world
    return {
        "url": f"https://{world.team_domain}.slack.com/",
        "team": world.team_name,
        "user": world.users[world.bot_user_id].name,
        "team_id": world.team_id,
        "user_id": world.bot_user_id,
        "bot_id": world.bot_id,
        "is_enterprise_install": False,
    }


@method("users.info", "users:read")
def users_info(slack: Workspace, args: Arguments) -> Json:
    """One person."""
    user = slack.world.users.get(args.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user_json(slack.world, user, include_locale=args.flag("include_locale"))}


@method("functions.completeSuccess")
def functions_complete_success(slack: Workspace, args: Arguments) -> Json:
    """End a step; its outputs must hold every output parameter that the manifest requires."""
    execution = _running(slack, args)
    outputs = args.structure("outputs")
    if not isinstance(outputs, dict):
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: outputs"])
    declared = (slack.manifest.function(execution.callback_id) or {}).get("output_parameters", {})
    missing = [name for name in declared.get("required", []) if outputs.get(name) is None]
    if missing or set(outputs) - set(declared.get("properties", {})):
        raise SlackError("parameter_validation_failed", [f"[ERROR] outputs: {missing or sorted(outputs)}"])
    execution.state, execution.outputs = "succeeded", outputs
    return {}


@method("functions.completeError")
def functions_complete_error(slack: Workspace, args: Arguments) -> Json:
    """End a step as failed, with a text for the person who ran the workflow."""
    execution, error = _running(slack, args), args.text("error")
    execution.state, execution.error = "failed", error
    return {}


def _running(slack: Workspace, args: Arguments) -> Execution:
    execution = slack.world.executions.get(args.text("function_execution_id"))
    if execution is None:
        raise SlackError("function_execution_not_found")
    if execution.state != "running":
        raise SlackError("execution_not_in_running_state")
    return execution
