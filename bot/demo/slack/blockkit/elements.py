"""Block elements: everything a person can press, choose from or type into.

Limits: https://docs.slack.dev/reference/block-kit/block-elements
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.demo.slack.blockkit.checks import (
    At,
    Check,
    Fields,
    array,
    boolean,
    exactly_one_of,
    integer,
    one_of,
    only_on,
    record,
    string,
    unique,
    web_address,
)
from bot.demo.slack.blockkit.composition import (
    CONFIRM,
    IDENTIFIER,
    OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    STYLED_OPTION,
    plain_text,
)


def pattern(expression: str, what: str) -> Check:
    """A string of this shape."""

    def check(value: Any, at: At) -> None:
        if not isinstance(value, str) or not re.fullmatch(expression, value):
            at.refuse(f"must be {what}")

    return check


USER_ID = pattern(r"[UW][A-Z0-9]{8,}", "a user id")
CHANNEL_ID = pattern(r"C[A-Z0-9]{8,}", "a channel id")
CONVERSATION_ID = pattern(r"[CGDUW][A-Z0-9]{8,}", "a conversation id")

PLACED: Fields = {"action_id": IDENTIFIER, "focus_on_load": boolean, "placeholder": plain_text(150)}
CHOICE: Fields = {**PLACED, "confirm": CONFIRM}
MULTI: Fields = {**CHOICE, "max_selected_items": integer(1, 100)}
OPTIONS: Fields = {"options": array(OPTION, 1, 100), "option_groups": array(OPTION_GROUP, 1, 100)}
CONVERSATION_FILTER = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
CONVERSATIONS: Fields = {"default_to_current_conversation": boolean, "filter": CONVERSATION_FILTER}


def options_of(element: Mapping[str, Any]) -> list[Any]:
    """All options of a select, those in groups included."""
    groups = element.get("option_groups", [])
    return [*element.get("options", []), *(option for group in groups for option in group["options"])]


def _initial_is_offered(element: Any, at: At) -> None:
    chosen = [element["initial_option"]] if "initial_option" in element else element.get("initial_options", [])
    offered = options_of(element)
    if any(option not in offered for option in chosen):
        at.refuse("initial option must exactly match one of the options")


def _not_too_many(element: Any, at: At) -> None:
    initial: list[Any] = next((v for k, v in element.items() if k.startswith("initial_")), [])
    if len(initial) > element.get("max_selected_items", len(initial)):
        at.refuse("more initial items than max_selected_items")


def _lengths_agree(element: Any, at: At) -> None:
    low, high = element.get("min_length", 0), element.get("max_length", 3000)
    if low > high:
        at.refuse("min_length must not be greater than max_length")
    if len(element.get("initial_value", "")) > high:
        at.refuse("initial_value must not be longer than max_length")


def _numbers_agree(element: Any, at: At) -> None:
    bounds = [element.get(key) for key in ("min_value", "initial_value", "max_value")]
    numbers = [float(bound) for bound in bounds if bound is not None]
    if numbers != sorted(numbers):
        at.refuse("min_value, initial_value and max_value must be in this order")
    if not element["is_decimal_allowed"] and any(number % 1 for number in numbers):
        at.refuse("decimals are not allowed")


def _values_differ(element: Any, at: At) -> None:
    unique([option["value"] for option in element["options"]], at / "options", "option value")


def _files_may_be_read(_element: Any, at: At) -> None:
    if "files:read" not in at.report.scopes:
        at.refuse("missing scope files:read")


DISPATCH_CONFIG = record(
    {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 1)},
)
TYPED: Fields = {**PLACED, "dispatch_action_config": DISPATCH_CONFIG}
NUMBER = pattern(r"-?\d+(\.\d+)?", "a number in a string")
DATE = pattern(r"\d{4}-\d\d-\d\d", "a date as YYYY-MM-DD")
TIME = pattern(r"([01]\d|2[0-3]):[0-5]\d", "a time as HH:mm")

IMAGE = record(
    {"alt_text": string(1, 2000)},
    {"image_url": web_address, "slack_file": record({}, {"id": string(), "url": web_address})},
    [exactly_one_of("image_url", "slack_file")],
)

ELEMENTS: Fields = {
    "image": IMAGE,
    "button": record(
        {"text": plain_text(75)},
        {
            "action_id": IDENTIFIER,
            "url": web_address,
            "value": string(1, 2000),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(1, 75),
        },
    ),
    "overflow": record({"options": array(OVERFLOW_OPTION, 1, 5)}, {"action_id": IDENTIFIER, "confirm": CONFIRM}),
    "static_select": record(
        {},
        {**CHOICE, **OPTIONS, "initial_option": OPTION},
        [exactly_one_of("options", "option_groups"), _initial_is_offered],
    ),
    "external_select": record({}, {**CHOICE, "initial_option": OPTION, "min_query_length": integer(0, 100)}),
    "users_select": record({}, {**CHOICE, "initial_user": USER_ID}),
    "channels_select": record({}, {**CHOICE, "initial_channel": CHANNEL_ID, "response_url_enabled": boolean}),
    "conversations_select": record(
        {},
        {
            **CHOICE,
            **CONVERSATIONS,
            "initial_conversation": CONVERSATION_ID,
            "response_url_enabled": boolean,
        },
    ),
    "multi_static_select": record(
        {},
        {**MULTI, **OPTIONS, "initial_options": array(OPTION, 1, 100)},
        [exactly_one_of("options", "option_groups"), _initial_is_offered, _not_too_many],
    ),
    "multi_external_select": record(
        {},
        {**MULTI, "initial_options": array(OPTION, 1, 100), "min_query_length": integer(0, 100)},
        [_not_too_many],
    ),
    "multi_users_select": record({}, {**MULTI, "initial_users": array(USER_ID)}, [_not_too_many]),
    "multi_channels_select": record({}, {**MULTI, "initial_channels": array(CHANNEL_ID)}, [_not_too_many]),
    "multi_conversations_select": record(
        {}, {**MULTI, **CONVERSATIONS, "initial_conversations": array(CONVERSATION_ID)}, [_not_too_many]
    ),
    "radio_buttons": record(
        {"options": array(STYLED_OPTION, 1, 10)},
        {
            "action_id": IDENTIFIER,
            "initial_option": STYLED_OPTION,
            "confirm": CONFIRM,
            "focus_on_load": boolean,
        },
        [_initial_is_offered, _values_differ],
    ),
    "checkboxes": record(
        {"options": array(STYLED_OPTION, 1, 10)},
        {
            "action_id": IDENTIFIER,
            "initial_options": array(STYLED_OPTION, 1, 10),
            "confirm": CONFIRM,
            "focus_on_load": boolean,
        },
        [_initial_is_offered, _values_differ],
    ),
    "plain_text_input": record(
        {},
        {
            **TYPED,
            # The documentation gives no length for initial_value; nothing longer could be submitted.
            "initial_value": string(0, 3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        [_lengths_agree],
    ),
    "number_input": record(
        {"is_decimal_allowed": boolean},
        {**TYPED, "initial_value": NUMBER, "min_value": NUMBER, "max_value": NUMBER},
        [_numbers_agree],
    ),
    "url_text_input": record({}, {**TYPED, "initial_value": web_address}),
    "email_text_input": record({}, {**TYPED, "initial_value": string(1, 320)}),
    "datepicker": record({}, {**CHOICE, "initial_date": DATE}),
    "timepicker": record({}, {**CHOICE, "initial_time": TIME, "timezone": string()}),
    "file_input": record(
        {},
        {"action_id": IDENTIFIER, "filetypes": array(string(1, 20), 1), "max_files": integer(1, 10)},
        [only_on("modal"), _files_may_be_read],
    ),
}

SELECTS = ("static_select", "external_select", "users_select", "channels_select", "conversations_select")
PICKERS = ("checkboxes", "datepicker", "radio_buttons", "timepicker", *SELECTS)
MULTI_SELECTS = tuple(f"multi_{name}" for name in SELECTS)
TEXT_INPUTS = ("plain_text_input", "number_input", "url_text_input", "email_text_input")


def elements(*names: str) -> Fields:
    """The elements of these types."""
    return {name: ELEMENTS[name] for name in names}


IN_SECTION = elements("button", "image", "overflow", *PICKERS, *MULTI_SELECTS)
IN_ACTIONS = elements("button", "overflow", *PICKERS)
IN_INPUT = elements("file_input", *TEXT_INPUTS, *PICKERS, *MULTI_SELECTS)
