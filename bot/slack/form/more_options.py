"""The fields behind *More options*: for each one the block and how its answer is read back, side by side."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from bot.aistudios.models import Workspace
from bot.exports.models import Resolution
from bot.i18n import t
from bot.scripts.files import FILE_TYPES, MOST_BYTES
from bot.slack import ids
from bot.slack.blocks import LONGEST_OPTION_VALUE, Block, button, option, plain
from bot.slack.form.fields import answer, chosen, input_block, is_shown
from bot.slack.form.prefill import Prefill

# docs.slack.dev/reference/block-kit/block-elements: a static select takes at most 100 options.
MOST_OPTIONS = 100
_RESOLUTIONS: Mapping[Resolution, str] = {"480": "480p", "720": "720p", "1080": "1080p", "4k": "4k"}
_BYTES_PER_MEGABYTE = 1_000_000


def more_options_block(locale: str) -> Block:
    more = button(t(locale, "form.more_options"), ids.MORE_OPTIONS, ids.MORE_OPTIONS)
    return {"type": "actions", "block_id": ids.MORE_OPTIONS, "elements": [more]}


def option_blocks(locale: str, given: Prefill, workspaces: Sequence[Workspace]) -> list[Block]:
    offered = [one for one in workspaces if len(one.id) <= LONGEST_OPTION_VALUE][:MOST_OPTIONS]
    return [
        file_block(locale),
        resolution_block(locale, given),
        *([workspace_block(locale, given, offered)] if len(offered) > 1 else []),
        draft_block(locale, given),
    ]


def file_block(locale: str) -> Block:
    # docs.slack.dev/reference/block-kit/block-elements/file-input-element: `filetypes` is a convenience, no check.
    element: Block = {
        "type": "file_input",
        "action_id": ids.SCRIPT_FILE,
        "filetypes": list(FILE_TYPES),
        "max_files": 1,
    }
    hint = t(locale, "form.file_hint", types=", ".join(FILE_TYPES), megabytes=MOST_BYTES // _BYTES_PER_MEGABYTE)
    return {**_optional(ids.SCRIPT_FILE, t(locale, "form.file"), element), "hint": plain(hint)}


def read_file(view: Mapping[str, Any]) -> str | None:
    """The id of the uploaded file."""
    files: list[Mapping[str, Any]] = answer(view, ids.SCRIPT_FILE).get("files") or []
    return files[0].get("id") if files else None


def resolution_block(locale: str, given: Prefill) -> Block:
    options = {size: option(name, size) for size, name in _RESOLUTIONS.items()}
    element: Block = {
        "type": "static_select",
        "action_id": ids.RESOLUTION,
        "options": list(options.values()),
        "initial_option": options[given.resolution],
    }
    return input_block(ids.RESOLUTION, t(locale, "form.resolution"), element)


def read_resolution(view: Mapping[str, Any], otherwise: Resolution) -> Resolution:
    value = chosen(view, ids.RESOLUTION).get("value")
    return next((size for size in get_args(Resolution) if size == value), otherwise)


def workspace_block(locale: str, given: Prefill, workspaces: Sequence[Workspace]) -> Block:
    """Only for an account with several; without an answer AI Studios takes its own default."""
    options = {one.id: option(one.name or one.id, one.id) for one in workspaces}
    element: Block = {
        "type": "static_select",
        "action_id": ids.WORKSPACE,
        "placeholder": plain(t(locale, "form.workspace_placeholder")),
        "options": list(options.values()),
    }
    if given.workspace_id in options:
        element["initial_option"] = options[given.workspace_id]
    return _optional(ids.WORKSPACE, t(locale, "form.workspace"), element)


def read_workspace(view: Mapping[str, Any], otherwise: str | None) -> str | None:
    return chosen(view, ids.WORKSPACE).get("value") if is_shown(view, ids.WORKSPACE) else otherwise


def draft_block(locale: str, given: Prefill) -> Block:
    keep = option(t(locale, "form.draft_option"), ids.DRAFT)
    element: Block = {"type": "checkboxes", "action_id": ids.DRAFT, "options": [keep]}
    if given.is_draft:
        element["initial_options"] = [keep]
    return {**_optional(ids.DRAFT, t(locale, "form.draft"), element), "hint": plain(t(locale, "form.draft_hint"))}


def read_draft(view: Mapping[str, Any], *, otherwise: bool) -> bool:
    return bool(answer(view, ids.DRAFT).get("selected_options")) if is_shown(view, ids.DRAFT) else otherwise


def _optional(block_id: str, label: str, element: Block) -> Block:
    return {**input_block(block_id, label, element), "optional": True}
