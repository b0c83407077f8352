"""The buttons below the messages of an export; each says which export it is about."""

from bot.exports.models import FailureReason, Status
from bot.i18n import t
from bot.slack import ids
from bot.slack.blocks import Block, button, confirmation

_RUNNING = frozenset({"approval", "sending", "queued", "waiting", "searching", "submitted", "rendering", "silent"})
# These never became an export: the same request would end in the same way.
_TO_BE_EDITED: frozenset[FailureReason] = frozenset({"place_lost", "no_approvers", "declined", "lapsed"})
# With these AI Studios may have spent credits already.
_MAYBE_SPENT: frozenset[FailureReason] = frozenset(
    {"render_failed", "project_gone", "timed_out", "no_link", "disconnected", "internal"}
)


def below_reply(locale: str, status: Status) -> list[Block]:
    """What can be done with an export in this state."""
    if not status.export_id:
        return []
    if status.stage in _RUNNING:
        return _row(_stop(locale, status.export_id))
    if status.stage == "stopped" and status.project_url:
        return _row(_discard(locale, status.export_id))
    if status.stage in ("ready", "linked"):
        return _row(button(t(locale, "button.another"), ids.ANOTHER, status.export_id))
    return []


def below_failure(locale: str, status: Status) -> list[Block]:
    """How to go on after a failure."""
    if not status.export_id:
        return []
    edit = button(t(locale, "button.edit"), ids.EDIT, status.export_id)
    if status.failure in _TO_BE_EDITED:
        return _row(edit)
    again = button(t(locale, "button.try_again"), ids.TRY_AGAIN, status.export_id)
    if status.failure in _MAYBE_SPENT:
        again["confirm"] = confirmation(
            title=t(locale, "button.again_title"),
            text=t(locale, "button.again_text"),
            yes=t(locale, "button.try_again"),
            no=t(locale, "question.confirm_no"),
        )
    return _row(again, edit)


def below_question(locale: str, export_id: str) -> list[Block]:
    """Whether to spend again."""
    again = button(t(locale, "question.submit_again"), ids.SUBMIT_AGAIN, export_id)
    again["confirm"] = confirmation(
        title=t(locale, "question.confirm_title"),
        text=t(locale, "question.confirm_text"),
        yes=t(locale, "question.confirm_yes"),
        no=t(locale, "question.confirm_no"),
    )
    return _row(again, button(t(locale, "question.leave_it"), ids.LEAVE_IT, export_id))


def below_approval(locale: str, export_id: str) -> list[Block]:
    """Whether it may be sent."""
    approve = {**button(t(locale, "approval.approve"), ids.APPROVE, export_id), "style": "primary"}
    return _row(approve, button(t(locale, "approval.decline"), ids.DECLINE, export_id))


def _stop(locale: str, export_id: str) -> Block:
    """AI Studios has no cancel, and the person is told so before."""
    return {
        **button(t(locale, "button.stop"), ids.STOP, export_id),
        "confirm": confirmation(
            title=t(locale, "button.stop_title"),
            text=t(locale, "button.stop_text"),
            yes=t(locale, "button.stop"),
            no=t(locale, "question.confirm_no"),
        ),
    }


def _discard(locale: str, export_id: str) -> Block:
    return {
        **button(t(locale, "button.discard"), ids.DISCARD, export_id),
        "style": "danger",
        "confirm": confirmation(
            title=t(locale, "button.discard_title"),
            text=t(locale, "button.discard_text"),
            yes=t(locale, "button.discard_yes"),
            no=t(locale, "question.confirm_no"),
        ),
    }


def _row(*buttons: Block) -> list[Block]:
    return [{"type": "actions", "elements": list(buttons)}]
