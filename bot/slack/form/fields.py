"""The main fields: for each one the block that shows it and how its answer is read back, side by side."""

from collections.abc import Mapping
from typing import Any

from bot.exports.models import Avatar
from bot.i18n import t
from bot.scripts.languages import LANGUAGES
from bot.scripts.speech import estimated_seconds
from bot.scripts.writing_systems import well_formed
from bot.slack import ids
from bot.slack.blocks import Block, option, plain
from bot.slack.form.prefill import SCRIPT_LIMIT, Prefill

_MINUTES_OF_A_FULL_SCRIPT = round(estimated_seconds("words " * (SCRIPT_LIMIT // 6)) / 60)


def model_block(locale: str, given: Prefill) -> Block:
    element: Block = {
        "type": "external_select",
        "action_id": ids.MODEL,
        "placeholder": plain(t(locale, "form.model_placeholder")),
        "min_query_length": 0,
    }
    if given.avatar:
        element["initial_option"] = option(given.avatar.name, given.avatar.id)
    return {**input_block(ids.MODEL, t(locale, "form.model"), element), "dispatch_action": True}


def read_model(view: Mapping[str, Any]) -> Avatar | None:
    found = chosen(view, ids.MODEL)
    if not found.get("value"):
        return None
    return Avatar(id=found["value"], name=found.get("text", {}).get("text") or found["value"])


def language_block(locale: str, given: Prefill) -> Block:
    options = {code: option(t(locale, f"language.{code}"), code) for code in LANGUAGES}
    element: Block = {"type": "static_select", "action_id": ids.LANGUAGE, "options": list(options.values())}
    if given.language in options:
        element["initial_option"] = options[given.language]
    return {**input_block(ids.LANGUAGE, t(locale, "form.language"), element), "dispatch_action": True}


def read_language(view: Mapping[str, Any]) -> str | None:
    return chosen(view, ids.LANGUAGE).get("value")


def script_block(locale: str, given: Prefill, *, focused: bool) -> Block:
    """With the rarer fields a file may stand in for it, so that Slack may not insist on it."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": ids.SCRIPT,
        "multiline": True,
        "max_length": SCRIPT_LIMIT,
        "placeholder": plain(t(locale, "form.script_placeholder")),
        "focus_on_load": focused,
    }
    if given.script:
        element["initial_value"] = given.script
    hint = t(locale, "form.script_hint", limit=SCRIPT_LIMIT, minutes=_MINUTES_OF_A_FULL_SCRIPT)
    if given.cut:
        hint = t(locale, "form.cut", limit=SCRIPT_LIMIT)
    block = input_block(ids.SCRIPT, t(locale, "form.script"), element)
    return {**block, "hint": plain(hint), "optional": given.options}


def read_script(view: Mapping[str, Any]) -> str:
    return well_formed(answer(view, ids.SCRIPT).get("value") or "")


def place_block(locale: str, given: Prefill) -> Block:
    element: Block = {
        "type": "conversations_select",
        "action_id": ids.PLACE,
        "placeholder": plain(t(locale, "form.place_placeholder")),
        "default_to_current_conversation": True,
    }
    if given.channel_id:
        element["initial_conversation"] = given.channel_id
    return input_block(ids.PLACE, t(locale, "form.place"), element)


def read_place(view: Mapping[str, Any]) -> str | None:
    return answer(view, ids.PLACE).get("selected_conversation")


def submit_words(locale: str, view: Mapping[str, Any]) -> str:
    """What stands on the form's button, which the question about the language changes."""
    submit: Mapping[str, Any] = view.get("submit") or {}
    return submit.get("text") or t(locale, "form.submit")


def input_block(block_id: str, label: str, element: Block) -> Block:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element}


def is_shown(view: Mapping[str, Any], block_id: str) -> bool:
    """Whether the person could answer this question."""
    return block_id in _answers(view)


def answer(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    """The answer to a field, whatever its action id."""
    answers: Mapping[str, Any] = _answers(view).get(block_id) or {}
    return next(iter(answers.values()), None) or {}


def chosen(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    return answer(view, block_id).get("selected_option") or {}


def _answers(view: Mapping[str, Any]) -> Mapping[str, Any]:
    return (view.get("state") or {}).get("values") or {}
