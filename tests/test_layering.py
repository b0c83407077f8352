"""The house keeps its plan (docs/architecture.md): imports run one way, no room is too wide, and no file too long."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import bot

# Leaves that every room may use.
COMMON = ("bot.database", "bot.logs", "bot.metrics", "bot.proxies", "bot.single_flight")
# What the vendor's side must know of the product in order to implement `ports.Vendor`.
CONTRACT = ("bot.exports.models", "bot.exports.ports", "bot.exports.states")
# Who may import what of ours, besides itself. The longest name that fits a module counts; where nothing fits,
# the module is new and its place in the house has to be decided here.
MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "bot": (),
    "bot.__main__": ("bot.settings", "bot.logs", "bot.app", "bot.web.server", "bot.cli", "bot.demo"),
    "bot.app": (
        *("bot.settings", "bot.i18n", *COMMON),
        *("bot.accounts", "bot.aistudios", "bot.engine", "bot.exports", "bot.scripts", "bot.slack", "bot.web"),
    ),
    "bot.settings": (),
    "bot.database": (),
    "bot.i18n": (),
    "bot.logs": (),
    "bot.metrics": ("bot.single_flight",),
    "bot.single_flight": (),
    "bot.proxies": (),
    "bot.aistudios": COMMON,
    "bot.engine": COMMON,
    "bot.scripts": (),
    "bot.accounts": ("bot.aistudios", *CONTRACT, *COMMON),
    "bot.exports": ("bot.engine", "bot.scripts", *COMMON),
    "bot.exports.states": (),
    "bot.exports.models": ("bot.exports.states", "bot.scripts"),
    "bot.exports.ports": ("bot.exports.states", "bot.exports.models"),
    "bot.slack": ("bot.accounts", "bot.exports", "bot.scripts", "bot.i18n", *COMMON),
    "bot.slack.ids": (),
    # The Web API knows none of the surfaces that use it.
    "bot.slack.api": ("bot.slack.ids", "bot.exports.models", "bot.exports.ports", "bot.scripts", *COMMON),
    "bot.slack.api.codes": (),
    "bot.slack.api.scopes": (),
    "bot.web": ("bot.accounts", "bot.exports", "bot.i18n", *COMMON),
    "bot.cli": ("bot.settings",),
    "bot.cli.exports": ("bot.settings", "bot.cli", "bot.accounts", "bot.engine", "bot.exports", *COMMON),
    "bot.cli.check": (
        *("bot.settings", "bot.cli", "bot.accounts", "bot.engine", "bot.exports", "bot.slack.api"),
        *("bot.web.oauth", "bot.web.self_check", *COMMON),
    ),
    # The simulators know nothing of the app that they are there for.
    "bot.demo": ("bot.settings", "bot.cli.manifest"),
    "bot.demo.aistudios": ("bot.demo",),
    "bot.demo.slack": ("bot.demo",),
    "bot.demo.video": (),
}
# Libraries that reach out, and who may: the product does not know Slack, and only engine and product know DBOS.
MAY_USE: Mapping[str, tuple[str, ...]] = {
    "dbos": ("bot.engine", "bot.exports"),
    "slack_sdk": (
        "bot.slack",
        "bot.web.slack_events",
        "bot.web.oauth",
        "bot.app",
        "bot.cli.check.services",
        "bot.demo",
    ),
    "slack_bolt": ("bot.slack", "bot.web.slack_events", "bot.web.oauth", "bot.app", "bot.demo"),
    "httpx": ("bot.aistudios", "bot.accounts.credentials_check", "bot.app", "bot.demo"),
    "aiohttp": (
        *("bot.slack", "bot.web", "bot.aistudios", "bot.app", "bot.demo"),
        *("bot.cli.check.network", "bot.cli.check.public_url"),
    ),
    "cryptography": ("bot.accounts.vault", "bot.settings", "bot.demo"),
    # These can open files by name; what people upload is read from bytes, in one place each.
    **dict.fromkeys(("docx", "zipfile"), ("bot.scripts.word",)),
    "webvtt": ("bot.scripts.captions",),
    "markdown_it": ("bot.scripts.markdown",),
    "charset_normalizer": ("bot.scripts.encodings",),
}
# The same input gives the same output here: no network, no files, no clock, no chance.
PURE = (
    *("bot.slack.ids", "bot.slack.blocks", "bot.slack.listing", "bot.slack.form"),
    *("bot.slack.titles", "bot.slack.request_facts", "bot.slack.command.guide"),
    *("bot.slack.account.views", "bot.slack.home.views"),
    *("bot.slack.approval.messages", "bot.slack.approval.decline_form"),
    *(f"bot.slack.thread.{part}" for part in ("announcement", "reply", "notification", "status_words", "buttons")),
    *("bot.slack.shortcuts.message_text", "bot.slack.shortcuts.spoken"),
    *("bot.slack.api.codes", "bot.slack.api.scopes"),
    *("bot.aistudios.webhook", "bot.aistudios.models"),
    *(
        "bot.exports.ids",
        "bot.exports.models",
        "bot.exports.states",
        "bot.exports.render.mp4",
        "bot.exports.webhook_addresses",
    ),
    *("bot.exports.render.progress", "bot.engine.serializer"),
    *("bot.scripts.accepted_files", "bot.scripts.languages", "bot.scripts.plain_text", "bot.scripts.speech"),
    "bot.scripts.writing_systems",
)
# The listeners of the form, in the room whose other modules are pure.
NOT_PURE = (
    "bot.slack.form.actions",
    "bot.slack.form.opening",
    "bot.slack.form.submission",
    "bot.slack.form.type_ahead",
)
# What pure modules take from others: values, and words by their keys.
VALUES = (
    "bot.accounts.avatars",
    "bot.accounts.connection",
    "bot.accounts.models",
    "bot.exports.history",
    "bot.exports.usage",
    "bot.i18n",
)
IMPURE = frozenset(
    {
        *("aiohttp", "httpx", "slack_sdk", "slack_bolt", "asyncio", "socket", "http", "urllib.request"),
        *("os", "io", "pathlib", "tempfile", "shutil", "subprocess", "sqlite3", "sqlalchemy", "threading"),
        *("time", "datetime", "random", "secrets", "uuid", "logging"),
    }
)
MOST_FILES, MOST_LINES = 13, 400
# Tests of the whole bot, or of the repository around it.
ABOUT_THE_WHOLE = frozenset({"bench", "browser", "chaos", "crashes", "deployment", "repository", "scenarios"})


def is_in(module: str, *areas: str) -> bool:
    """Whether the module is one of these or inside of one."""
    return any(module == area or module.startswith(area + ".") for area in areas)


def is_pure(module: str) -> bool:
    """Whether the module may only compute."""
    return is_in(module, *PURE) and not is_in(module, *NOT_PURE)


def modules(root: Path) -> dict[str, Path]:
    """Every module under this package folder, by its name."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = (root.name, *path.relative_to(root).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(root: Path) -> dict[str, set[str]]:
    """What each module imports, at the top or inside of functions, relative or not."""
    known = modules(root)
    return {name: set(_imported(name, path, known)) for name, path in known.items()}


