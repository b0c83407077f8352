"""The form's modal from top to bottom."""

from collections.abc import Mapping
from typing import Any

from bot.i18n import t
from bot.slack import ids
from bot.slack.blocks import Block, button, plain
from bot.slack.form.fields import MAIN_FIELDS, MORE_FIELDS
from bot.slack.form.language_question import question_block
from bot.slack.form.metadata import written
from bot.slack.form.state import FormContext, FormState


def form_view(state: FormState, context: FormContext) -> Block:
    """The modal for this state."""
    locale = context.locale
    submit = t(locale, "form.submit_anyway") if state.question else t(locale, "form.submit")
    return {
        "type": "modal",
        "callback_id": ids.FORM,
        "title": plain(t(locale, "form.title")),
        "submit": plain(submit),
        "close": plain(t(locale, "form.close")),
        "private_metadata": written(state),
        "blocks": _blocks(state, context),
    }


def submit_label(locale: str, view: Mapping[str, Any]) -> str:
    """The label of the form's submit button, which changes while the question about the language is shown."""
    submit: Mapping[str, Any] = view.get("submit") or {}
    return submit.get("text") or t(locale, "form.submit")


def _blocks(state: FormState, context: FormContext) -> list[Block]:
    shown = MAIN_FIELDS + MORE_FIELDS if state.more_options else MAIN_FIELDS
    blocks = [block for field in shown for block in field.blocks(state, context)]
    question = [question_block(context.locale, state.question)] if state.question else []
    return [*question, *blocks, *([] if state.more_options else [_more_options(context.locale)])]


def _more_options(locale: str) -> Block:
    more = button(t(locale, "form.more_options"), ids.MORE_OPTIONS, ids.MORE_OPTIONS)
    return {"type": "actions", "block_id": ids.MORE_OPTIONS, "elements": [more]}
