"""Reads a person's answers from a view, and validates them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.slack.form import metadata
from bot.slack.form.fields import FIELDS, SCRIPT_FILE
from bot.slack.form.language_question import LanguageQuestion, question_about
from bot.slack.form.state import SCRIPT_LIMIT, FormState

# Problems in words by block id, shown beside their fields.
Problems = dict[str, str]


def read(view: Mapping[str, Any]) -> FormState:
    """Reads the answers from a view; hidden fields keep their stored values."""
    kept = metadata.read(view)
    options = kept.options
    for field in FIELDS:
        options = field.read(view, options)
    return FormState(
        options=options,
        origin=kept.origin,
        cut=kept.cut,
        more_options=kept.more_options,
        question=kept.question,
        file_id=SCRIPT_FILE.value(view),
    )


def refilled(view: Mapping[str, Any]) -> FormState:
    """The form's state with the person's answers so far.

    Drops the question about the language when the script or the language has changed since.
    """
    state = read(view)
    options = state.options
    is_open = state.question == question_about(options.script, options.language)
    return replace(
        state.with_options(script=options.script[:SCRIPT_LIMIT]), question=state.question if is_open else None
    )


def problems(locale: str, state: FormState) -> Problems:
    """The problems of the answers in words, by block id; empty when they can become a request."""
    found = {field.block_id: field.problem(locale, state) for field in FIELDS}
    return {block_id: words for block_id, words in found.items() if words}


def open_question(state: FormState) -> LanguageQuestion | None:
    """The question to ask before going on; None without one, and when it was asked about this script and language."""
    raised, asked = question_about(state.options.script, state.options.language), state.question
    return None if raised is None or (asked and asked.digest == raised.digest) else raised
