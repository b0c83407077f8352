"""The table of Web API methods and how their arguments are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Json


@dataclass(frozen=True)
class Arguments:
    """The arguments of a call, whichever way they came."""

    values: Mapping[str, Any]

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def optional(self, name: str) -> str | None:
        """A string, None if it was not given."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise SlackError("invalid_arguments", [f"[ERROR] must be a string [json-pointer:/{name}]"])
        return value

    def text(self, name: str) -> str:
        """A string that must be there and not empty; raises invalid_arguments."""
        value = self.optional(name)
        if not value:
            raise SlackError("invalid_arguments", [f"[ERROR] missing required field: {name}"])
        return value

    def flag(self, name: str) -> bool:
        """A boolean: JSON, `1` and `0`, or `true` and `false`."""
        return self.values.get(name) in (True, 1, "1", "true", "True")

    def integer(self, name: str, default: int) -> int:
        """A whole number; raises invalid_arguments."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            raise SlackError("invalid_arguments", [f"[ERROR] must be an integer [{name}]"]) from None

    def structure(self, name: str, error: str = "invalid_arguments") -> Any:
        """A JSON value, given as such or, in forms and query strings, as a string of JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error, [f"[ERROR] must be valid JSON [json-pointer:/{name}]"]) from None


Handler = Callable[[Workspace, Arguments], Json]


@dataclass(frozen=True)
class Method:
    """A method and the scopes of which it needs one."""

    name: str
    handler: Handler
    scopes: tuple[str, ...]


METHODS: dict[str, Method] = {}


def method(name: str, *any_scope_of: str) -> Callable[[Handler], Handler]:
    """Register a handler as a Web API method."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(name, handler, any_scope_of)
        return handler

    return register