def _imported(module: str, path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _source(node, module, is_package=path.name == "__init__.py")
            for alias in node.names:
                whole = f"{source}.{alias.name}"
                yield whole if whole in known else source


def _source(node: ast.ImportFrom, module: str, *, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    base = parts[: len(parts) - node.level + is_package]
    return ".".join([*base, *([node.module] if node.module else [])])


def violations(root: Path) -> list[str]:
    """Every import that breaks a rule."""
    return [
        f"{module} imports {imported}"
        for module, all_imported in imports(root).items()
        for imported in sorted(all_imported)
        if not _allowed(module, imported)
    ]


def _allowed(module: str, imported: str) -> bool:
    if is_in(imported, "bot"):
        is_taken_purely = not is_pure(module) or is_pure(imported) or is_in(imported, *VALUES)
        return is_taken_purely and _may_import(module, imported)
    if is_pure(module) and is_in(imported, *IMPURE):
        return False
    users = MAY_USE.get(imported.split(".")[0])
    return users is None or is_in(module, *users)


def _may_import(module: str, imported: str) -> bool:
    area = _area(module)
    return (is_in(imported, area) and area != "bot") or is_in(imported, *MAY_IMPORT[area])


def _area(module: str) -> str:
    return max((area for area in MAY_IMPORT if is_in(module, area)), key=len)


def without_place(root: Path) -> list[str]:
    """Modules that no rule was written for."""
    return [module for module in modules(root) if _area(module) == "bot" and module != "bot"]


def too_wide(root: Path) -> dict[str, int]:
    """Folders with too many Python files of their own, and how many."""
    folders = {path.parent for path in root.rglob("*.py")}
    counts = {folder: sum(path.name != "__init__.py" for path in folder.glob("*.py")) for folder in folders}
    return {str(folder.relative_to(root.parent)): count for folder, count in counts.items() if count > MOST_FILES}


def too_long(root: Path) -> dict[str, int]:
    """Files with too many lines, and how many."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in root.rglob("*.py")}
    return {str(path.relative_to(root.parent)): count for path, count in lengths.items() if count > MOST_LINES}


BOT = Path(bot.__file__).parent
TESTS = Path(__file__).parent


def test_imports_run_one_way() -> None:
    """No module of the bot imports what its layer may not know."""
    assert violations(BOT) == []


def test_every_module_has_its_place() -> None:
    """A new part of the house has a rule here."""
    assert without_place(BOT) == []


def test_every_rule_is_about_something_that_there_is() -> None:
    """No rule is left over from a module that is gone."""
    ruled = {
        *MAY_IMPORT,
        *PURE,
        *NOT_PURE,
        *VALUES,
        *CONTRACT,
        *COMMON,
        *(user for users in MAY_USE.values() for user in users),
    }
    assert ruled <= modules(BOT).keys()


def test_no_modules_import_each_other_in_a_circle() -> None:
    """The imports of our modules form no cycle."""
    known = modules(BOT)
    graph = {module: {other for other in found if other in known} for module, found in imports(BOT).items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(known)


def test_the_tests_of_a_room_lie_in_a_room_of_its_name() -> None:
    """What is about one part of the bot is found where that part is; the others are about the whole."""
    rooms = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    about_parts = [room for room in rooms if room.parts and room.parts[0] not in ABOUT_THE_WHOLE]
    assert [str(room) for room in about_parts if not (BOT / room).is_dir()] == []


def test_no_room_is_too_wide() -> None:
    """Every folder of the bot and of its tests can be taken in at a glance."""
    assert {**too_wide(BOT), **too_wide(TESTS)} == {}


def test_no_file_is_too_long() -> None:
    """Every file of the bot can be read in one sitting."""
    assert too_long(BOT) == {}


def small_tree(folder: Path, files: Mapping[str, str]) -> Path:
    """A made-up package `bot` with these files."""
    root = folder / "bot"
    for name, source in {"__init__.py": "", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(source, encoding="utf-8")
    return root


HOUSE = {
    "settings.py": "import os",
    "database.py": "import sqlalchemy",
    "app.py": "from bot.slack.thread import thread\nfrom bot.aistudios import client\nimport httpx, dbosity",
    "aistudios/client.py": "import httpx\nfrom .models import Model",
    "aistudios/models.py": "import math",
    "aistudios/webhook.py": "import json",
    "accounts/vendor.py": "from bot.aistudios.client import AIStudiosClient\nfrom bot.exports import ports, models",
    "engine/mailbox.py": "import dbos\nfrom bot.database import create_tables",
    "scripts/speech.py": "import re",
    "exports/states.py": "from typing import Literal",
    "exports/models.py": "from bot.exports.states import Stage",
    "exports/ports.py": "from bot.exports import models",
    "exports/service.py": "import dbos\nfrom bot.engine import mailbox\nfrom .ports import Vendor",
    "slack/ids.py": "",
    "slack/api/uploads.py": "import slack_sdk",
    "slack/thread/thread.py": "import slack_sdk\nfrom bot.exports import ports\nfrom . import reply",
    "slack/thread/reply.py": "from urllib.parse import quote\nfrom bot.exports import states\nimport bot.slack.ids",
    "slack/command/listener.py": "from bot.exports.service import start\nfrom ..thread import views",
    "slack/form/fields.py": "from bot.accounts.models import AvatarModel",
    "slack/form/opening.py": "import asyncio\nfrom bot.accounts.accounts import Accounts",
    "web/webhooks.py": "from bot.accounts import webhook\nfrom aiohttp import web",
    "cli/manifest.py": "",
    "cli/check/services.py": "from bot.slack.api import calls\nimport slack_sdk",
    "cli/exports/commands.py": "from bot.engine.offline_client import OfflineClient",
    "demo/run.py": "import aiohttp\nfrom bot.cli import manifest",
    "__main__.py": "from bot.app import running",
}
WRONG = (
    ("settings.py", "from bot.exports import models"),
    ("settings.py", "import bot.app"),
    ("i18n/__init__.py", "from bot.settings import Settings"),
    ("metrics.py", "from bot import exports"),
    ("single_flight.py", "from bot.engine import mailbox"),
    ("aistudios/client.py", "from bot.exports.models import ExportRequest"),
    ("aistudios/client.py", "from ..exports.models import ExportRequest"),
    ("aistudios/client.py", "from bot import settings"),
    ("aistudios/webhook.py", "import httpx"),
    ("accounts/vendor.py", "from bot.exports.service import start"),
    ("accounts/vendor.py", "from bot.engine import mailbox"),
    ("accounts/vendor.py", "import dbos"),
    ("accounts/vendor.py", "import httpx"),
    ("engine/mailbox.py", "from bot.exports.models import Progress"),
    ("engine/mailbox.py", "from bot.scripts import speech"),
    ("scripts/speech.py", "from bot.exports.models import Progress"),
    ("scripts/speech.py", "import docx"),
    ("exports/states.py", "from bot.exports import models"),
    ("exports/models.py", "from bot.exports.service import start"),
    ("exports/service.py", "from bot.accounts.accounts import Accounts"),
    ("exports/service.py", "from bot.aistudios.client import AIStudiosClient"),
    ("exports/service.py", "from bot.slack.thread.thread import SlackThread"),
    ("exports/service.py", "from .. import slack"),
    ("exports/service.py", "def f():\n    from bot.web import webhooks"),
    ("exports/service.py", "from slack_sdk.web.async_client import AsyncWebClient"),
    ("exports/service.py", "import bot.app"),
    ("exports/render/progress.py", "import time"),
    ("slack/api/uploads.py", "from bot.slack.thread import views"),
    ("slack/api/uploads.py", "from bot.exports.service import start"),
    ("slack/thread/thread.py", "from bot.web import webhooks"),
    ("slack/thread/thread.py", "from bot.engine import mailbox"),
    ("slack/thread/thread.py", "import dbos"),
    ("slack/thread/reply.py", "from aiohttp import ClientSession"),
    ("slack/thread/reply.py", "from datetime import datetime"),
    ("slack/thread/reply.py", "from slack_sdk.web.async_client import AsyncWebClient"),
    ("slack/thread/reply.py", "from bot.slack.thread.thread import SlackThread"),
    ("slack/form/fields.py", "from bot.exports.service import start"),
    ("slack/form/fields.py", "from bot.slack.form import opening"),
    ("slack/form/fields.py", "import asyncio"),
    ("slack/command/listener.py", "from bot.web import webhooks"),
    ("slack/command/listener.py", "from bot.aistudios.client import AIStudiosClient"),
    ("slack/command/listener.py", "import bot.demo.slack"),
    ("web/webhooks.py", "from bot.slack.thread import views"),
    ("web/webhooks.py", "from bot.aistudios import webhook"),
    ("cli/check/services.py", "from bot.aistudios.client import AIStudiosClient"),
    ("cli/check/services.py", "from bot.slack.thread import views"),
    ("cli/exports/commands.py", "from bot.aistudios.client import editor_url"),
    ("cli/exports/commands.py", "import dbos"),
    ("app.py", "from bot.demo import run"),
    ("app.py", "import dbos"),
    ("demo/run.py", "from bot.exports import models"),
    ("demo/slack/web_api/server.py", "from bot.settings import Settings"),
)


def test_the_arrows_of_a_right_house_are_accepted(tmp_path: Path) -> None:
    """A small house on the same plan breaks no rule."""
    root = small_tree(tmp_path, HOUSE)
    assert violations(root) == []
    assert without_place(root) == []
    assert too_wide(root) == too_long(root) == {}


def test_a_wrong_import_is_found(tmp_path: Path) -> None:
    """Each arrow against the plan is one finding, however it is spelled."""
    for number, (file, line) in enumerate(WRONG):
        root = small_tree(tmp_path / str(number), {**HOUSE, file: line})
        assert len(violations(root)) == 1, (file, line)


def test_a_module_outside_of_the_plan_is_found(tmp_path: Path) -> None:
    """A new top-level part needs a decision."""
    root = small_tree(tmp_path, {**HOUSE, "extras/more.py": ""})
    assert without_place(root) == ["bot.extras", "bot.extras.more"]


def test_a_circle_is_found(tmp_path: Path) -> None:
    """Two modules that import each other are a cycle."""
    root = small_tree(tmp_path, {"exports/a.py": "from bot.exports import b", "exports/b.py": "from . import a"})
    with pytest.raises(CycleError):
        TopologicalSorter(imports(root)).prepare()


def test_what_is_too_large_is_found(tmp_path: Path) -> None:
    """One file more than a room holds, or one line more than a file, is a finding."""
    files = {f"exports/part{number}.py": "" for number in range(MOST_FILES)}
    root = small_tree(tmp_path, {**files, "app.py": "\n" * MOST_LINES})
    assert too_wide(root) == too_long(root) == {}
    (root / "exports/more.py").touch()
    (root / "app.py").write_text("\n" * (MOST_LINES + 1))
    assert too_wide(root) == {"bot/exports": MOST_FILES + 1}
    assert too_long(root) == {"bot/app.py": MOST_LINES + 1}
