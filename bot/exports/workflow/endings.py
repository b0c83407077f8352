"""The ways in which a story ends early."""

from collections.abc import Mapping

from bot.exports.models import Decision, FailureReason, Posted

# With all others AI Studios may have spent credits.
NOTHING_SPENT: frozenset[FailureReason] = frozenset({"rejected", "credentials", "unreachable"})

# Which end of an export each decision belongs to.
DECIDABLE: Mapping[Decision, str] = {"submit_again": "question", "leave_it": "question", "try_again": "failed"}


class ExportFailed(Exception):
    """The story ends here, with a reason for the person."""

    def __init__(
        self,
        reason: FailureReason,
        *,
        project_id: str | None = None,
        detail: str | None = None,
        waited: float | None = None,
        posted: Posted | None = None,
        user_id: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.project_id = project_id
        self.detail = detail
        self.waited = waited
        self.posted = posted
        self.user_id = user_id


class ExportStopped(Exception):
    """Somebody no longer wants it. `sent`: AI Studios has the script, or may have it."""

    def __init__(
        self, user_id: str, *, sent: bool, project_id: str | None = None, posted: Posted | None = None
    ) -> None:
        super().__init__(user_id)
        self.user_id = user_id
        self.sent = sent
        self.project_id = project_id
        self.posted = posted


class SubmissionOutcomeUnknown(Exception):
    """AI Studios may or may not have received the submission; only a person may decide to spend again."""
