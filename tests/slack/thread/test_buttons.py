"""Which buttons stand below which message, in both languages; each is about its own export."""

from typing import get_args

import pytest

from bot.exports.models import Status
from bot.exports.states import FAILURES, FailureReason, Stage
from bot.slack import ids
from bot.slack.blocks import Block, Message
from bot.slack.thread.notification import direct_notification, notification, question
from bot.slack.thread.reply import reply
from tests.slack.oracle import LOCALES, accept, request, requester

LONGEST_ID = "V0123456789ABCDEF.12345"
PROJECT = "https://app.aistudios.com/editor/67da28f034b05ae2e4385a2b"
RUNNING = ("approval", "sending", "queued", "waiting", "searching", "submitted", "rendering", "silent")
NEVER_SENT = ("place_lost", "no_approvers", "declined", "lapsed")
CERTAINLY_FREE = ("rejected", "credentials", "unreachable")


def status(stage: Stage, failure: FailureReason | None = None, export_id: str | None = LONGEST_ID) -> Status:
    """A state of an export, with everything that it may have."""
    return Status(
        stage=stage,
        export_id=export_id,
        failure=failure,
        project_url=PROJECT,
        user_id="U0ADMIN01",
        seconds=1,
        detail="x",
    )


def buttons(message: Message) -> list[Block]:
    """The buttons of a message, once Slack has accepted it."""
    rows = [block["elements"] for block in accept(message).blocks if block["type"] == "actions"]
    return [button for row in rows for button in row]


def offered(message: Message) -> list[str]:
    """What can be pressed below a message, by action id."""
    return [str(button["action_id"]) for button in buttons(message)]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("stage", get_args(Stage))
def test_below_the_reply(locale: str, stage: Stage) -> None:
    """*Stop* while it runs; once it was stopped, or is made, the form again; otherwise nothing."""
    failures: dict[Stage, FailureReason] = {"failed": "rejected", "declined": "declined"}
    expected = {
        **{made: [ids.ANOTHER] for made in ("ready", "linked", "drafted")},
        **{stopped: [ids.EDIT] for stopped in ("cancelled", "discarded", "kept", "left")},
        "stopped": [ids.EDIT, ids.DISCARD],
    }
    wanted = [ids.STOP] if stage in RUNNING else expected.get(stage, [])
    link_reason = "too_large" if stage == "linked" else None
    shown = status(stage, failures.get(stage)).model_copy(update={"link_reason": link_reason})
    assert offered(reply(requester(locale), shown)) == wanted


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("failure", get_args(FailureReason))
def test_below_a_failure(locale: str, failure: FailureReason) -> None:
    """What was never sent can be edited, everything else tried again as well; in the thread and directly."""
    wanted = [ids.EDIT] if failure in NEVER_SENT else [ids.TRY_AGAIN, ids.EDIT]
    for message in (
        notification(requester(locale), status(FAILURES[failure].stage, failure)),
        direct_notification(request(locale=locale), status(FAILURES[failure].stage, failure)),
    ):
        assert offered(message) == wanted
        assert {button["value"] for button in buttons(message)} == {LONGEST_ID}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("failure", sorted(set(get_args(FailureReason)) - set(NEVER_SENT)))
def test_trying_again_asks_first_where_credits_may_be_spent(locale: str, failure: FailureReason) -> None:
    """Where AI Studios may have billed the first one already, *Try again* asks once more; where it has not, it acts."""
    again = buttons(notification(requester(locale), status("failed", failure)))[0]
    assert ("confirm" in again) == (failure not in CERTAINLY_FREE)


@pytest.mark.parametrize("locale", LOCALES)
def test_what_cannot_be_undone_asks_first(locale: str) -> None:
    """*Stop*, *Delete the project* and *Submit again* ask once more; leaving it, or opening the form, costs nothing."""
    asking = [
        *buttons(reply(requester(locale), status("rendering"))),
        buttons(reply(requester(locale), status("stopped")))[1],
        buttons(question(requester(locale), LONGEST_ID))[0],
    ]
    assert all("confirm" in button for button in asking)
    assert "confirm" not in buttons(question(requester(locale), LONGEST_ID))[1]
    assert "confirm" not in buttons(reply(requester(locale), status("stopped")))[0]


def test_without_a_project_there_is_nothing_to_delete() -> None:
    """Stopped before its project was known, an export offers no button that could not work."""
    shown = status("stopped").model_copy(update={"project_url": None})
    assert offered(reply(requester(), shown)) == [ids.EDIT]


@pytest.mark.parametrize("stage", [*RUNNING, "left"])
def test_a_status_that_names_no_export_has_no_buttons(stage: Stage) -> None:
    """Once it is decided how to go on, the reply shows the next stage before there is anything to press."""
    assert offered(reply(requester(), status(stage, export_id=None))) == []


@pytest.mark.parametrize("stage", ["drafted", "linked"])
def test_a_direct_message_about_a_success_offers_no_other_try(stage: Stage) -> None:
    """Where the thread is lost, the outcome comes directly, and only a failure can be tried again."""
    shown = status(stage).model_copy(update={"link_reason": "too_large" if stage == "linked" else None})
    assert offered(direct_notification(request(), shown)) == []
