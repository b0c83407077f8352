"""What Slack says to a view or a message, by the strict checks of the local Slack."""

from __future__ import annotations

from pathlib import Path

import yaml

import bot
from bot.demo.slack import Message as Posted
from bot.demo.slack import live_entities
from bot.demo.slack.blockkit import check_message, check_view, options_problems
from bot.demo.slack.state.manifest import AppManifest
from bot.exports.models import Avatar, ExportRequest, Requester, RequestOptions
from bot.slack.blocks import Block, Message
from bot.slack.form.state import FormContext, FormState
from bot.slack.form.view import form_view

USER = "U0ANA0001"
MENTION = f"<@{USER}>"
LOCALES = ("en-US", "ko-KR")
# docs.slack.dev/reference/methods/chat.update: a longer text is msg_too_long.
LONGEST_TEXT = 4000

HOSTILE = (
    "<@U0MINJI01> <!here> <!channel> <#C0GENERAL> <https://evil.example|x> https://evil.example "
    "@here @channel #general *b* _i_ ~s~ `c` ```d``` :tada: &lt;!here&gt; &amp; </script> {user} {0} %s\n> q\n• l"
)
MANIFEST = AppManifest(yaml.safe_load(Path(bot.__file__).parents[1].joinpath("manifest.yml").read_text("utf-8")))


def accept_form(locale: str, state: FormState, context: FormContext | None = None) -> Block:
    """The form, once Slack has accepted it; without a context as it opens."""
    view = form_view(state, context or FormContext(locale, opening=True))
    check_view(view, "modal", MANIFEST)
    return view


def accept(message: Message) -> Message:
    """The message, once Slack has accepted its blocks and its text, for posting and for editing."""
    check_message(message.blocks, MANIFEST)
    assert 0 < len(message.text) <= LONGEST_TEXT
    return message


def accept_options(options: list[Block]) -> list[Block]:
    """The options, once Slack has accepted them as an answer."""
    assert options_problems({"options": options}) == []
    return options


def live(message: Message) -> set[str]:
    """What Slack would make live in the message."""
    return live_entities(Posted("1.000001", "C0GENERAL", "U0AVATARB", message.text, blocks=message.blocks))


def requester(locale: str = "en-US") -> Requester:
    """The person who asks."""
    return Requester(team_id="T0AVATARS", user_id=USER, locale=locale)


def request(
    *, script: str = "Hello.", avatar: str = "Amy", locale: str = "en-US", language: str = "en"
) -> ExportRequest:
    """What the person asked for."""
    options = RequestOptions(
        avatar=Avatar(id="67da28f034b05ae2e4385a2b", name=avatar),
        language=language,
        script=script,
        channel_id="C0GENERAL",
    )
    return ExportRequest(requester=requester(locale), options=options)
