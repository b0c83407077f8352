"""Imports run one way: `web` and `slack.listeners` → `exports` → `aistudios`; only `app` knows everyone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import bot

# Who may import what of ours, besides itself. The longest name that fits a module counts; where nothing fits,
# the module is new and its place in the house has to be decided here.
MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "bot": (),
    "bot.__main__": ("bot.settings", "bot.logs", "bot.app", "bot.web.server", "bot.cli", "bot.demo"),
    "bot.app": (
        *("bot.settings", "bot.database", "bot.metrics", "bot.logs", "bot.i18n"),
        *("bot.aistudios", "bot.exports", "bot.slack", "bot.web"),
    ),
    "bot.cli": ("bot.settings",),
    "bot.cli.exports.offline_command": ("bot.settings", "bot.cli", "bot.exports"),
    "bot.cli.exports.commands": ("bot.settings", "bot.cli", "bot.exports", "bot.aistudios.client"),
    "bot.cli.exports.forget": ("bot.settings", "bot.cli", "bot.exports"),
    "bot.cli.exports.wording": ("bot.cli", "bot.exports.models", "bot.exports.history.operator", "bot.exports.history.summaries"),
    "bot.cli.check.database": ("bot.settings", "bot.cli", "bot.engine.inspection", "bot.engine.runtime"),
    "bot.cli.check.public_url": ("bot.settings", "bot.cli", "bot.exports.webhook_addresses", "bot.web.self_check"),
    "bot.cli.check.installed_workspaces": (
        *("bot.settings", "bot.cli", "bot.database", "bot.engine.inspection", "bot.engine.runtime"),
        *("bot.accounts.vault", "bot.slack.api.installations", "bot.web.oauth"),
    ),
    "bot.cli.check.services": ("bot.settings", "bot.cli", "bot.aistudios", "bot.slack.api.calls", "bot.slack.api.scopes"),
    "bot.settings": (),
    "bot.database": (),
    "bot.metrics": (),
    "bot.logs": (),
    "bot.i18n": (),
    "bot.aistudios": (),
    "bot.exports": ("bot.aistudios", "bot.database", "bot.metrics", "bot.logs"),
    "bot.slack": ("bot.exports", "bot.i18n", "bot.metrics", "bot.logs"),
    "bot.slack.ids": (),
    "bot.slack.api.codes": (),
    "bot.slack.api.scopes": (),
    "bot.slack.form": (
        *("bot.slack.ids", "bot.slack.views", "bot.i18n", "bot.aistudios.models"),
        *("bot.exports.models", "bot.scripts.languages", "bot.scripts.speech"),
        *("bot.scripts.writing_systems", "bot.scripts.files"),
    ),
    "bot.slack.views": (
        *("bot.slack.ids", "bot.slack.api.codes", "bot.slack.form", "bot.i18n", "bot.aistudios.models"),
        *("bot.exports.models", "bot.scripts.languages", "bot.scripts.speech", "bot.accounts.avatars"),
        *("bot.exports.history.summaries", "bot.accounts.connection"),
    ),
    "bot.slack.thread.slack_thread": (
        *("bot.slack.ids", "bot.slack.api.calls", "bot.slack.api.places", "bot.slack.views"),
        *("bot.slack.api.clients", "bot.slack.api.permalinks", "bot.slack.step.report"),
        *("bot.exports.models", "bot.exports.ports", "bot.metrics"),
    ),
    "bot.slack.api.installations": ("bot.slack.api.calls", "bot.database", "bot.engine.runtime"),
    "bot.slack.listeners": ("bot.exports", "bot.slack", "bot.i18n", "bot.metrics", "bot.logs"),
    "bot.slack.account.listener": ("bot.exports", "bot.slack", "bot.i18n", "bot.aistudios.auth"),
    "bot.web": ("bot.exports", "bot.metrics", "bot.logs"),
    "bot.web.oauth": ("bot.web", "bot.i18n"),
    "bot.web.webhooks": ("bot.exports", "bot.aistudios.webhook", "bot.web", "bot.metrics", "bot.logs"),
    "bot.web.self_check": ("bot.exports", "bot.aistudios.webhook", "bot.web"),
    "bot.demo": ("bot.settings", "bot.cli.manifest"),
    # The simulators know nothing of the app that they are there for.
    "bot.demo.aistudios": ("bot.demo",),
    "bot.demo.slack": ("bot.demo",),
    "bot.demo.video": (),
}
# Libraries that reach out, and who may: the product does not know Slack, and only the product knows its engine.
MAY_USE: Mapping[str, tuple[str, ...]] = {
    "dbos": ("bot.exports",),
    "slack_sdk": ("bot.slack", "bot.web.slack_events", "bot.web.oauth", "bot.app", "bot.cli.check.services", "bot.demo"),
    "slack_bolt": ("bot.slack", "bot.web.slack_events", "bot.web.oauth", "bot.app", "bot.demo"),
    "httpx": ("bot.aistudios", "bot.app", "bot.cli.check.services", "bot.demo"),
    "aiohttp": ("bot.slack", "bot.web", "bot.aistudios", "bot.app", "bot.cli.check.network", "bot.cli.check.public_url", "bot.demo"),
    "cryptography": ("bot.accounts.vault", "bot.settings", "bot.demo"),
    # These can open files by name; what people upload is read from bytes, in one place.
    **dict.fromkeys(("docx", "webvtt", "markdown_it", "charset_normalizer", "zipfile"), ("bot.scripts.files",)),
}
# The same input gives the same output here: no network, no files, no clock, no chance.
PURE = (
    *(
        "bot.slack.views",
        "bot.slack.form",
        "bot.slack.ids",
        "bot.slack.api.codes",
        "bot.slack.api.scopes",
        "bot.aistudios.webhook",
        "bot.aistudios.models",
    ),
    *("bot.exports.models", "bot.exports.workflow.render_progress", "bot.scripts.speech", "bot.exports.mp4", "bot.exports.webhook_addresses"),
    *("bot.scripts.languages", "bot.engine.serializer", "bot.scripts.writing_systems", "bot.slack.shortcuts.spoken"),
)
IMPURE = frozenset(
    {
        *("aiohttp", "httpx", "slack_sdk", "slack_bolt", "asyncio", "socket", "http", "urllib.request"),
        *("os", "io", "pathlib", "tempfile", "shutil", "subprocess", "sqlite3", "sqlalchemy", "threading"),
        *("time", "datetime", "random", "secrets", "uuid", "logging"),
    }
)


def is_in(module: str, area: str) -> bool:
    """Whether the module is this one or inside of it."""
    return module == area or module.startswith(area + ".")


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
        return _may_import(module, imported)
    if any(is_in(module, area) for area in PURE) and any(is_in(imported, library) for library in IMPURE):
        return False
    users = MAY_USE.get(imported.split(".")[0])
    return users is None or any(is_in(module, area) for area in users)


def _may_import(module: str, imported: str) -> bool:
    area = _area(module)
    return (is_in(imported, area) and area != "bot") or any(is_in(imported, other) for other in MAY_IMPORT[area])


def _area(module: str) -> str:
    return max((area for area in MAY_IMPORT if is_in(module, area)), key=len)


def strangers(root: Path) -> list[str]:
    """Modules that no rule was written for."""
    return [module for module in modules(root) if _area(module) == "bot" and module != "bot"]


BOT = Path(bot.__file__).parent


def test_imports_run_one_way() -> None:
    """No module of the bot imports what its layer may not know."""
    assert violations(BOT) == []


def test_every_module_has_its_place() -> None:
    """A new part of the house has a rule here."""
    assert strangers(BOT) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """The imports of our modules form no cycle."""
    known = modules(BOT)
    graph = {module: {other for other in found if other in known} for module, found in imports(BOT).items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(known)


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
    "app.py": "from bot.slack import thread\nfrom bot.settings import Settings\nimport httpx, dbosity",
    "aistudios/client.py": "import httpx\nfrom .models import Model",
    "aistudios/models.py": "import math",
    "aistudios/webhook.py": "import json",
    "exports/models.py": "from typing import Literal",
    "exports/ports.py": "from bot.exports import models",
    "exports/service.py": "import dbos\nfrom bot.aistudios.client import AIStudiosClient",
    "slack/ids.py": "",
    "slack/thread.py": "import slack_sdk\nfrom bot.exports import ports\nfrom .views import blocks",
    "slack/views/blocks.py": "from urllib.parse import quote",
    "slack/listeners/command.py": "from bot.exports.service import start\nfrom ..views import blocks",
    "web/webhooks.py": "from bot.aistudios import webhook\nfrom aiohttp import web",
    "demo/run.py": "import aiohttp",
    "__main__.py": "from bot.app import running",
}


def test_the_arrows_of_a_right_house_are_accepted(tmp_path: Path) -> None:
    """A small house on the same plan breaks no rule."""
    root = small_tree(tmp_path, HOUSE)
    assert violations(root) == []
    assert strangers(root) == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("settings.py", "from bot.exports import models"),
        ("settings.py", "import bot.app"),
        ("i18n/__init__.py", "from bot.settings import Settings"),
        ("metrics.py", "from bot import exports"),
        ("aistudios/client.py", "from bot.exports.models import ExportRequest"),
        ("aistudios/client.py", "from ..exports.models import ExportRequest"),
        ("aistudios/client.py", "from bot import settings"),
        ("aistudios/webhook.py", "import httpx"),
        ("exports/service.py", "from bot.slack.thread.slack_thread import SlackThread"),
        ("exports/service.py", "from .. import slack"),
        ("exports/service.py", "def f():\n    from bot.web import webhooks"),
        ("exports/service.py", "from slack_sdk.web.async_client import AsyncWebClient"),
        ("exports/service.py", "import bot.app"),
        ("exports/watch.py", "import time"),
        ("slack/thread.py", "from bot.exports.service import start"),
        ("slack/thread.py", "from bot.web import webhooks"),
        ("slack/thread.py", "import dbos"),
        ("slack/thread.py", "from bot.slack.listeners import command"),
        ("slack/views/thread.py", "from aiohttp import ClientSession"),
        ("slack/views/thread.py", "from datetime import datetime"),
        ("slack/views/thread.py", "from slack_sdk.web.async_client import AsyncWebClient"),
        ("slack/views/thread.py", "from bot.slack.thread.slack_thread import SlackThread"),
        ("slack/form.py", "from bot.exports.service import start"),
        ("slack/form.py", "import asyncio"),
        ("slack/listeners/command.py", "from bot.web import webhooks"),
        ("slack/listeners/command.py", "from bot.aistudios.client import AIStudiosClient"),
        ("slack/listeners/command.py", "import bot.demo.slack"),
        ("web/webhooks.py", "from bot.slack import thread"),
        ("web/webhooks.py", "from bot.aistudios.client import AIStudiosClient"),
        ("app.py", "from bot.demo import run"),
        ("app.py", "import dbos"),
        ("demo/run.py", "from bot.exports import models"),
        ("demo/slack/api.py", "from bot.settings import Settings"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, file: str, line: str) -> None:
    """Each arrow against the plan is one finding, however it is spelled."""
    root = small_tree(tmp_path, {**HOUSE, file: line})
    assert len(violations(root)) == 1


def test_a_module_outside_of_the_plan_is_found(tmp_path: Path) -> None:
    """A new top-level part needs a decision."""
    assert strangers(small_tree(tmp_path, {**HOUSE, "extras/more.py": ""})) == ["bot.extras", "bot.extras.more"]


def test_a_circle_is_found(tmp_path: Path) -> None:
    """Two modules that import each other are a cycle."""
    root = small_tree(tmp_path, {"exports/a.py": "from bot.exports import b", "exports/b.py": "from . import a"})
    with pytest.raises(CycleError):
        TopologicalSorter(imports(root)).prepare()
