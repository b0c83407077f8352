"""The inputs and outputs of a Workflow Builder step, held to what the manifest declares.

Types: https://docs.slack.dev/tools/deno-slack-sdk/reference/slack-types
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.demo.slack.state.world import Json


def _shaped(expression: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(expression, value) is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_FITS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "slack#/types/channel_id": _shaped(r"[CGD][A-Z0-9]{8,}"),
    "slack#/types/user_id": _shaped(r"[UW][A-Z0-9]{8,}"),
    "slack#/types/usergroup_id": _shaped(r"S[A-Z0-9]{8,}"),
    "slack#/types/message_ts": _shaped(r"\d{10}\.\d{6}"),
    "slack#/types/date": _shaped(r"\d{4}-\d\d-\d\d"),
    "slack#/types/timestamp": _is_integer,
}


def misfits(declared: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """What keeps these values from being the declared parameters; empty if nothing does."""
    properties: dict[str, Json] = declared.get("properties", {})
    missing = [f"{name} is required" for name in declared.get("required", []) if given.get(name) is None]
    unknown = [f"{name} is not declared" for name in given if name not in properties]
    present = {name: value for name, value in given.items() if name in properties and value is not None}
    wrong = [
        f"{name} must be {properties[name]['type']}"
        for name, value in present.items()
        if not _fits(properties[name], value)
    ]
    return [*missing, *unknown, *wrong]


def _fits(declared: Json, value: Any) -> bool:
    of_type = _FITS.get(declared["type"], lambda _: True)
    return of_type(value) and value in declared.get("enum", [value])
