"""A message's text, as mrkdwn."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.slack.blocks import escaped

_TEXTS = ("mrkdwn", "plain_text")


def text_of(message: Mapping[str, Any]) -> str:
    """The message's text; without one, the text of its blocks, otherwise of its attachments, as apps post them."""
    text = str(message.get("text") or "")
    if text.strip():
        return text
    in_blocks = "\n".join(_texts(message.get("blocks") or []))
    return in_blocks or "\n".join(_attached(message.get("attachments") or []))


def _texts(blocks: list[Mapping[str, Any]]) -> Iterator[str]:
    """The text of section, header and context blocks. Other blocks contain no plain text."""
    for block in blocks:
        inner = [block.get("text"), *(block.get("fields") or []), *(block.get("elements") or [])]
        yield from (_mrkdwn(part) for part in inner if isinstance(part, dict) and part.get("type") in _TEXTS)


def _mrkdwn(text: Mapping[str, Any]) -> str:
    words = str(text.get("text") or "")
    return words if text.get("type") == "mrkdwn" else escaped(words)


def _attached(attachments: list[Mapping[str, Any]]) -> Iterator[str]:
    for attachment in attachments:
        parts = [attachment.get(name) for name in ("pretext", "title", "text")]
        yield "\n".join(str(part) for part in parts if part) or str(attachment.get("fallback") or "")
