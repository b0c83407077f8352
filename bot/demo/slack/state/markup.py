"""What Slack makes live in a message: mentions, channels, links, formatting, emoji.

Rules: https://docs.slack.dev/messaging/formatting-message-text. Entities are named the way one would write
them in mrkdwn: `<@U0ANA0001>`, `<#C0GENERAL>`, `<!here>`, `<https://example.com>`, `*bold*`, `:tada:`; names
that Slack finds by itself stand as they are: `@here`, `#general`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.demo.slack.state.world import Json, Message

_MANUAL = re.compile(r"<([@#!][^>|]+|[a-z][a-z0-9+.-]*:[^>|]+)(?:\|[^>]*)?>")
_BARE_URL = re.compile(r"(?<![\w<|(])https?://[^\s<>|)]+")
_BROADCAST = re.compile(r"(?<![\w@<!])@(here|channel|everyone)\b")
_CHANNEL_NAME = re.compile(r"(?<![\w#&<])#([\w-]+)")
_USER_NAME = re.compile(r"(?<![\w@<])@([\w.-]+)")
_EMOJI = re.compile(r"(?<![\w:]):[a-z0-9_+'-]+:(?!\w)")
_CODE_BLOCK = re.compile(r"```.+?```", re.DOTALL)
_CODE = re.compile(r"(?<!`)`[^`\n]+`(?!`)")
# Slack stores a typed ">" as "&gt;" and still draws it as a quotation at the start of a line.
_QUOTE = re.compile(r"^(?:>|&gt;)", re.MULTILINE)
_MARKDOWN = (
    re.compile(r"(?<!\\)\*{1,3}\S(?:[^\n]*?\S)?(?<!\\)\*{1,3}"),
    re.compile(r"(?<![\\\w])_{1,2}\S(?:[^\n]*?\S)?(?<!\\)_{1,2}(?!\w)"),
    re.compile(r"(?<!\\)~~\S(?:[^\n]*?\S)?~~"),
    re.compile(r"(?<!\\)!?\[[^\]\n]*\]\([^)\n]+\)"),
    re.compile(r"^ {0,3}(?:#{1,6} |[-*+] |\d+[.)] |>|```|---|\|).*$", re.MULTILINE),
    re.compile(r"(?<![\\`])`[^`\n]+`"),
)


def _span(mark: str) -> re.Pattern[str]:
    sign = re.escape(mark)
    return re.compile(rf"(?<![\w{sign}]){sign}(?=[^\s{sign}])[^{sign}\n]*(?<=[^\s{sign}]){sign}(?![\w{sign}])")


_SPANS = tuple(_span(mark) for mark in "*_~")


def live_entities(message: Message) -> set[str]:
    """Everything in the text and blocks of a message that Slack would make live."""
    live = set(_manual(message.text))
    if message.parse != "none":
        live.update(_urls(message.text))
    if message.link_names or message.parse == "full":
        live.update(_names(message.text))
    if message.mrkdwn:
        live.update(_formatting(message.text))
    for block in message.blocks:
        live.update(_live(block))
    return live


def mentioned(text: str, blocks: list[Json]) -> set[str]:
    """The user ids and broadcasts whom posting this notifies.

    With blocks the text is only the fallback of the notification, so mentions in it do not count.
    """
    live = {entity for block in blocks for entity in _live(block)} if blocks else set(_manual(text))
    named = {entity.strip("<>") for entity in live if entity.startswith(("<@", "<!", "@"))}
    return {name[1:] for name in named}


def _live(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _live(item)
    elif isinstance(node, dict):
        yield from _live_object(node)


def _live_object(node: Json) -> Iterator[str]:
    kind = node.get("type")
    if kind == "mrkdwn":
        yield from _mrkdwn(node["text"], verbatim=node.get("verbatim", False))
    elif kind == "plain_text":
        yield from _EMOJI.findall(node["text"]) if node.get("emoji", True) else ()
    elif kind == "markdown":
        yield from _markdown(node["text"])
    elif kind == "rich_text":
        yield from _rich_text(node)
    else:
        yield from _live(list(node.values()))


def _mrkdwn(text: str, *, verbatim: bool) -> Iterator[str]:
    yield from _manual(text)
    yield from _formatting(text)
    if not verbatim:
        yield from _urls(text)
        yield from (f"@{name}" for name in _BROADCAST.findall(text))
        yield from (f"#{name}" for name in _CHANNEL_NAME.findall(text))


def _markdown(text: str) -> Iterator[str]:
    yield from _manual(text)
    yield from _urls(text)
    yield from _EMOJI.findall(text)
    for style in _MARKDOWN:
        yield from (found.group() for found in style.finditer(text))


def _manual(text: str) -> Iterator[str]:
    return (f"<{inside}>" for inside in _MANUAL.findall(text))


def _urls(text: str) -> Iterator[str]:
    return (f"<{url}>" for url in _BARE_URL.findall(_MANUAL.sub(" ", text)))


def _names(text: str) -> Iterator[str]:
    yield from (f"@{name}" for name in _USER_NAME.findall(text))
    yield from (f"#{name}" for name in _CHANNEL_NAME.findall(text))


def _formatting(text: str) -> Iterator[str]:
    rest = text
    for code in (_CODE_BLOCK, _CODE):
        yield from code.findall(rest)
        rest = code.sub(" ", rest)
    rest = _MANUAL.sub(" ", rest)
    yield from _QUOTE.findall(rest)
    yield from _EMOJI.findall(rest)
    for span in _SPANS:
        yield from span.findall(rest)


_ELEMENT_ENTITY = {
    "user": ("<@{}>", "user_id"),
    "channel": ("<#{}>", "channel_id"),
    "usergroup": ("<!subteam^{}>", "usergroup_id"),
    "broadcast": ("<!{}>", "range"),
    "link": ("<{}>", "url"),
    "emoji": (":{}:", "name"),
}


def _rich_text(node: Json) -> Iterator[str]:
    for element in node["elements"]:
        if "elements" in element:
            yield from _rich_text(element)
        elif element["type"] in _ELEMENT_ENTITY:
            form, key = _ELEMENT_ENTITY[element["type"]]
            yield form.format(element[key])
