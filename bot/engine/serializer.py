"""How the engine writes down what an export is made of: plain JSON, readable by any later release."""

import json
from collections.abc import Mapping
from typing import Any

from dbos import PortableWorkflowError, Serializer

from bot.exports import models

_TYPE = "$type"
_ERROR = "$error"
_TUPLE = "$tuple"
# Before a key that begins as those above do: it is one of the value's own.
_OWN = "$"
_STORED: Mapping[str, type[models.Stored]] = {kind.__name__: kind for kind in models.Stored.__subclasses__()}


class JsonSerializer(Serializer):
    """Writes our models under their names, so that a moved module breaks nothing.

    Errors come back as PortableWorkflowError with their type's name: steps give expected failures as values.
    """

    def name(self) -> str:
        return "avatar_bot_json"

    def serialize(self, data: Any) -> str:
        return json.dumps(_plain(data), ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, serialized_data: str) -> Any:
        return _revived(json.loads(serialized_data))


def _plain(value: Any) -> Any:
    if isinstance(value, models.Stored):
        return {_TYPE: type(value).__name__, **value.model_dump(mode="json")}
    if isinstance(value, BaseException):
        name = value.name if isinstance(value, PortableWorkflowError) else type(value).__name__
        return {_ERROR: name, "message": str(value)}
    if isinstance(value, Mapping):
        return {_OWN + key if key.startswith(_OWN) else key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        # The engine calls a workflow with its arguments as a tuple again.
        return {_TUPLE: [_plain(item) for item in value]}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _revived(value: Any) -> Any:
    if isinstance(value, list):
        return [_revived(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _TYPE in value:
        kind = _STORED[value[_TYPE]]
        return kind.model_validate({key: item for key, item in value.items() if key != _TYPE})
    if _TUPLE in value:
        return tuple(_revived(item) for item in value[_TUPLE])
    if _ERROR in value:
        return PortableWorkflowError(value["message"], value[_ERROR])
    return {key.removeprefix(_OWN): _revived(item) for key, item in value.items()}
