"""What went over the wire, as the page may show it: secrets hidden, long texts cut, only the last of it kept."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from bot.demo.exchanges import Exchange, decoded

KEPT = 200
LONGEST_TEXT = 8_000
HIDDEN = "•••"

_SECRET_KEYS = frozenset({"token", "bot_access_token", "userkey", "appid", "authorization", "signature"})
# Whoever has one of these addresses may use it: their last part is the proof.
_SECRET_ADDRESSES = frozenset({"response_url", "upload_url", "webhookurl"})
_SLACK_TOKEN = re.compile(r"\bx(?:ox[a-z]|app|wfp)-[\w-]+")

Json = dict[str, Any]


class Traffic:
    """The last exchanges, oldest first, each under a number of its own; `announce` is called after each."""

    def __init__(self, announce: Callable[[], None]) -> None:
        self._announce = announce
        self._entries: deque[Json] = deque(maxlen=KEPT)
        self._numbers = count(1)

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange; an observer of the local servers."""
        self._entries.append(_entry(next(self._numbers), exchange))
        self._announce()

    def since(self, number: int) -> list[Json]:
        """What came after the entry with this number, as far as it is still kept."""
        return [entry for entry in self._entries if entry["id"] > number]


def _entry(number: int, exchange: Exchange) -> Json:
    return {
        "id": number,
        "at": exchange.started,
        "from": exchange.sender,
        "to": exchange.receiver,
        "title": exchange.title,
        "status": exchange.status,
        "ms": round(exchange.seconds * 1000),
        "request": shown(exchange.request),
        "response": shown(exchange.response),
    }


def shown(value: Any) -> Any:
    """A body as it may be seen. JSON inside of strings, in which Slack wraps blocks and views, is unwrapped."""
    if isinstance(value, Mapping):
        return {key: _hidden(item) if key.lower() in _SECRET_KEYS else item for key, item in _shown_items(value)}
    if isinstance(value, list):
        return [shown(item) for item in value]
    return _shown_text(value) if isinstance(value, str) else value


def _shown_items(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in body.items():
        is_address = key.lower() in _SECRET_ADDRESSES and isinstance(value, str)
        yield key, f"{value.rpartition('/')[0]}/{HIDDEN}" if is_address else shown(value)


def _hidden(value: Any) -> Any:
    return HIDDEN if value else value


def _shown_text(text: str) -> Any:
    if text.startswith(("{", "[")) and not isinstance(inner := decoded(text), str):
        return shown(inner)
    text = _SLACK_TOKEN.sub(HIDDEN, text)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(text):,} characters)"
