"""Serializes workflows' inputs and results as plain JSON, readable by any later release."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from dbos import PortableWorkflowError, Serializer
from pydantic import BaseModel

_TYPE = "$type"
_ERROR = "$error"
_TUPLE = "$tuple"
# Escapes a key of the value that begins like the markers above.
_OWN = "$"


class JsonSerializer(Serializer):
    """Writes models of the given types under their names, so that a moved module breaks nothing.

    Errors are restored as PortableWorkflowError with their type's name; steps therefore return expected failures as
    values.
    """

    def __init__(self, types: Iterable[type[BaseModel]]) -> None:
        self._types: Mapping[str, type[BaseModel]] = {kind.__name__: kind for kind in types}

    def name(self) -> str:
        return "avatar_bot_json"

    def serialize(self, data: Any) -> str:
        """Returns JSON. Raises TypeError for a model of an unregistered type: it could not be read again."""
        return json.dumps(self._plain(data), ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, serialized_data: str) -> Any:
        """Returns the value of this JSON. Raises KeyError for a type that this release does not know."""
        return self._revived(json.loads(serialized_data))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, BaseModel):
            return {_TYPE: self._name_of(value), **value.model_dump(mode="json", exclude_none=True)}
        if isinstance(value, BaseException):
            name = value.name if isinstance(value, PortableWorkflowError) else type(value).__name__
            return {_ERROR: name, "message": str(value)}
        if isinstance(value, Mapping):
            return {_OWN + key if key.startswith(_OWN) else key: self._plain(item) for key, item in value.items()}
        if isinstance(value, tuple):
            # DBOS calls a workflow with its arguments as a tuple again.
            return {_TUPLE: [self._plain(item) for item in value]}
        if isinstance(value, list):
            return [self._plain(item) for item in value]
        return value

    def _name_of(self, value: BaseModel) -> str:
        name = type(value).__name__
        if self._types.get(name) is not type(value):
            raise TypeError(f"{name} is not registered with the serializer")
        return name

    def _revived(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._revived(item) for item in value]
        if not isinstance(value, dict):
            return value
        if _TYPE in value:
            kind = self._types[value[_TYPE]]
            return kind.model_validate({key: item for key, item in value.items() if key != _TYPE})
        if _TUPLE in value:
            return tuple(self._revived(item) for item in value[_TUPLE])
        if _ERROR in value:
            return PortableWorkflowError(value["message"], value[_ERROR])
        return {key.removeprefix(_OWN): self._revived(item) for key, item in value.items()}
