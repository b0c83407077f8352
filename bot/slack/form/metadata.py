"""The form's state in the view's private_metadata, which Slack returns with every action in the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.exports.models import Origin, RequestOptions, Stored
from bot.slack.form.fields import MAIN_FIELDS
from bot.slack.form.language_question import LanguageQuestion
from bot.slack.form.state import DEFAULTS, FormState

# What is always shown comes back with the view's own state. docs.slack.dev: private_metadata has 3000 characters at
# most, and a script alone may have as many.
ALWAYS_SHOWN = frozenset(field.option for field in MAIN_FIELDS if field.option)


class Metadata(Stored):
    """The part of the form's state that shown fields don't contain, such as the options of hidden fields."""

    options: RequestOptions = DEFAULTS
    origin: Origin | None = None
    cut: bool = False
    more_options: bool = False
    question: LanguageQuestion | None = None


def written(state: FormState) -> str:
    """The state as private_metadata, a JSON object without default values."""
    kept = Metadata.model_validate(state, from_attributes=True)
    return kept.model_dump_json(exclude_defaults=True, exclude={"options": set(ALWAYS_SHOWN)})


def read(view: Mapping[str, Any]) -> Metadata:
    """The state stored in the view; the default state when another release wrote it and it can't be parsed."""
    try:
        return Metadata.model_validate_json(view.get("private_metadata") or "{}")
    except ValidationError:
        return Metadata()
