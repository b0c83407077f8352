"""The step's inputs, as declared in manifest.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from bot.accounts.avatars import AvatarList, looks_like_model_id
from bot.exports.models import Avatar, RequestOptions, Resolution
from bot.i18n import t
from bot.scripts.accepted_files import LONGEST_SCRIPT
from bot.scripts.languages import LANGUAGES
from bot.scripts.speech import is_silent
from bot.slack.blocks import escaped, shortened
from bot.slack.form.fields.avatar_options import name_for

RESOLUTIONS: tuple[Resolution, ...] = get_args(Resolution)
LONGEST_QUOTE = 80


@dataclass(frozen=True)
class Inputs:
    """The inputs of the step, valid or not; an empty input is "". `user_id` is the person that the step names."""

    model: str
    language: str
    script: str
    channel_id: str
    resolution: str
    user_id: str

    @classmethod
    def read(cls, inputs: Mapping[str, Any]) -> Inputs:
        """The inputs of a `function_executed` event."""
        given = {name: str(value) for name, value in inputs.items() if value is not None}
        return cls(
            model=given.get("model", "").strip(),
            language=_spelled(given.get("language", ""), LANGUAGES),
            script=given.get("script", ""),
            channel_id=given.get("channel", ""),
            resolution=_spelled(given.get("resolution", ""), RESOLUTIONS) or "1080",
            user_id=given.get("user", ""),
        )

    def problems(self, locale: str, avatars: AvatarList) -> list[str]:
        """The problems of the inputs in words, for the person who runs the workflow and its author."""
        found = (
            self._model_problem(locale, avatars),
            self._language_problem(locale),
            self._script_problem(locale),
            None if self.channel_id else t(locale, "problem.place_missing"),
            self._resolution_problem(locale),
        )
        return [problem for problem in found if problem]

    def options(self, locale: str, avatars: AvatarList) -> RequestOptions:
        """The options for these inputs. Raises pydantic's ValidationError when `problems` is not empty."""
        model = avatars.find(self.model)
        return RequestOptions.model_validate(
            {
                "avatar": Avatar(id=self.model, name=name_for(locale, model) if model else self.model),
                "language": self.language,
                "script": self.script,
                "channel_id": self.channel_id,
                "resolution": self.resolution,
            }
        )

    def _model_problem(self, locale: str, avatars: AvatarList) -> str | None:
        if not self.model:
            return t(locale, "problem.model_missing")
        if avatars.find(self.model) or looks_like_model_id(self.model):
            return None
        return t(locale, "step.model_unknown", model=_quoted(self.model))

    def _language_problem(self, locale: str) -> str | None:
        if not self.language:
            return t(locale, "problem.language_missing")
        if self.language in LANGUAGES:
            return None
        return t(locale, "step.language_unknown", language=_quoted(self.language), known=", ".join(LANGUAGES))

    def _script_problem(self, locale: str) -> str | None:
        if is_silent(self.script):
            return t(locale, "problem.script_empty")
        length = len(self.script)
        if length <= LONGEST_SCRIPT:
            return None
        over = length - LONGEST_SCRIPT
        return t(locale, "problem.script_too_long", length=length, limit=LONGEST_SCRIPT, over=over)

    def _resolution_problem(self, locale: str) -> str | None:
        if self.resolution in RESOLUTIONS:
            return None
        known = ", ".join(RESOLUTIONS)
        return t(locale, "step.resolution_unknown", resolution=_quoted(self.resolution), known=known)


def _spelled(typed: str, known: tuple[str, ...]) -> str:
    """The known word that equals the typed one when case is ignored; otherwise the typed word."""
    typed = typed.strip()
    return next((word for word in known if word.lower() == typed.lower()), typed)


def _quoted(typed: str) -> str:
    return escaped(shortened(typed, LONGEST_QUOTE))
