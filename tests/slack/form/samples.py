"""Extreme contents of the form, and its views as Slack gives them back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.accounts.models import VendorWorkspace
from bot.exports.models import Avatar, Origin, RequestOptions
from bot.slack.form.language_question import LanguageQuestion, question_about
from bot.slack.form.state import FormContext, FormState
from tests.slack.oracle import HOSTILE

Json = dict[str, Any]

AMY = Avatar(id="67da28f034b05ae2e4385a2b", name="Amy")
HANGUL_TEXT = "안녕하세요 여러분 반갑습니다"
SCRIPTS = {
    "full": "word " * 600,
    "emoji": "🎉" * 3000,
    "family": "👨‍👩‍👧‍👦" * 428,
    "markup": "&<>" * 1000,
    "rtl": "مرحبا بالعالم " * 214,
    "korean": "가" * 3000,
    "lines": "\r\n" * 1500,
    "hostile": HOSTILE,
    "control": "\x00\x07\u200b\u202e" * 750,
}
NAMES = {
    "long": "n" * 300,
    "at the limit": "n" * 75,
    "one over": "n" * 76,
    "emoji": "🎉" * 200,
    "markup": "<&>" * 40,
    "mention": "<!here> <@U0ANA0001>",
    "korean": "아바타" * 60,
}
WORKSPACES = [VendorWorkspace(id=f"w-{number}", name=name) for number, name in enumerate(NAMES.values())]


def showing(**options: Any) -> FormState:
    """A form in which these options are chosen."""
    return FormState(options=RequestOptions(**options))


def with_workspaces(workspaces: list[VendorWorkspace]) -> FormContext:
    """The form of an account with these workspaces."""
    return FormContext("en", workspaces=workspaces)


# Every option is other than what is usual, and everything that the form knows besides is there.
EVERYTHING = FormState(
    options=RequestOptions(
        script=SCRIPTS["rtl"],
        language="en",
        avatar=Avatar(id="a" * 150, name=NAMES["long"]),
        channel_id="C0GENERAL",
        resolution="4k",
        workspace_id="w-2",
        is_export=False,
    ),
    origin=Origin(channel_id="C" + "0" * 200, ts="1700000000.000100"),
    more_options=True,
    question=question_about(HANGUL_TEXT, "en"),
)


def elements(view: Json) -> dict[str, Json]:
    """The input element of each field."""
    return {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}


def answered(*, action: str = "", **values: Json) -> Json:
    """A view with these answers by block."""
    return {"state": {"values": {block: {action or block: value} for block, value in values.items()}}}


FULL: dict[str, Json] = {
    "model": {"type": "external_select", "selected_option": {"text": {"text": "Amy"}, "value": AMY.id}},
    "language": {"type": "static_select", "selected_option": {"text": {"text": "Korean"}, "value": "ko"}},
    "script": {"type": "plain_text_input", "value": " Hi\r\n<@U1> "},
    "place": {"type": "conversations_select", "selected_conversation": "C0GENERAL"},
}


def untouched(view: Json) -> Json:
    """What Slack would send of a form in which nobody touched anything."""
    shown = elements(view)
    values: dict[str, Callable[[Json], Json]] = {
        "external_select": lambda one: {"selected_option": one.get("initial_option")},
        "static_select": lambda one: {"selected_option": one.get("initial_option")},
        "plain_text_input": lambda one: {"value": one.get("initial_value")},
        "conversations_select": lambda one: {"selected_conversation": one.get("initial_conversation")},
        "checkboxes": lambda one: {"selected_options": one.get("initial_options", [])},
        "file_input": lambda _: {"files": []},
    }
    return {
        "private_metadata": view["private_metadata"],
        "state": {"values": {block: {block: values[one["type"]](one)} for block, one in shown.items()}},
    }


def question_of(script: str, language: str) -> LanguageQuestion:
    """The question about a script, which there is."""
    question = question_about(script, language)
    assert question is not None
    return question
