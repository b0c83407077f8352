"""The buttons below the messages of an export. The value of each is the export id."""

from collections.abc import Mapping

from bot.exports.models import Status
from bot.exports.states import FAILURES, STAGES, FormButton
from bot.i18n import t
from bot.slack import ids
from bot.slack.blocks import Block, button, button_row, confirmation

_OPENS_FORM: Mapping[FormButton, str] = {"another": ids.ANOTHER, "edit": ids.EDIT, "edit_stopped": ids.EDIT}


def below_reply(locale: str, status: Status) -> list[Block]:
    """The buttons for the export's current stage; none for a status without an export id."""
    if not status.export_id:
        return []
    if STAGES[status.stage].stoppable:
        return button_row(_stop(locale, status.export_id))
    # The buttons of a failure are below the notification, which comes after the reply.
    buttons = [] if status.failure else _opens_form(locale, status, status.export_id)
    if status.stage == "stopped" and status.project_url:
        buttons.append(_discard(locale, status.export_id))
    return button_row(*buttons) if buttons else []


def below_failure(locale: str, status: Status) -> list[Block]:
    """The buttons after a failure: try again, or edit and try again."""
    if not status.export_id or status.failure is None:
        return []
    failure = FAILURES[status.failure]
    edit = _opens_form(locale, status, status.export_id)
    if not failure.retryable:
        return button_row(*edit)
    return button_row(_try_again(locale, status.export_id, asks_first=failure.may_have_spent), *edit)


def below_question(locale: str, export_id: str) -> list[Block]:
    """The buttons for the question whether to submit again, which may spend credits a second time."""
    again = button(t(locale, "question.submit_again"), ids.SUBMIT_AGAIN, export_id)
    again["confirm"] = confirmation(
        title=t(locale, "question.confirm_title"),
        text=t(locale, "question.confirm_text"),
        yes=t(locale, "question.confirm_yes"),
        no=t(locale, "question.confirm_no"),
    )
    return button_row(again, button(t(locale, "question.leave_it"), ids.LEAVE_IT, export_id))


def _opens_form(locale: str, status: Status, export_id: str) -> list[Block]:
    """The button that opens the form with the export's choices, if its stage has one."""
    opens = STAGES[status.stage].form_button
    return [button(t(locale, f"button.{opens}"), _OPENS_FORM[opens], export_id)] if opens else []


def _try_again(locale: str, export_id: str, *, asks_first: bool) -> Block:
    again = button(t(locale, "button.try_again"), ids.TRY_AGAIN, export_id)
    if asks_first:
        again["confirm"] = confirmation(
            title=t(locale, "button.again_title"),
            text=t(locale, "button.again_text"),
            yes=t(locale, "button.try_again"),
            no=t(locale, "question.confirm_no"),
        )
    return again


def _stop(locale: str, export_id: str) -> Block:
    """The button that stops the export. Its dialog warns that AI Studios can't cancel a video."""
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
