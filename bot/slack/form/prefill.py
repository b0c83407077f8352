"""What the form shows before anything is typed, and what it keeps to itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from bot.exports.models import Avatar, ExportRequest, Origin, Resolution, Stored
from bot.scripts.languages import LANGUAGES, language_for
from bot.scripts.speech import estimated_seconds
from bot.scripts.writing_systems import WritingSystem, mismatch, well_formed

# docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element: max_length is at most 3000.
SCRIPT_LIMIT = 3000
DEFAULT_RESOLUTION: Resolution = "1080"


class Asked(Stored):
    """The question whether a script may be in another writing system than its language's.

    `digest` is of the script and the language that it is about; `seconds` is how long the speech may take.
    """

    digest: str
    writing: WritingSystem
    language: str
    seconds: float


def asked_about(script: str, language: str) -> Asked | None:
    """The question that this script raises, if it does."""
    writing = mismatch(script, language)
    if writing is None:
        return None
    digest = hashlib.sha256(f"{language}\n{script}".encode("utf-8", "surrogatepass")).hexdigest()
    return Asked(digest=digest, writing=writing, language=language, seconds=estimated_seconds(script, language))


@dataclass(frozen=True)
class Prefill:
    """What the form shows before anything is typed.

    `cut`: the given words did not fit whole. `options`: the rarer fields are shown. `asked`: the question on top.
    """

    script: str = ""
    language: str = ""
    avatar: Avatar | None = None
    channel_id: str | None = None
    cut: bool = False
    resolution: Resolution = DEFAULT_RESOLUTION
    workspace_id: str | None = None
    is_draft: bool = False
    origin: Origin | None = None
    options: bool = False
    asked: Asked | None = None


def prefill(
    words: str,
    *,
    locale: str,
    last_language: str | None,
    last_avatar: Avatar | None,
    channel_id: str | None,
    origin: Origin | None = None,
) -> Prefill:
    """The words become the script; avatar and language are those that this person used last."""
    language = last_language if last_language in LANGUAGES else language_for(locale)
    return Prefill(
        script=well_formed(words)[:SCRIPT_LIMIT],
        language=language,
        avatar=last_avatar,
        channel_id=channel_id,
        cut=len(words) > SCRIPT_LIMIT,
        origin=origin,
    )


def prefill_from(request: ExportRequest) -> Prefill:
    """A form filled in as it was for this request; a script from a file may be longer than fits."""
    given = prefill(
        request.options.script,
        locale=request.requester.locale,
        last_language=request.options.language,
        last_avatar=request.options.avatar,
        channel_id=request.options.channel_id,
        origin=request.origin,
    )
    return with_choices(given, request.options.resolution, request.options.workspace_id, is_draft=not request.options.is_export)


def with_choices(given: Prefill, resolution: Resolution, workspace_id: str | None, *, is_draft: bool) -> Prefill:
    """With these answers to the rarer questions, which are shown where they are not the usual ones."""
    unusual = resolution != DEFAULT_RESOLUTION or workspace_id is not None or is_draft
    return replace(given, resolution=resolution, workspace_id=workspace_id, is_draft=is_draft, options=unusual)


class Memory(Stored):
    """What the form knows besides its fields, kept in the view's private_metadata (at most 3000 characters).

    The choices are those of fields that are not shown.
    """

    cut: bool = False
    origin: Origin | None = None
    resolution: Resolution = DEFAULT_RESOLUTION
    workspace_id: str | None = None
    is_draft: bool = False
    options: bool = False
    asked: Asked | None = None

    @classmethod
    def of(cls, given: Prefill) -> Memory:
        """What a form with this content has to remember."""
        return cls.model_validate(given, from_attributes=True)

    @classmethod
    def read(cls, view: Mapping[str, Any]) -> Memory:
        """What a form remembers; a form of another release may remember nothing that this one understands."""
        try:
            return cls.model_validate_json(view.get("private_metadata") or "{}")
        except ValidationError:
            return cls()

    def written(self) -> str:
        """As private_metadata."""
        return self.model_dump_json(exclude_defaults=True)
