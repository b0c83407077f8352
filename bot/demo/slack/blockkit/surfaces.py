"""Whole views and messages: what is allowed where, and the budgets that span blocks.

Limits: https://docs.slack.dev/reference/views, https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bot.demo.slack.blockkit.checks import (
    At,
    Report,
    array,
    boolean,
    by_type,
    record,
    string,
    unique,
)
from bot.demo.slack.blockkit.composition import OPTION, OPTION_GROUP, plain_text
from bot.demo.slack.blockkit.layout import BLOCK
from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.manifest import AppManifest
from bot.demo.slack.state.world import Json

VIEW_BYTES = 250_000
MARKDOWN_CHARACTERS = 12_000
# Slack refuses a message whose blocks are too large as a whole and documents no number for it.
MESSAGE_BLOCKS_BYTES = 100_000

_COMMON = {
    "private_metadata": string(0, 3000),
    "callback_id": string(0, 255),
    "external_id": string(0, 255),
}


def _no_submit_disabled(view: Any, at: At) -> None:
    if view.get("submit_disabled"):
        at.refuse("submit_disabled is only for workflow configuration modals")


MODAL = record(
    {"title": plain_text(24), "blocks": array(BLOCK, 0, 100)},
    {
        **_COMMON,
        "submit": plain_text(24),
        "close": plain_text(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
    [_no_submit_disabled],
)
HOME = record({"blocks": array(BLOCK, 0, 100)}, _COMMON)
VIEWS = {"modal": MODAL, "home": HOME}


def _report(surface: Any, manifest: AppManifest) -> Report:
    return Report(surface, frozenset(manifest.scopes), frozenset(manifest.unfurl_domains))


def check_view(view: Any, kind: str, manifest: AppManifest) -> None:
    """Raise invalid_arguments or view_too_large unless Slack would show this view of that kind."""
    report = _report(kind, manifest)
    at = At(report, "/view")
    by_type({kind: VIEWS[kind]})(view, at)
    if not report.problems:
        _check_across(view["blocks"], at)
        if kind == "modal" and "submit" not in view:
            _refuse_inputs(view["blocks"], at)
    if report.problems:
        raise SlackError("invalid_arguments", report.problems)
    if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES:
        raise SlackError("view_too_large")


def check_message(blocks: Any, manifest: AppManifest) -> None:
    """Raise invalid_blocks or msg_blocks_too_long unless Slack would post these blocks."""
    report = _report("message", manifest)
    at = At(report, "")
    array(BLOCK, 0, 50)(blocks, at / "blocks")
    if not report.problems:
        _check_across(blocks, at)
        _check_message_budgets(blocks, at)
    if report.problems:
        raise SlackError("invalid_blocks", report.problems)
    if len(json.dumps(blocks, ensure_ascii=False).encode()) > MESSAGE_BLOCKS_BYTES:
        raise SlackError("msg_blocks_too_long")


def options_problems(reply: Any) -> list[str]:
    """What is wrong with the reply to a block_suggestion: up to 100 options, or option groups."""
    report = Report("modal")
    at = At(report, "")
    if not isinstance(reply, dict) or len({"options", "option_groups"} & set(reply)) != 1:
        at.refuse("exactly one of options, option_groups required")
        return report.problems
    known = {"options": array(OPTION, 0, 100), "option_groups": array(OPTION_GROUP, 0, 100)}
    record({}, known)(reply, at)
    return report.problems


def elements_in(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Every block with each of the elements a person can use in it."""
    for block in blocks:
        for element in _elements_of(block):
            yield block, element


def _elements_of(block: Json) -> list[Json]:
    if block["type"] == "input":
        return [block["element"]]
    if block["type"] == "actions":
        return list(block["elements"])
    return [block["accessory"]] if "accessory" in block else []


def image_pointers(node: Any, pointer: str) -> list[str]:
    """Where pictures stand that Slack would fetch from outside."""
    if isinstance(node, list):
        return [found for i, item in enumerate(node) for found in image_pointers(item, f"{pointer}/{i}")]
    if not isinstance(node, dict):
        return []
    here = [f"{pointer}/image_url"] if "image_url" in node else []
    return [*here, *(found for key, item in node.items() for found in image_pointers(item, f"{pointer}/{key}"))]


def _check_across(blocks: list[Json], at: At) -> None:
    unique([block["block_id"] for block in blocks if "block_id" in block], at / "blocks", "block_id")
    if sum(bool(element.get("focus_on_load")) for _, element in elements_in(blocks)) > 1:
        at.refuse("only one element may have focus_on_load")


def _refuse_inputs(blocks: list[Json], at: At) -> None:
    for index, block in enumerate(blocks):
        if block["type"] == "input":
            (at / "blocks" / index / "input").refuse("must define submit to use input block")


def _check_message_budgets(blocks: list[Json], at: At) -> None:
    if sum(len(b["text"]) for b in blocks if b["type"] == "markdown") > MARKDOWN_CHARACTERS:
        at.refuse(f"markdown blocks together must be less than {MARKDOWN_CHARACTERS + 1} characters")
    if sum(block["type"] == "plan" for block in blocks) > 1:
        at.refuse("only one plan block per message")
