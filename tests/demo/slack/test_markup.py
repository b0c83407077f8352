"""What counts as live in a message."""

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.slack import Message, live_entities

Json = dict[str, Any]


def message(text: str = "", *blocks: Json, **fields: Any) -> Message:
    """A message of somebody."""
    return Message("1.000001", "C0GENERAL", "U0AVATARB", text, blocks=[*blocks], **fields)


def mrkdwn(text: str, **fields: Any) -> Json:
    """A section of mrkdwn."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, **fields}}


HOSTILE = "<@U0ANA0001> <!here> <#C0GENERAL> <https://evil.example|x> *b* _i_ ~s~ `c` :tada: @channel #general"


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("hi <@U0ANA0001|ana>", "<@U0ANA0001>"),
        ("<!subteam^S012345678>", "<!subteam^S012345678>"),
        ("<https://a.example/x|here>", "<https://a.example/x>"),
        ("see https://a.example/x now", "<https://a.example/x>"),
        ("a *bold* word", "*bold*"),
        ("_italic_", "_italic_"),
        ("~struck~", "~struck~"),
        ("`code`", "`code`"),
        ("```block```", "```block```"),
        ("&gt; quoted", "&gt;"),
        (":tada:", ":tada:"),
    ],
)
def test_text_comes_alive(text: str, entity: str) -> None:
    """Each kind of markup is live in the text of a message and in mrkdwn."""
    assert live_entities(message(text)) == {entity}
    assert live_entities(message("", mrkdwn(text))) == {entity}


@pytest.mark.parametrize("text", ["2*3*4", "snake_case_name", "a ~ b ~ c", "* not bold *", "12:30:45", "a > b"])
def test_signs_within_words_stay_what_they_are(text: str) -> None:
    """Formatting needs a mark on its own."""
    assert live_entities(message(text)) == set()


def test_escaping_kills_manual_entities_but_not_styles() -> None:
    """After &, < and > are replaced, styles and bare names in mrkdwn still live."""
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    live = live_entities(message("", mrkdwn(escaped)))
    assert {"*b*", "_i_", "~s~", "`c`", ":tada:", "@channel", "#general"} <= live
    assert not {"<@U0ANA0001>", "<!here>", "<#C0GENERAL>"} & live


def test_verbatim_stops_names_and_bare_links_but_not_manual_entities() -> None:
    """verbatim turns off automatic parsing only."""
    text = "@here #general https://a.example <@U0ANA0001>"
    assert live_entities(message("", mrkdwn(text, verbatim=True))) == {"<@U0ANA0001>"}
    assert live_entities(message("", mrkdwn(text))) == {
        "@here",
        "#general",
        "<https://a.example>",
        "<@U0ANA0001>",
    }


def test_plain_text_and_rich_text_are_never_parsed() -> None:
    """Only the elements that say so are live there; plain text knows emoji unless told not to."""
    quiet = {"type": "section", "text": {"type": "plain_text", "text": HOSTILE, "emoji": False}}
    rich: Json = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": HOSTILE}]}],
    }
    assert live_entities(message("", quiet, rich)) == set()
    rich["elements"][0]["elements"].append({"type": "user", "user_id": "U0ANA0001"})
    assert live_entities(message("", rich)) == {"<@U0ANA0001>"}


def test_a_message_may_switch_parsing_off_or_up() -> None:
    """mrkdwn, parse and link_names change what the top-level text does."""
    text = "*b* https://a.example @ana"
    assert live_entities(message(text, mrkdwn=False, parse="none")) == set()
    assert live_entities(message(text, link_names=True)) == {"*b*", "<https://a.example>", "@ana"}


def test_markdown_blocks_follow_markdown() -> None:
    """Markdown styles are live unless escaped with a backslash."""
    block = {"type": "markdown", "text": "**b** [x](https://a.example) \\*not\\*"}
    assert live_entities(message("", block)) == {"**b**", "[x](https://a.example)"}
