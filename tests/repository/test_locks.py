"""The locks: what the image and the tests install, with hashes. `.ci/lock` writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.image.dockerfile import CHECKOUT
from tests.repository.test_github import PROJECT

EXTRAS = PROJECT["optional-dependencies"]
# The demo comes with every installation, and is looked at apart.
BOT = [each for each in PROJECT["dependencies"] if each != "avatar-bot[demo]"]


def locked(name: str) -> set[str]:
    """The packages of a lock that this Python on this machine gets."""
    text = (CHECKOUT / ".ci" / name).read_text(encoding="utf-8")
    entries = [Requirement(line.rstrip(" \\")) for line in text.splitlines() if re.match(r"\w", line)]
    return {canonicalize_name(entry.name) for entry in entries if entry.marker is None or entry.marker.evaluate()}


def everything_for(wanted: Iterable[str]) -> set[str]:
    """These requirements, and what they need in turn."""
    found: set[str] = set()
    to_look_at = [Requirement(each) for each in wanted]
    seen: set[tuple[str, frozenset[str]]] = set()
    while to_look_at:
        one = to_look_at.pop()
        key = canonicalize_name(one.name), frozenset(one.extras)
        if key not in seen:
            seen.add(key)
            found.add(key[0])
            to_look_at += _needs_of(one)
    return found


def _needs_of(one: Requirement) -> Iterator[Requirement]:
    for text in distribution(one.name).requires or []:
        need = Requirement(text)
        extras = one.extras or {""}
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras):
            yield need


def test_every_installation_has_the_demo() -> None:
    """`uvx --from . avatar-bot demo` works, and so does it after `pip install .`."""
    assert PROJECT["dependencies"] == [*BOT, "avatar-bot[demo]"]


def test_the_image_gets_what_the_bot_needs_and_nothing_of_the_demo() -> None:
    """Its lock is the whole of what the bot and its traces need; what only the demo needs is left out by name."""
    needed = everything_for([*BOT, *EXTRAS["otel"]])
    assert locked("runtime.lock") == needed
    left_out = re.findall(r"--no-emit-package (\S+)", (CHECKOUT / ".ci/lock").read_text(encoding="utf-8"))
    assert set(left_out) == everything_for(EXTRAS["demo"]) - needed


def test_the_tests_install_nothing_without_a_hash() -> None:
    """Their lock is everything that bot, demo and tests need."""
    tools = [each for each in EXTRAS["test"] if not each.startswith("avatar-bot[")]
    assert everything_for([*BOT, *EXTRAS["demo"], *EXTRAS["otel"], *tools]) <= locked("test.lock")


def test_the_locks_name_no_place() -> None:
    """Packages come from whatever index the machine is set up with."""
    for name in ("runtime.lock", "test.lock"):
        text = (CHECKOUT / ".ci" / name).read_text(encoding="utf-8")
        assert re.findall(r"://|--\w*index|--find-links|^ *#.*$", text, re.MULTILINE) == [], name
