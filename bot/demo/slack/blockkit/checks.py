"""Small checks that the rules of Block Kit are put together from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

Surface = Literal["message", "modal", "home"]


@dataclass
class Report:
    """What is wrong with one view or message, in the words of `response_metadata.messages`."""

    surface: Surface
    scopes: frozenset[str] = frozenset()
    unfurl_domains: frozenset[str] = frozenset()
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class At:
    """A place in the JSON, by its JSON pointer."""

    report: Report
    pointer: str

    def __truediv__(self, key: str | int) -> At:
        return At(self.report, f"{self.pointer}/{key}")

    def refuse(self, problem: str) -> None:
        """Note that the value at this place is not accepted."""
        self.report.problems.append(f"[ERROR] {problem} [json-pointer:{self.pointer}]")


Check = Callable[[Any, At], None]
Fields = Mapping[str, Check]


def string(low: int = 1, high: int = 10**9) -> Check:
    """A string of `low` to `high` characters."""

    def check(value: Any, at: At) -> None:
        if not isinstance(value, str):
            at.refuse("must be a string")
        elif len(value) < low:
            at.refuse(f"must be more than {low - 1} characters")
        elif len(value) > high:
            at.refuse(f"must be less than {high + 1} characters")

    return check


def web_address(value: Any, at: At) -> None:
    """An http or https URL of at most 3000 characters."""
    if not isinstance(value, str) or len(value) > 3000:
        at.refuse("must be a URL of less than 3001 characters")
    elif urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc:
        at.refuse(f"invalid url: {value}")


def boolean(value: Any, at: At) -> None:
    """True or false."""
    if not isinstance(value, bool):
        at.refuse("must be a boolean")


def integer(low: int, high: int) -> Check:
    """A whole number from `low` to `high`."""

    def check(value: Any, at: At) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            at.refuse("must be an integer")
        elif not low <= value <= high:
            at.refuse(f"must be between {low} and {high}")

    return check


def one_of(*choices: str) -> Check:
    """One of these strings."""

    def check(value: Any, at: At) -> None:
        if value not in choices:
            at.refuse(f"invalid value {value!r}, allowed: {', '.join(choices)}")

    return check


def array(of: Check, low: int = 0, high: int = 10**9) -> Check:
    """A list of `low` to `high` items, each passing `of`."""

    def check(value: Any, at: At) -> None:
        if not isinstance(value, list):
            at.refuse("must be an array")
            return
        if len(value) < low:
            at.refuse(f"no fewer than {low} items required")
        elif len(value) > high:
            at.refuse(f"no more than {high} items allowed")
        for index, item in enumerate(value):
            of(item, at / index)

    return check


def record(required: Fields, optional: Fields | None = None, rules: Sequence[Check] = ()) -> Check:
    """An object with exactly these fields (and `type`); `rules` look at it once its fields are right."""
    known = {**required, **(optional or {})}

    def check(value: Any, at: At) -> None:
        if not isinstance(value, dict):
            at.refuse("must be an object")
            return
        before = len(at.report.problems)
        _check_fields(value, at, required, known)
        if len(at.report.problems) == before:
            for rule in rules:
                rule(value, at)

    return check


def _check_fields(value: Mapping[str, Any], at: At, required: Fields, known: Fields) -> None:
    for name in required:
        if name not in value:
            at.refuse(f"missing required field: {name}")
    for name, item in value.items():
        if name in known:
            known[name](item, at / name)
        elif name != "type":
            at.refuse(f"unknown field: {name}")


def by_type(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says which of these it is."""

    def check(value: Any, at: At) -> None:
        if not isinstance(value, dict):
            at.refuse("must be an object")
            return
        kind = kinds.get(str(value.get("type")))
        if kind is None:
            at.refuse(f"unsupported type: {value.get('type')}")
        else:
            kind(value, at)

    return check


def only_on(*surfaces: Surface) -> Check:
    """A rule: the thing exists only on these surfaces."""

    def check(value: Any, at: At) -> None:
        if at.report.surface not in surfaces:
            at.refuse(f"{value.get('type')} is not supported in a {at.report.surface}")

    return check


def exactly_one_of(*names: str) -> Check:
    """A rule: one of these fields, and only one."""

    def check(value: Any, at: At) -> None:
        if sum(name in value for name in names) != 1:
            at.refuse(f"exactly one of {', '.join(names)} required")

    return check


def unique(items: Sequence[Any], at: At, what: str) -> None:
    """Refuse when a value occurs twice."""
    seen: set[Any] = set()
    for item in items:
        if item in seen:
            at.refuse(f"{what} already exists: {item}")
        seen.add(item)
