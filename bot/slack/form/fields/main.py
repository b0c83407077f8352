"""The fields that the form always shows, from top to bottom."""

from collections.abc import Mapping
from typing import Any

from bot.exports.models import Avatar, RequestOptions
from bot.i18n import rough_length, t
from bot.scripts.languages import LANGUAGES
from bot.scripts.speech import estimated_seconds, is_silent
from bot.slack import ids
from bot.slack.blocks import Block, option, plain
from bot.slack.form.fields.field import Field, answer, input_block, selected
from bot.slack.form.fields.picture import picture_block
from bot.slack.form.state import SCRIPT_LIMIT, UNCHOSEN_AVATAR, FormContext, FormState

_MINUTES_OF_A_FULL_SCRIPT = round(estimated_seconds("words " * (SCRIPT_LIMIT // 6)) / 60)


class AvatarField(Field):
    """The avatar, chosen by typing, and its picture."""

    block_id = ids.MODEL
    option = "avatar"
    of_account = True

    def blocks(self, state: FormState, context: FormContext) -> list[Block]:
        chosen = state.options.avatar
        element: Block = {
            "type": "external_select",
            "action_id": ids.MODEL,
            "placeholder": plain(t(context.locale, "form.model_placeholder")),
            "min_query_length": 0,
        }
        if chosen.id:
            element["initial_option"] = option(chosen.name, chosen.id)
        block = {**input_block(ids.MODEL, t(context.locale, "form.model"), element), "dispatch_action": True}
        return [block, picture_block(chosen, context.picture)] if chosen.id and context.picture else [block]

    def value(self, view: Mapping[str, Any]) -> Avatar:
        chosen = selected(view, ids.MODEL)
        if not (avatar_id := chosen.get("value")):
            return UNCHOSEN_AVATAR
        return Avatar(id=avatar_id, name=chosen.get("text", {}).get("text") or avatar_id)

    def problem(self, locale: str, state: FormState) -> str | None:
        return None if state.options.avatar.id else t(locale, "problem.model_missing")


class LanguageField(Field):
    """The language of the script."""

    block_id = ids.LANGUAGE
    option = "language"

    def blocks(self, state: FormState, context: FormContext) -> list[Block]:
        offered = {code: option(t(context.locale, f"language.{code}"), code) for code in LANGUAGES}
        element: Block = {"type": "static_select", "action_id": ids.LANGUAGE, "options": list(offered.values())}
        if state.options.language in offered:
            element["initial_option"] = offered[state.options.language]
        return [{**input_block(ids.LANGUAGE, t(context.locale, "form.language"), element), "dispatch_action": True}]

    def value(self, view: Mapping[str, Any]) -> str:
        return selected(view, ids.LANGUAGE).get("value") or ""

    def problem(self, locale: str, state: FormState) -> str | None:
        return None if state.options.language in LANGUAGES else t(locale, "problem.language_missing")


class ScriptField(Field):
    """The script, with an estimate of its spoken length."""

    block_id = ids.SCRIPT
    option = "script"

    def blocks(self, state: FormState, context: FormContext) -> list[Block]:
        """The input is optional while the file field is shown, because a file can replace the script."""
        element: Block = {
            "type": "plain_text_input",
            "action_id": ids.SCRIPT,
            "multiline": True,
            "max_length": SCRIPT_LIMIT,
            "placeholder": plain(t(context.locale, "form.script_placeholder")),
            "focus_on_load": context.opening,
        }
        if state.options.script:
            element["initial_value"] = state.options.script
        label, hint = t(context.locale, "form.script"), _script_hint(context.locale, state)
        block = input_block(ids.SCRIPT, label, element, hint=hint, is_optional=state.more_options)
        return [block, *_estimate(context.locale, state.options)]

    def value(self, view: Mapping[str, Any]) -> str:
        return answer(view, ids.SCRIPT).get("value") or ""

    def problem(self, locale: str, state: FormState) -> str | None:
        script = state.options.script
        if state.file_id:
            return None
        if is_silent(script):
            return t(locale, "problem.script_empty")
        over = len(script) - SCRIPT_LIMIT
        if over > 0:
            return t(locale, "problem.script_too_long", length=len(script), limit=SCRIPT_LIMIT, over=over)
        return None


class PlaceField(Field):
    """The conversation in which the video is posted."""

    block_id = ids.PLACE
    option = "channel_id"

    def blocks(self, state: FormState, context: FormContext) -> list[Block]:
        element: Block = {
            "type": "conversations_select",
            "action_id": ids.PLACE,
            "placeholder": plain(t(context.locale, "form.place_placeholder")),
            "default_to_current_conversation": True,
        }
        if state.options.channel_id:
            element["initial_conversation"] = state.options.channel_id
        return [input_block(ids.PLACE, t(context.locale, "form.place"), element)]

    def value(self, view: Mapping[str, Any]) -> str:
        return answer(view, ids.PLACE).get("selected_conversation") or ""

    def problem(self, locale: str, state: FormState) -> str | None:
        return None if state.options.channel_id else t(locale, "problem.place_missing")


MAIN_FIELDS: tuple[Field, ...] = (AvatarField(), LanguageField(), ScriptField(), PlaceField())


def _script_hint(locale: str, state: FormState) -> str:
    if state.cut:
        return t(locale, "form.cut", limit=SCRIPT_LIMIT)
    return t(locale, "form.script_hint", limit=SCRIPT_LIMIT, minutes=_MINUTES_OF_A_FULL_SCRIPT)


def _estimate(locale: str, options: RequestOptions) -> list[Block]:
    if is_silent(options.script):
        return []
    length = rough_length(locale, estimated_seconds(options.script, options.language))
    words = plain(t(locale, "form.estimate", length=length))
    return [{"type": "context", "block_id": ids.ESTIMATE, "elements": [words]}]
