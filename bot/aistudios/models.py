"""The wire models of AI Studios: requests are validated strictly, answers tolerantly."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AliasChoices, AliasGenerator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

Resolution = Literal["4k", "1080", "720", "480"]

# A larger number is no count of credits, and a longer text no id (a Mongo ObjectId has 24 characters); the table of
# exports holds no more.
MOST_CREDITS = 1_000_000_000
LONGEST_ID = 128


class CustomExport(BaseModel):
    """The body of `POST /simple/custom`; the text is sent unchanged, byte for byte."""

    # An error that quoted its input would put a script into the log.
    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", str_strip_whitespace=False, hide_input_in_errors=True
    )

    language: str = Field(min_length=1)
    text: str = Field(min_length=1, repr=False)
    model: str = Field(min_length=1)
    is_export: bool = Field(default=True, serialization_alias="isExport")
    workspace_id: str | None = Field(default=None, min_length=1, serialization_alias="workspaceId")
    resolution: Resolution = "1080"
    # Whoever knows this address can report progress: it stays out of logs.
    webhook_url: str | None = Field(default=None, pattern=r"^https?://", repr=False, serialization_alias="webhookUrl")

    def as_body(self) -> dict[str, object]:
        """The JSON object of the request, with the vendor's names and without unset fields."""
        return self.model_dump(by_alias=True, exclude_none=True)


def _text(value: object) -> str | None:
    """An id or a name as text; None if it is neither text nor a number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _percent(value: object) -> float | None:
    number = _number(value)
    return None if number is None else min(max(number, 0.0), 100.0)


def _percent_done(value: object) -> float | None:
    """A missing value is 0; any other must be a number."""
    return 0.0 if value is None else _percent(value)


def _credits(value: object) -> int | None:
    number = _number(value)
    return round(number) if number is not None and 0 <= number <= MOST_CREDITS else None


def _id(value: object) -> str | None:
    """An id as text; None if it is none that a database could hold."""
    text = _text(value)
    return text if text and len(text) <= LONGEST_ID and text.isprintable() else None


Text = Annotated[str, BeforeValidator(_text)]
OptionalText = Annotated[str | None, BeforeValidator(_text)]
PercentDone = Annotated[float, BeforeValidator(_percent_done)]
OptionalPercent = Annotated[float | None, BeforeValidator(_percent)]
OptionalCredits = Annotated[int | None, BeforeValidator(_credits)]
Id = Annotated[str, BeforeValidator(_id)]
OptionalId = Annotated[str | None, BeforeValidator(_id)]


class _Answer(BaseModel):
    """Accepts both spellings: the vendor uses `downloadUrl` in one call and `download_url` in the next."""

    model_config = ConfigDict(
        frozen=True,
        populate_by_name=True,
        alias_generator=AliasGenerator(validation_alias=lambda name: AliasChoices(name, to_camel(name))),
    )


class AcceptedExport(_Answer):
    """An export that AI Studios has accepted, and will bill."""

    project_id: Id
    task_id: OptionalId = None


class ExportProgress(_Answer):
    """`GET /editor/progress/{projectId}`: percent, and at 100 the address of the video."""

    progress: PercentDone = 0.0
    download_url: OptionalText = None
    state: OptionalText = None


class ProjectSummary(_Answer):
    """An entry of `GET /editor/project`; `state` is `exported` when the video is ready."""

    id: Id = Field(validation_alias=AliasChoices("id", "_id"))
    name: OptionalText = None
    state: OptionalText = None
    download_url: OptionalText = None


class Project(ProjectSummary):
    """`GET /editor/project/{projectId}`; `credit` is in credits, `progress` in percent."""

    thumbnail_url: OptionalText = None
    backend_task_id: OptionalId = None
    progress: OptionalPercent = None
    # "creditSubstracted" is how the vendor spells it.
    credit: OptionalCredits = Field(
        default=None, validation_alias=AliasChoices("creditSubstracted", "creditSubtracted", "credit")
    )
    created_at: OptionalText = None
    updated_at: OptionalText = None


class Workspace(_Answer):
    """A workspace that a project can belong to."""

    id: Id = Field(validation_alias=AliasChoices("workspaceId", "id"))
    name: OptionalText = Field(default=None, validation_alias=AliasChoices("workspaceName", "name"))


class Label(BaseModel):
    """A model's name in the vendor's two languages."""

    en: OptionalText = None
    ko: OptionalText = None


def _label(value: object) -> object:
    if isinstance(value, str):
        return {"en": value}
    return value if isinstance(value, dict) else {}


class ListedModel(_Answer):
    """An entry of `GET /model` or of `GET /dropdown/models`; neither has all fields."""

    id: Id = Field(validation_alias=AliasChoices("id", "_id"))
    label: Annotated[Label, BeforeValidator(_label)] = Label()
    thumbnail: OptionalText = None
    avatar_type: OptionalText = None


class Model(BaseModel):
    """An avatar of the account. Both names are always set; a missing one is replaced by the other, or by the id."""

    model_config = ConfigDict(frozen=True)

    id: str
    label_en: str
    label_ko: str
    thumbnail: str | None = None
    custom: bool = False


def join_models(entries: Iterable[ListedModel]) -> list[Model]:
    """One model per id, custom avatars first, then by English name; earlier entries win over later ones."""
    by_id: dict[str, list[ListedModel]] = {}
    for entry in entries:
        by_id.setdefault(entry.id, []).append(entry)
    models = [_joined(same) for same in by_id.values()]
    return sorted(models, key=lambda model: (not model.custom, model.label_en.casefold(), model.id))


def _joined(entries: list[ListedModel]) -> Model:
    english = next((entry.label.en for entry in entries if entry.label.en), None)
    korean = next((entry.label.ko for entry in entries if entry.label.ko), None)
    return Model(
        id=entries[0].id,
        label_en=english or korean or entries[0].id,
        label_ko=korean or english or entries[0].id,
        thumbnail=next((entry.thumbnail for entry in entries if entry.thumbnail), None),
        # The vendor lists no values of avatarType; its name for an account's own avatars is "custom avatar".
        custom=any("custom" in (entry.avatar_type or "").casefold() for entry in entries),
    )
