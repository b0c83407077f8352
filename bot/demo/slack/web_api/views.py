"""views.*: opening, stacking, updating and publishing views."""

from __future__ import annotations

from typing import Any

from bot.demo.slack.blockkit import check_view, elements_in
from bot.demo.slack.client.form_state import can_hold, state_values
from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.shapes import settled_view, view_json
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Json, Stack, View
from bot.demo.slack.web_api.registry import Arguments, method

STACK_HEIGHT = 3


def accepted_view(slack: Workspace, view: Any, kind: str, replaces: View | None = None) -> Json:
    """The view as Slack keeps it; raises invalid_arguments, view_too_large, duplicate_external_id."""
    check_view(view, kind, slack.manifest)
    holder = slack.world.view_by_external_id(view["external_id"]) if view.get("external_id") else None
    if holder is not None and holder is not replaces:
        raise SlackError("duplicate_external_id")
    slack.require_images(view["blocks"], "/view/blocks", "invalid_arguments")
    return settled_view(view)


def open_on(slack: Workspace, stack: Stack, body: Json, channel: str | None) -> View:
    """Put a view on top of a stack; raises push_limit_reached."""
    if len(stack.views) >= STACK_HEIGHT:
        raise SlackError("push_limit_reached")
    below = stack.views[-1] if stack.views else None
    view_id = slack.world.new_id("V")
    view = View(
        id=view_id,
        user=stack.user,
        body=body,
        hash=slack.world.new_hash(),
        root_id=below.root_id if below else view_id,
        previous_id=below.id if below else None,
        channel=channel,
        focus=_focused(body),
    )
    stack.views.append(view)
    slack.world.views[view.id] = view
    slack.world.stacks[view.root_id] = stack
    return view


def _focused(body: Json) -> str | None:
    focused = (block["block_id"] for block, element in elements_in(body["blocks"]) if element.get("focus_on_load"))
    return next(focused, None)


def replace(slack: Workspace, view: View, body: Json) -> None:
    """Show another body in the same view; fields stay as they were where block_id and action_id stay.

    That holds for fields nobody touched too: a new initial value shows only under a new id
    (https://github.com/slackapi/bolt-js/issues/290).
    """
    before = state_values(view)
    view.body, view.hash, view.typed = body, slack.world.new_hash(), {}
    for block, element in elements_in(body["blocks"]):
        block_id, action_id = block["block_id"], str(element.get("action_id"))
        state = before.get(block_id, {}).get(action_id)
        if state is not None and can_hold(element, state):
            view.typed.setdefault(block_id, {})[action_id] = state


def _answer(slack: Workspace, view: View) -> Json:
    return {"view": view_json(slack.world, view, state_values(view))}


@method("views.open")
def views_open(slack: Workspace, args: Arguments) -> Json:
    """Open a modal for whoever caused the trigger."""
    trigger_id = args.text("trigger_id")
    body = accepted_view(slack, args.structure("view"), "modal")
    trigger = slack.triggers.exchange(trigger_id)
    stack = Stack(trigger.user, trigger_id, [])
    return _answer(slack, open_on(slack, stack, body, trigger.channel))


@method("views.push")
def views_push(slack: Workspace, args: Arguments) -> Json:
    """Put a modal on top of the one in which the trigger was caused."""
    trigger_id = args.text("trigger_id")
    body = accepted_view(slack, args.structure("view"), "modal")
    trigger = slack.triggers.exchange(trigger_id)
    stack = slack.world.stack_of(trigger.view) if trigger.view else None
    if stack is None:
        raise SlackError("invalid_trigger_id")
    return _answer(slack, open_on(slack, stack, body, trigger.channel))


@method("views.update")
def views_update(slack: Workspace, args: Arguments) -> Json:
    """Replace an open view."""
    view = _open_view(slack, args)
    if args.optional("hash") not in (None, view.hash):
        raise SlackError("hash_conflict")
    kind = "home" if slack.world.is_home(view) else "modal"
    replace(slack, view, accepted_view(slack, args.structure("view"), kind, replaces=view))
    return _answer(slack, view)


def _open_view(slack: Workspace, args: Arguments) -> View:
    if "view_id" in args:
        view = slack.world.views.get(args.text("view_id"))
    else:
        view = slack.world.view_by_external_id(args.text("external_id"))
    if view is None or not (slack.world.is_home(view) or slack.world.stack_of(view)):
        raise SlackError("not_found")
    return view


@method("views.publish")
def views_publish(slack: Workspace, args: Arguments) -> Json:
    """Set the Home tab of one person."""
    user_id = args.text("user_id")
    if not slack.manifest.app_home("home_tab_enabled"):
        raise SlackError("not_enabled")
    if user_id not in slack.world.users:
        raise SlackError("invalid_arguments", ["[ERROR] unknown user [json-pointer:/user_id]"])
    view = slack.world.home_tabs.get(user_id)
    if args.optional("hash") not in (None, view.hash if view else None):
        raise SlackError("hash_conflict")
    body = accepted_view(slack, args.structure("view"), "home", replaces=view)
    if view is None:
        view_id = slack.world.new_id("V")
        view = View(view_id, user_id, body, slack.world.new_hash(), root_id=view_id)
        slack.world.home_tabs[user_id] = slack.world.views[view_id] = view
    else:
        replace(slack, view, body)
    return _answer(slack, view)
