"""What a message says, from wherever it says it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.shortcuts.message_text import text_of

Json = dict[str, Any]

MARKED: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "*Hi* <@U1>"}}
PLAIN: Json = {"type": "header", "text": {"type": "plain_text", "text": "a < b & c"}}
FIELDS: Json = {
    "type": "section",
    "fields": [{"type": "mrkdwn", "text": "one"}, {"type": "plain_text", "text": "two"}],
}
SMALL: Json = {"type": "context", "elements": [{"type": "image", "alt_text": "x"}, {"type": "mrkdwn", "text": "small"}]}
BUTTONS: Json = {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Press"}}]}
RICH: Json = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"text": "Words", "blocks": [MARKED]}, "Words"),
        ({"text": " \n", "blocks": [MARKED, PLAIN]}, "*Hi* <@U1>\na &lt; b &amp; c"),
        ({"text": "", "blocks": [FIELDS, SMALL]}, "one\ntwo\nsmall"),
        ({"text": "", "blocks": [BUTTONS, {"type": "divider"}]}, ""),
        ({"text": "", "blocks": [RICH]}, ""),
        (
            {"text": None, "attachments": [{"pretext": "Look", "title": "News", "text": "All *good*"}]},
            "Look\nNews\nAll *good*",
        ),
        ({"attachments": [{"fallback": "A plain word"}, {"text": "More"}]}, "A plain word\nMore"),
        ({"text": "", "blocks": [BUTTONS], "attachments": [{"text": "Below"}]}, "Below"),
        ({"text": "", "files": [{"id": "F1"}]}, ""),
        ({"text": "", "blocks": None, "attachments": None}, ""),
        ({}, ""),
    ],
)
def test_the_words_of_a_message(message: Json, words: str) -> None:
    """Its text, else its blocks', else its attachments'; what is plain text stays plain in mrkdwn."""
    assert text_of(message) == words
