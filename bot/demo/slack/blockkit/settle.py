"""What Slack adds to accepted blocks: the identifiers and defaults that the app left out."""

from __future__ import annotations

import secrets
from typing import Any

from bot.demo.slack.blockkit.surfaces import elements_in
from bot.demo.slack.state.world import Json

_NOT_INTERACTIVE = {"image"}


def settle(blocks: list[Json]) -> list[Json]:
    """A copy of the blocks as Slack hands them back in payloads and answers."""
    settled: list[Json] = [_with_defaults(block) for block in blocks]
    for block in settled:
        block.setdefault("block_id", secrets.token_urlsafe(4))
    for _, element in elements_in(settled):
        if element["type"] not in _NOT_INTERACTIVE:
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return settled


def _with_defaults(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_defaults(item) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _with_defaults(value) for key, value in node.items()}
    if copy.get("type") == "plain_text":
        copy.setdefault("emoji", True)
    elif copy.get("type") == "mrkdwn":
        copy.setdefault("verbatim", False)
    return copy
