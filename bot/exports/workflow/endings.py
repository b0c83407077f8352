"""The exceptions that end a workflow early."""

from bot.exports.models import Posted
from bot.exports.states import FailureReason


class ExportFailed(Exception):
    """The export fails for a reason that the person is notified of."""

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
        self.reason: FailureReason = reason
        self.project_id = project_id
        self.detail = detail
        self.waited = waited
        self.posted = posted
        self.user_id = user_id


class ExportStopped(Exception):
    """Somebody stopped the export. `sent`: AI Studios has the script, or may have it."""

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
