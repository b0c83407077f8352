"""What a person entered in a view, in the shapes of `view.state.values`."""

from __future__ import annotations

from typing import Any

from bot.demo.slack.blockkit import elements_in
from bot.demo.slack.blockkit.elements import TEXT_INPUTS, options_of
from bot.demo.slack.state.errors import ClientRefused
from bot.demo.slack.state.world import Json, View, World

# Where each element keeps its value in the state, and the field that fills it at first.
STATE_FIELD = {
    **dict.fromkeys(TEXT_INPUTS, ("value", "initial_value")),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "file_input": ("files", "initial_files"),
}


def state_values(view: View, *, with_inputs: bool = True) -> Json:
    """`state.values` of a view: initial values, overlaid with what the person entered."""
    values: Json = {}
    for block, element in elements_in(view.body["blocks"]):
        if element["type"] not in STATE_FIELD or (block["type"] == "input" and not with_inputs):
            continue
        block_id, action_id = block["block_id"], element["action_id"]
        typed = view.typed.get(block_id, {}).get(action_id)
        values.setdefault(block_id, {})[action_id] = typed or _initial_state(element, view)
    return values


def _initial_state(element: Json, view: View) -> Json:
    field, initial = STATE_FIELD[element["type"]]
    value = element.get(initial, [] if field.endswith("s") else None)
    # initial_conversation takes precedence over the current one.
    if value is None and element.get("default_to_current_conversation"):
        value = view.channel
    return _state(element, value)


def _state(element: Json, value: Any) -> Json:
    field, _ = STATE_FIELD[element["type"]]
    return {"type": element["type"], field: value}


def can_hold(element: Json, state: Json) -> bool:
    """Whether an element can stand as this state says: of the same type, and still offering what was chosen."""
    if element["type"] != state["type"]:
        return False
    chosen = [state["selected_option"]] if state.get("selected_option") else state.get("selected_options", [])
    offered = {option["value"] for option in options_of(element)}
    return not offered or all(option["value"] in offered for option in chosen)


def enter(view: View, block_id: str, value: Any, *, checked: bool) -> None:
    """Enter a value; a str may stand for the option that has it. `checked`: only what was offered."""
    element = input_element(view, block_id)
    field, _ = STATE_FIELD[element["type"]]
    if field == "selected_option":
        value = _option(view, block_id, element, value, checked=checked)
    elif field == "selected_options":
        value = [_option(view, block_id, element, item, checked=checked) for item in value or []]
    elif field == "value" and value == "":
        value = None
    view.typed.setdefault(block_id, {})[element["action_id"]] = _state(element, value)


def input_element(view: View, block_id: str) -> Json:
    """The element of a block; ClientRefused if the view has no such block to fill in."""
    for block, element in elements_in(view.body["blocks"]):
        if block["block_id"] == block_id and element["type"] in STATE_FIELD:
            return element
    raise ClientRefused(f"there is nothing to fill in with block_id {block_id!r}", code="field_gone")


def _option(view: View, block_id: str, element: Json, value: Any, *, checked: bool) -> Json | None:
    if value is None:
        return None
    offered = [*options_of(element), *view.offered.get(block_id, ()), *_initial_options(element)]
    wanted = value["value"] if isinstance(value, dict) else value
    for option in offered:
        if option["value"] == wanted and (isinstance(value, str) or _same_option(option, value)):
            return dict(option)
    if checked:
        raise ClientRefused(f"{block_id}: {wanted!r} was not offered")
    return dict(value) if isinstance(value, dict) else {"text": _plain(wanted), "value": wanted}


def _same_option(offered: Json, chosen: Json) -> bool:
    """Whether the text agrees too; Slack adds `emoji` to plain text on its own."""
    return bool(offered["text"]["text"] == chosen["text"]["text"])


def _initial_options(element: Json) -> list[Json]:
    single = [element["initial_option"]] if "initial_option" in element else []
    return [*single, *element.get("initial_options", [])]


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text[:75], "emoji": True}


def client_errors(world: World, view: View) -> dict[str, str]:
    """What the Slack client shows beside the fields, by block_id, instead of submitting."""
    values = state_values(view)
    errors: dict[str, str] = {}
    for block, element in elements_in(view.body["blocks"]):
        if block["type"] == "input":
            field, _ = STATE_FIELD[element["type"]]
            value = values[block["block_id"]][element["action_id"]][field]
            if error := _client_error(world, view, block, value):
                errors[block["block_id"]] = error
    return errors


def _client_error(world: World, view: View, block: Json, value: Any) -> str | None:
    element = block["element"]
    if not value:
        return None if block.get("optional") else "Please complete this required field."
    if element["type"] == "plain_text_input":
        return _length_error(element, value)
    if element["type"] == "conversations_select":
        return _conversation_error(world, view.user, element, value)
    return None


def _length_error(element: Json, value: str) -> str | None:
    low, high = element.get("min_length", 0), element.get("max_length", 3000)
    return None if low <= len(value) <= high else f"{len(value)} characters, allowed are {low} to {high}."


def _conversation_error(world: World, user: str, element: Json, conversation: str) -> str | None:
    channel = world.channels.get(conversation)
    if channel is None or channel.is_deleted or (channel.kind != "public" and user not in channel.members):
        return f"{conversation} is not a conversation of {user}."
    if channel.kind not in element.get("filter", {}).get("include", [channel.kind]):
        return f"{conversation} is not among the kinds that are offered."
    return None
