"""What the app's reply to a submitted view does to the modal.

Rules: https://docs.slack.dev/surfaces/modals#handling_submissions
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.demo.slack.delivery.http import Reply
from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Json, View
from bot.demo.slack.web_api.views import accepted_view, open_on, replace

TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(frozen=True)
class Submission:
    """The outcome for the person: errors beside fields, or a modal that closed, changed or got one on top.

    `view` is the modal that the person now looks at, None if none is left; `error` is what Slack shows when
    it could not use the reply.
    """

    reply: Reply
    errors: dict[str, str] = field(default_factory=dict)
    closed: bool = False
    view: View | None = None
    error: str | None = None


def carry_out(slack: Workspace, view: View, reply: Reply) -> Submission:
    """Do what the reply asks for; a reply that Slack cannot use leaves the modal open with TROUBLE."""
    if reply.error is not None or (reply.body and reply.json is None):
        return Submission(reply, view=view, error=TROUBLE)
    try:
        errors = _act(slack, view, reply)
    except SlackError as refusal:
        return Submission(reply, view=view, error=f"{TROUBLE} ({refusal.code}: {refusal.messages})")
    stack = slack.world.stacks.get(view.root_id)
    closed = slack.world.stack_of(view) is None
    return Submission(reply, errors, closed, stack.views[-1] if stack else None)


def _act(slack: Workspace, view: View, reply: Reply) -> dict[str, str]:
    if reply.json is None:
        slack.world.close(view)
        return {}
    action = reply.json.get("response_action")
    if action == "errors":
        return _errors(view, reply.json)
    _ACTIONS.get(str(action), _unknown)(slack, view, reply.json)
    return {}


def _errors(view: View, body: Json) -> dict[str, str]:
    errors = body.get("errors")
    if not isinstance(errors, dict) or not errors:
        raise SlackError("invalid_arguments", ["errors must be an object that is not empty"])
    inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
    if strangers := set(errors) - inputs:
        raise SlackError("invalid_arguments", [f"no input block has block_id {sorted(strangers)}"])
    if not all(isinstance(text, str) and text for text in errors.values()):
        raise SlackError("invalid_arguments", ["an error must be a text that is not empty"])
    return errors


def _update(slack: Workspace, view: View, body: Json) -> None:
    replace(slack, view, accepted_view(slack, body.get("view"), "modal", replaces=view))


def _push(slack: Workspace, view: View, body: Json) -> None:
    accepted = accepted_view(slack, body.get("view"), "modal")
    stack = slack.world.stack_of(view)
    if stack is None:
        raise SlackError("not_found")
    open_on(slack, stack, accepted, view.channel)


def _clear(slack: Workspace, view: View, body: Json) -> None:  # noqa: ARG001 - one of the actions
    slack.world.stacks.pop(view.root_id, None)


def _unknown(slack: Workspace, view: View, body: Json) -> None:  # noqa: ARG001 - one of the actions
    raise SlackError("invalid_arguments", [f"unknown response_action {body.get('response_action')!r}"])


_ACTIONS: dict[str, Callable[[Workspace, View, Json], None]] = {
    "update": _update,
    "push": _push,
    "clear": _clear,
}
