"""The Block Kit components that the views are built from (docs.slack.dev/reference/block-kit)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Block = dict[str, Any]

LONGEST_OPTION_TEXT = 75
LONGEST_OPTION_VALUE = 150
BAR_LENGTH = 12


@dataclass(frozen=True)
class Message:
    """Blocks, and the text that notifications and screen readers show instead."""

    text: str
    blocks: list[Block]


def plain(text: str) -> Block:
    """A plain_text object: Slack parses no markup in it, and emoji codes stay as typed."""
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> Block:
    """A mrkdwn object for the bot's own words and user ids. `verbatim` stops Slack from linking names and addresses."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn(text)}


def notes(*texts: str) -> Block:
    """A context block of plain texts, which may contain words of other people."""
    return {"type": "context", "elements": [plain(shortened(text, 2000)) for text in texts]}


def quoted(text: str) -> Block:
    """A person's words exactly as written: Slack parses no markup in text elements of rich_text."""
    quote_block = {"type": "rich_text_quote", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [quote_block]}


def option(text: str, value: str) -> Block:
    return {"text": plain(shortened(text, LONGEST_OPTION_TEXT)), "value": value}


def button(text: str, action_id: str, value: str) -> Block:
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": value}


def button_row(*buttons: Block) -> list[Block]:
    return [{"type": "actions", "elements": list(buttons)}]


def confirmation(*, title: str, text: str, yes: str, no: str) -> Block:
    """A confirmation dialog, shown before a button acts."""
    return {"title": plain(title), "text": plain(text), "confirm": plain(yes), "deny": plain(no)}


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def escaped(text: str) -> str:
    """Escapes words of other people for mrkdwn (docs.slack.dev/messaging/formatting-message-text#escaping)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(url: str, label: str) -> str | None:
    """A mrkdwn link; None if it isn't a web address: in angle brackets it could be a mention or a broadcast.

    Characters that could end the link early are percent-encoded.
    """
    if not url.lower().startswith(("https://", "http://")):
        return None
    safe = quote(url, safe="%/:=&?~#+!$,;'@()*[]-._")
    return f"<{escaped(safe)}|{label}>"


def progress_bar(percent: int) -> str:
    """A progress bar of characters; `percent` is 0 to 100."""
    filled = round(BAR_LENGTH * percent / 100)
    return "▰" * filled + "▱" * (BAR_LENGTH - filled)
