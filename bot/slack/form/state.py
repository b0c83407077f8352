"""What stands in the form, whether the bot put it there or a person chose it."""

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
    """What the form shows, or what a person answered in it; what is not chosen is empty.

    `cut`: the given script did not fit whole. `more_options`: the fields behind *More options* are shown.
    `question`: what the form asks on top. `file_id`: the script is in this file of Slack's.
    """

    options: RequestOptions = DEFAULTS
    origin: Origin | None = None
    cut: bool = False
    more_options: bool = False
    question: LanguageQuestion | None = None
    file_id: str | None = None

    def with_options(self, **changes: object) -> FormState:
        """The same form with these options changed."""
        return replace(self, options=with_changes(self.options, **changes))


@dataclass(frozen=True)
class FormContext:
    """How a form is shown: in whose locale, with the avatar's picture from that address, and the account's workspaces.

    `opening`: the form is new, so that the cursor may go where the person writes.
    """

    locale: str
    picture: str | None = None
    workspaces: Sequence[VendorWorkspace] = ()
    opening: bool = False


def with_changes(options: RequestOptions, **changes: object) -> RequestOptions:
    """These options with some of them changed. Raises pydantic's ValidationError for a value that is none."""
    return RequestOptions.model_validate({**dict(options), **changes})
