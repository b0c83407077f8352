"""functions.*: the completion of Workflow Builder steps.

Rules: https://docs.slack.dev/reference/methods/functions.completeSuccess
"""

from __future__ import annotations

from typing import Any

from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.parameters import misfits
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Execution, Json
from bot.demo.slack.web_api.registry import Arguments, method


@method("functions.completeSuccess")
def functions_complete_success(slack: Workspace, args: Arguments) -> Json:
    """End a step; its outputs must be what the manifest declares, and hold all that it requires."""
    execution = _running(slack, args)
    outputs: Any = args.structure("outputs")
    if not isinstance(outputs, dict):
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: outputs"])
    declared = (slack.manifest.function(execution.callback_id) or {}).get("output_parameters", {})
    if problems := misfits(declared, outputs):
        raise SlackError("parameter_validation_failed", [f"[ERROR] outputs: {problem}" for problem in problems])
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
