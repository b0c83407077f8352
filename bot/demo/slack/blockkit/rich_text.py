"""The rich_text block. Its text elements are never parsed; what is live is said element by element.

Source: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from __future__ import annotations

from bot.demo.slack.blockkit.checks import (
    Check,
    Fields,
    array,
    boolean,
    by_type,
    integer,
    one_of,
    record,
    string,
    web_address,
)
from bot.demo.slack.blockkit.composition import IDENTIFIER
from bot.demo.slack.blockkit.elements import CHANNEL_ID, USER_ID

STYLES = ("bold", "italic", "strike", "underline", "highlight", "client_highlight", "unlink", "code")
STYLE = record({}, dict.fromkeys(STYLES, boolean))
STYLED: Fields = {"style": STYLE}

INLINE: Fields = {
    "text": record({"text": string()}, STYLED),
    "link": record({"url": web_address}, {**STYLED, "text": string(), "unsafe": boolean}),
    "user": record({"user_id": USER_ID}, STYLED),
    "usergroup": record({"usergroup_id": string()}, STYLED),
    "channel": record({"channel_id": CHANNEL_ID}, STYLED),
    "emoji": record({"name": string()}, {"unicode": string(), "skin_tone": integer(1, 6), **STYLED}),
    "date": record(
        {"timestamp": integer(0, 10**12), "format": string()},
        {"url": web_address, "fallback": string(), **STYLED},
    ),
    "broadcast": record({"range": one_of("here", "channel", "everyone")}, STYLED),
    "color": record({"value": string()}, STYLED),
}

BORDER: Fields = {"border": integer(0, 1)}
SECTION = record({"elements": array(by_type(INLINE), 1)})
# Preformatted text knows only text and links.
PREFORMATTED = record(
    {"elements": array(by_type({name: INLINE[name] for name in ("text", "link")}), 1)},
    {**BORDER, "language": string()},
)
LIST = record(
    {"style": one_of("bullet", "ordered"), "elements": array(by_type({"rich_text_section": SECTION}), 1)},
    {**BORDER, "indent": integer(0, 8), "offset": integer(0, 10**6)},
)

RICH_TEXT: Check = record(
    {
        "elements": array(
            by_type(
                {
                    "rich_text_section": SECTION,
                    "rich_text_list": LIST,
                    "rich_text_preformatted": PREFORMATTED,
                    "rich_text_quote": record({"elements": array(by_type(INLINE), 1)}, BORDER),
                }
            ),
            1,
        )
    },
    {"block_id": IDENTIFIER},
)
