"""The page's JavaScript modules: each stands in its room, and no two of them import each other in a circle."""

from __future__ import annotations

import posixpath
import re
from graphlib import TopologicalSorter

from bot.demo.page.server import STATIC

# Which rooms a room's modules may import from; main.js puts all of them together.
ROOMS = {
    "core": {"core"},
    "blockkit": {"blockkit", "core"},
    "client": {"client", "blockkit", "core"},
    "": {"client", "blockkit", "core"},
}
WIDEST = 12
IMPORT = re.compile(r"""^(?:import|export)\b[^;]*?["'](\.{1,2}/[^"']+)["'];""", re.MULTILINE)


def imported(module: str) -> set[str]:
    """The modules that this one imports, as paths below the static files."""
    text = (STATIC / module).read_text(encoding="utf-8")
    return {posixpath.normpath(posixpath.join(posixpath.dirname(module), path)) for path in IMPORT.findall(text)}


MODULES = {str(file.relative_to(STATIC)): set[str]() for file in STATIC.rglob("*.js")}
for name, imports in MODULES.items():
    imports |= imported(name)


def test_every_import_leads_somewhere() -> None:
    """What is imported is there, and everything but main.js is imported by some module."""
    wanted = set().union(*MODULES.values())
    assert wanted == MODULES.keys() - {"main.js"}


def test_no_imports_go_round_in_a_circle() -> None:
    """There is an order in which each module comes after those that it imports (graphlib raises CycleError)."""
    assert set(TopologicalSorter(MODULES).static_order()) == MODULES.keys()


def test_rooms_import_one_way() -> None:
    """A module imports from its own room and from those below."""
    used = {name: {posixpath.dirname(path) for path in imports} for name, imports in MODULES.items()}
    assert {name: rooms for name, rooms in used.items() if not rooms <= ROOMS[posixpath.dirname(name)]} == {}


def test_no_room_is_crowded() -> None:
    """No folder has more than a dozen files."""
    widths = {str(room): len(list((STATIC / room).iterdir())) for room in ROOMS}
    assert {room: width for room, width in widths.items() if width > WIDEST} == {}
