"""What a person answered, read from a view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.exports.models import Avatar, Origin, Resolution
from bot.i18n import t
from bot.scripts.languages import LANGUAGES
from bot.scripts.speech import is_silent
from bot.slack import ids
from bot.slack.form import fields
from bot.slack.form import more_options as options
from bot.slack.form.prefill import DEFAULT_RESOLUTION, SCRIPT_LIMIT, Asked, Memory, Prefill, asked_about

Problems = dict[str, str]


@dataclass(frozen=True)
class Answers:
    """The answers as they came in; None where nothing was chosen. `file_id`: the script is in this file of Slack's.

    `asked`: the question that the form showed on top.
    """

    avatar: Avatar | None
    language: str | None
    script: str
    channel_id: str | None
    file_id: str | None = None
    resolution: Resolution = DEFAULT_RESOLUTION
    workspace_id: str | None = None
    is_draft: bool = False
    origin: Origin | None = None
    asked: Asked | None = None

    def problems(self, locale: str) -> Problems:
        """What is wrong, by block id, in words for beside the field."""
        found = {
            ids.MODEL: None if self.avatar else "problem.model_missing",
            ids.LANGUAGE: None if self.language in LANGUAGES else "problem.language_missing",
            ids.PLACE: None if self.channel_id else "problem.place_missing",
        }
        return {block: t(locale, key) for block, key in found.items() if key} | self._script_problems(locale)

    def _script_problems(self, locale: str) -> Problems:
        length = len(self.script)
        if self.file_id:
            return {} if is_silent(self.script) else {ids.SCRIPT_FILE: t(locale, "problem.script_twice")}
        if is_silent(self.script):
            return {ids.SCRIPT: t(locale, "problem.script_empty")}
        if length > SCRIPT_LIMIT:
            over = length - SCRIPT_LIMIT
            return {ids.SCRIPT: t(locale, "problem.script_too_long", length=length, limit=SCRIPT_LIMIT, over=over)}
        return {}

    def question(self) -> Asked | None:
        """What to ask before going on; None as well once it was asked about this script and language."""
        asking = asked_about(self.script, self.language or "")
        return None if asking is None or (self.asked and self.asked.digest == asking.digest) else asking


def read(view: Mapping[str, Any]) -> Answers:
    """The answers in a view, of a submission or of an action in it; where a field is not shown, what was kept."""
    memory = Memory.read(view)
    return Answers(
        avatar=fields.read_model(view),
        language=fields.read_language(view),
        script=fields.read_script(view),
        channel_id=fields.read_place(view),
        file_id=options.read_file(view),
        resolution=options.read_resolution(view, memory.resolution),
        workspace_id=options.read_workspace(view, memory.workspace_id),
        is_draft=options.read_draft(view, otherwise=memory.is_draft),
        origin=memory.origin,
        asked=memory.asked,
    )


def refilled(view: Mapping[str, Any]) -> Prefill:
    """The form as the person has filled it in so far; a question that is no longer about this script is gone."""
    memory, answers = Memory.read(view), read(view)
    language = answers.language or ""
    asking = asked_about(answers.script, language)
    return Prefill(
        script=answers.script[:SCRIPT_LIMIT],
        language=language,
        avatar=answers.avatar,
        channel_id=answers.channel_id,
        cut=memory.cut,
        resolution=answers.resolution,
        workspace_id=answers.workspace_id,
        is_draft=answers.is_draft,
        origin=answers.origin,
        options=memory.options,
        asked=asking if asking == memory.asked else None,
    )
