"""The form's fields: for each one the block that shows it and how its answer is read back, side by side."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.exports.languages import LANGUAGES, language_for
from bot.exports.models import Avatar
from bot.exports.speech import estimated_seconds
from bot.i18n import t
from bot.slack import ids
from bot.slack.views.blocks import Block, option, plain

# docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element: max_length is at most 3000.
SCRIPT_LIMIT = 3000
_MINUTES_OF_A_FULL_SCRIPT = round(estimated_seconds("words " * (SCRIPT_LIMIT // 6)) / 60)

Problems = dict[str, str]


@dataclass(frozen=True)
class Prefill:
    """What the form shows before anything is typed. `cut`: the given words did not fit whole."""

    script: str = ""
    language: str = ""
    avatar: Avatar | None = None
    channel_id: str | None = None
    cut: bool = False


def prefill(
    words: str, *, locale: str, last_language: str | None, last_avatar: Avatar | None, channel_id: str | None
) -> Prefill:
    """The words become the script; avatar and language are those that this person used last."""
    language = last_language if last_language in LANGUAGES else language_for(locale)
    return Prefill(
        script=words[:SCRIPT_LIMIT],
        language=language,
        avatar=last_avatar,
        channel_id=channel_id,
        cut=len(words) > SCRIPT_LIMIT,
    )


@dataclass(frozen=True)
class Draft:
    """The answers as they came in; None where nothing was chosen."""

    avatar: Avatar | None
    language: str | None
    script: str
    channel_id: str | None

    def problems(self, locale: str) -> Problems:
        """What is wrong, by block id, in words for beside the field."""
        found = {
            ids.MODEL: None if self.avatar else "problem.model_missing",
            ids.LANGUAGE: None if self.language in LANGUAGES else "problem.language_missing",
            ids.PLACE: None if self.channel_id else "problem.place_missing",
            ids.SCRIPT: "problem.script_empty" if _is_blank(self.script) else None,
        }
        problems = {block: t(locale, key) for block, key in found.items() if key}
        length = len(self.script)
        if length > SCRIPT_LIMIT:
            over = length - SCRIPT_LIMIT
            problems[ids.SCRIPT] = t(locale, "problem.script_too_long", length=length, limit=SCRIPT_LIMIT, over=over)
        return problems


def read(view: Mapping[str, Any]) -> Draft:
    """The answers of a view_submission's view."""
    return Draft(
        avatar=_read_model(view),
        language=_chosen(view, ids.LANGUAGE).get("value"),
        script=_element(view, ids.SCRIPT).get("value") or "",
        channel_id=_element(view, ids.PLACE).get("selected_conversation"),
    )


def blocks(locale: str, given: Prefill) -> list[Block]:
    return [
        model_block(locale, given),
        language_block(locale, given),
        script_block(locale, given),
        place_block(locale, given),
    ]


def model_block(locale: str, given: Prefill) -> Block:
    element: Block = {
        "type": "external_select",
        "action_id": ids.MODEL,
        "placeholder": plain(t(locale, "form.model_placeholder")),
        "min_query_length": 0,
    }
    if given.avatar:
        element["initial_option"] = option(given.avatar.name, given.avatar.id)
    return _input(ids.MODEL, t(locale, "form.model"), element)


def _read_model(view: Mapping[str, Any]) -> Avatar | None:
    chosen = _chosen(view, ids.MODEL)
    if not chosen.get("value"):
        return None
    return Avatar(id=chosen["value"], name=chosen.get("text", {}).get("text") or chosen["value"])


def language_block(locale: str, given: Prefill) -> Block:
    options = {code: option(t(locale, f"language.{code}"), code) for code in LANGUAGES}
    element: Block = {"type": "static_select", "action_id": ids.LANGUAGE, "options": list(options.values())}
    if given.language in options:
        element["initial_option"] = options[given.language]
    return _input(ids.LANGUAGE, t(locale, "form.language"), element)


def script_block(locale: str, given: Prefill) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": ids.SCRIPT,
        "multiline": True,
        "max_length": SCRIPT_LIMIT,
        "placeholder": plain(t(locale, "form.script_placeholder")),
        "focus_on_load": True,
    }
    if given.script:
        element["initial_value"] = given.script
    hint = t(locale, "form.script_hint", limit=SCRIPT_LIMIT, minutes=_MINUTES_OF_A_FULL_SCRIPT)
    if given.cut:
        hint = t(locale, "form.cut", limit=SCRIPT_LIMIT)
    return {**_input(ids.SCRIPT, t(locale, "form.script"), element), "hint": plain(hint)}


def place_block(locale: str, given: Prefill) -> Block:
    element: Block = {
        "type": "conversations_select",
        "action_id": ids.PLACE,
        "placeholder": plain(t(locale, "form.place_placeholder")),
        "default_to_current_conversation": True,
    }
    if given.channel_id:
        element["initial_conversation"] = given.channel_id
    return _input(ids.PLACE, t(locale, "form.place"), element)


def _is_blank(text: str) -> bool:
    """Nothing to see and nothing to say: white space, and marks without a shape such as U+200B."""
    return all(char.isspace() or unicodedata.category(char) in ("Cc", "Cf") for char in text)


def _input(block_id: str, label: str, element: Block) -> Block:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element}


def _element(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    """The answer to a field, whatever its action id."""
    values: Mapping[str, Any] = (view.get("state") or {}).get("values") or {}
    answers: Mapping[str, Any] = values.get(block_id) or {}
    return next(iter(answers.values()), None) or {}


def _chosen(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    return _element(view, block_id).get("selected_option") or {}
