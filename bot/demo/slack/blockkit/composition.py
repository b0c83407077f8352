"""Composition objects: text, option, option group, confirmation.

Limits: https://docs.slack.dev/reference/block-kit/composition-objects
"""

from __future__ import annotations

from bot.demo.slack.blockkit.checks import (
    Check,
    array,
    boolean,
    by_type,
    one_of,
    record,
    string,
    web_address,
)


def plain_text(high: int = 3000) -> Check:
    """A plain_text object; only plain text knows `emoji`."""
    return by_type({"plain_text": record({"text": string(1, high)}, {"emoji": boolean})})


def text(high: int = 3000) -> Check:
    """A plain_text or mrkdwn object; only mrkdwn knows `verbatim`."""
    plain = record({"text": string(1, high)}, {"emoji": boolean})
    mrkdwn = record({"text": string(1, high)}, {"verbatim": boolean})
    return by_type({"plain_text": plain, "mrkdwn": mrkdwn})


# Slack generates what is left out, so both identifiers are optional everywhere.
IDENTIFIER = string(1, 255)

OPTION = record({"text": plain_text(75), "value": string(1, 150)}, {"description": plain_text(75)})
OVERFLOW_OPTION = record(
    {"text": plain_text(75), "value": string(1, 150)},
    {"description": plain_text(75), "url": web_address},
)
# Radio buttons and checkboxes are the only options that may be styled.
STYLED_OPTION = record({"text": text(75), "value": string(1, 150)}, {"description": text(75)})

OPTION_GROUP = record({"label": plain_text(75), "options": array(OPTION, 1, 100)})

CONFIRM = record(
    {"title": plain_text(100), "text": text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": one_of("primary", "danger")},
)
