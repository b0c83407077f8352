"""The state of the form: values set by the bot or chosen by the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.accounts.models import VendorWorkspace
from bot.exports.models import Avatar, Origin, RequestOptions
from bot.slack.form.language_question import LanguageQuestion

# docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element: max_length is at most 3000.
SCRIPT_LIMIT = 3000

DEFAULTS = RequestOptions()
UNCHOSEN_AVATAR: Avatar = DEFAULTS.avatar


@dataclass(frozen=True)
class FormState:
    """The values of the form; fields without a choice are empty.

    `cut`: the given script was longer than the field. `more_options`: the fields behind *More options* are shown.
    `question`: the question at the top. `file_id`: the id of the uploaded file that contains the script.
    """

    options: RequestOptions = DEFAULTS
    origin: Origin | None = None
    cut: bool = False
    more_options: bool = False
    question: LanguageQuestion | None = None
    file_id: str | None = None

    def with_options(self, **changes: object) -> FormState:
        """A copy of the state with these options changed."""
        return replace(self, options=with_changes(self.options, **changes))


@dataclass(frozen=True)
class FormContext:
    """How a form is shown: the locale, the URL of the avatar's picture, and the account's workspaces.

    `opening`: the form is new, and the cursor may be placed in the script field.
    """

    locale: str
    picture: str | None = None
    workspaces: Sequence[VendorWorkspace] = ()
    opening: bool = False


def with_changes(options: RequestOptions, **changes: object) -> RequestOptions:
    """A copy of the options with changes. Raises pydantic's ValidationError for an invalid value."""
    return RequestOptions.model_validate({**dict(options), **changes})
