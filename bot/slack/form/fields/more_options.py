"""The fields behind *More options*, from top to bottom."""

from collections.abc import Mapping
from typing import Any, get_args

from bot.accounts.models import VendorWorkspace
from bot.exports.models import Resolution
from bot.i18n import t
from bot.scripts.accepted_files import FILE_TYPES, MOST_BYTES
from bot.scripts.speech import is_silent
from bot.slack import ids
from bot.slack.blocks import LONGEST_OPTION_VALUE, Block, option, plain
from bot.slack.form.fields.field import Field, answer, input_block, selected
from bot.slack.form.state import DEFAULTS, FormContext, FormState

# docs.slack.dev/reference/block-kit/block-elements: a static select takes at most 100 options.
MOST_OPTIONS = 100
_RESOLUTIONS: Mapping[Resolution, str] = {"480": "480p", "720": "720p", "1080": "1080p", "4k": "4k"}
_BYTES_PER_MEGABYTE = 1_000_000


class ScriptFileField(Field):
    """A file that replaces the script. It is read when the form is submitted."""

    block_id = ids.SCRIPT_FILE

    def blocks(self, state: FormState, context: FormContext) -> list[Block]:  # noqa: ARG002 — it opens without a file
        # docs.slack.dev/reference/block-kit/block-elements/file-input-element: `filetypes` is a convenience, no check.
        element: Block = {
            "type": "file_input",
            "action_id": ids.SCRIPT_FILE,
            "filetypes": list(FILE_TYPES),
            "max_files": 1,
        }
        hint = t(
            context.locale, "form.file_hint", types=", ".join(FILE_TYPES), megabytes=MOST_BYTES // _BYTES_PER_MEGABYTE
        )
        return [input_block(ids.SCRIPT_FILE, t(context.locale, "form.file"), element, hint=hint, is_optional=True)]

    def value(self, view: Mapping[str, Any]) -> str | None:
        """The id of the uploaded file."""
        files: list[Mapping[str, Any]] = answer(view, ids.SCRIPT_FILE).get("files") or []
        return files[0].get("id") if files else None

    def problem(self, locale: str, state: FormState) -> str | None:
        is_twice = state.file_id and not is_silent(state.options.script)
        return t(locale, "problem.script_twice") if is_twice else None


class ResolutionField(Field):
    """The resolution of the video."""

    block_id = ids.RESOLUTION
    option = "resolution"

    def blocks(self, state: FormState, context: FormContext) -> list[Block]:
        offered = {size: option(name, size) for size, name in _RESOLUTIONS.items()}
        element: Block = {
            "type": "static_select",
            "action_id": ids.RESOLUTION,
            "options": list(offered.values()),
            "initial_option": offered[state.options.resolution],
        }
        return [input_block(ids.RESOLUTION, t(context.locale, "form.resolution"), element)]

    def value(self, view: Mapping[str, Any]) -> Resolution:
        chosen = selected(view, ids.RESOLUTION).get("value")
        return next((size for size in get_args(Resolution) if size == chosen), DEFAULTS.resolution)


class WorkspaceField(Field):
    """The AI Studios workspace, shown for accounts with several. Without an answer AI Studios uses the default one."""

    block_id = ids.WORKSPACE
    option = "workspace_id"
    of_account = True

    def blocks(self, state: FormState, context: FormContext) -> list[Block]:
        offered = {one.id: option(one.name or one.id, one.id) for one in _offered(context)}
        if len(offered) < 2:
            return []
        element: Block = {
            "type": "static_select",
            "action_id": ids.WORKSPACE,
            "placeholder": plain(t(context.locale, "form.workspace_placeholder")),
            "options": list(offered.values()),
        }
        if state.options.workspace_id in offered:
            element["initial_option"] = offered[state.options.workspace_id]
        return [input_block(ids.WORKSPACE, t(context.locale, "form.workspace"), element, is_optional=True)]

    def value(self, view: Mapping[str, Any]) -> str | None:
        return selected(view, ids.WORKSPACE).get("value")


class DraftField(Field):
    """Whether AI Studios only keeps the project as a draft, without rendering it."""

    block_id = ids.DRAFT
    option = "is_export"

    def blocks(self, state: FormState, context: FormContext) -> list[Block]:
        keep = option(t(context.locale, "form.draft_option"), ids.DRAFT)
        element: Block = {"type": "checkboxes", "action_id": ids.DRAFT, "options": [keep]}
        if not state.options.is_export:
            element["initial_options"] = [keep]
        hint = t(context.locale, "form.draft_hint")
        return [input_block(ids.DRAFT, t(context.locale, "form.draft"), element, hint=hint, is_optional=True)]

    def value(self, view: Mapping[str, Any]) -> bool:
        return not answer(view, ids.DRAFT).get("selected_options")


SCRIPT_FILE = ScriptFileField()
MORE_FIELDS: tuple[Field, ...] = (SCRIPT_FILE, ResolutionField(), WorkspaceField(), DraftField())


def _offered(context: FormContext) -> list[VendorWorkspace]:
    return [one for one in context.workspaces if len(one.id) <= LONGEST_OPTION_VALUE][:MOST_OPTIONS]
