"""How an export is written down: plain JSON that any later release can read."""

from __future__ import annotations

import json
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from dbos import PortableWorkflowError
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, create_model

from bot.engine.serializer import JsonSerializer
from bot.exports import models
from bot.exports.models import STORED_TYPES, ExportRequest, Origin, Status, Stored

SERIALIZER = JsonSerializer(STORED_TYPES)
KINDS = sorted(STORED_TYPES, key=lambda kind: kind.__name__)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(-(2**60), 2**60),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
}


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    if annotation in PLAIN:
        return PLAIN[annotation]
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        return st.one_of([values_of(part) for part in get_args(annotation)])
    return stored(annotation)


def stored(kind: type[Stored]) -> st.SearchStrategy[Stored]:
    """Any instance of a model."""
    return st.builds(kind, **{name: values_of(field.annotation) for name, field in kind.model_fields.items()})


ANYTHING_STORED = st.one_of([stored(kind) for kind in KINDS])
NESTED = st.recursive(
    st.one_of(list(PLAIN.values())) | ANYTHING_STORED,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


def back(value: Any) -> Any:
    """The value after it was written down and read."""
    return SERIALIZER.deserialize(SERIALIZER.serialize(value))


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_every_model_comes_back(kind: type[Stored], data: st.DataObject) -> None:
    """Each kind of stored value is read as what it was, of the same kind."""
    value = data.draw(stored(kind))
    again = back(value)
    assert again == value
    assert type(again) is kind


@settings(deadline=None)
@given(value=NESTED)
@example(value={"$type": None, "$$": {"$tuple": [], "$error": "none"}})
def test_nested_values_come_back(value: Any) -> None:
    """Lists and dictionaries of anything, nested, with None in them."""
    assert back(value) == value


@settings(deadline=None)
@given(request=stored(ExportRequest), positional=st.lists(ANYTHING_STORED, max_size=3))
def test_the_arguments_of_a_call_come_back_as_they_were(request: Stored, positional: list[Stored]) -> None:
    """A call as the engine writes it: it is called with a tuple again."""
    call = {"args": (request, *positional), "kwargs": {"pair": ("answer", "")}}
    assert back(call) == call


@settings(deadline=None)
@given(value=ANYTHING_STORED)
def test_it_is_plain_json_under_the_models_name(value: Stored) -> None:
    """Any reader of JSON can read it; the model's name stands there, its module does not."""
    text = SERIALIZER.serialize(value)
    assert json.loads(text)["$type"] == type(value).__name__
    assert json.loads(text) == {"$type": type(value).__name__, **value.model_dump(mode="json", exclude_none=True)}


def test_every_model_of_the_product_is_registered() -> None:
    """A model that is left out would end the first workflow that records it."""
    recorded = {kind for kind in Stored.__subclasses__() if kind.__module__ == models.__name__}
    assert set(STORED_TYPES) == recorded
    assert len({kind.__name__ for kind in STORED_TYPES}) == len(STORED_TYPES)


def test_a_type_that_is_not_registered_is_refused() -> None:
    """Also one that has the name of another: no release could read it again as what it was."""

    class Unknown(BaseModel):
        pass

    namesake: BaseModel = create_model("Origin", channel_id=(str, "C1"), ts=(str, "1.2"))()
    for value in (Unknown(), namesake):
        with pytest.raises(TypeError, match=f"{type(value).__name__} is not registered"):
            SERIALIZER.serialize({"deep": [value]})
    with pytest.raises(TypeError):
        JsonSerializer([Origin]).serialize(Status(stage="submitted"))


def test_a_type_that_is_not_known_is_not_guessed() -> None:
    """What a later release has written under a new name is an error, and no dictionary."""
    with pytest.raises(KeyError, match="Later"):
        SERIALIZER.deserialize('{"$type":"Later","x":1}')


def test_a_script_is_legible_and_exact() -> None:
    """Text is written as it is, byte for byte: no escapes beyond JSON's own, nothing normalised."""
    script = "안녕 \u1100\u1161 é e\u0301 \r\n\t trailing  \u200b🎉"
    text = SERIALIZER.serialize({"script": script})
    assert "안녕 \u1100\u1161 é e\u0301" in text
    assert back({"script": script}) == {"script": script}


@pytest.mark.parametrize("error", [ValueError("no"), KeyError("k"), RuntimeError(), OSError(5, "disk")])
def test_errors_come_back_with_name_and_words(error: Exception) -> None:
    """An error that crosses a step is read as a portable one."""
    again = back(error)
    assert isinstance(again, PortableWorkflowError)
    assert (again.name, again.message) == (type(error).__name__, str(error))


def test_a_portable_error_stays_what_it_was() -> None:
    """Written down a second time, an error still has the name of the first one."""
    assert back(back(ValueError("no"))).name == "ValueError"


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_fields_of_a_later_release_are_ignored(kind: type[Stored], data: st.DataObject) -> None:
    """After a roll-back, what the newer release wrote is still readable."""
    value = data.draw(stored(kind))
    written = {**json.loads(SERIALIZER.serialize(value)), "resolution_of_the_future": {"deep": [1]}}
    assert SERIALIZER.deserialize(json.dumps(written)) == value


def test_fields_that_an_earlier_release_did_not_have_are_filled_in() -> None:
    """What is optional now may be missing in old exports."""
    old = '{"$type":"Status","stage":"submitted"}'
    assert SERIALIZER.deserialize(old) == Status(stage="submitted")


def test_the_format_does_not_change() -> None:
    """Exports in flight were written like this."""
    origin = Origin(channel_id="C1", ts="1.2")
    assert SERIALIZER.serialize([origin, None, 1.5]) == '[{"$type":"Origin","channel_id":"C1","ts":"1.2"},null,1.5]'
    assert SERIALIZER.name() == "avatar_bot_json"
