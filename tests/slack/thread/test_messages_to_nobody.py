"""The messages about a video that a workflow asked for without naming anybody: whole sentences, and no mention."""

from __future__ import annotations

import pytest

from bot.exports.models import ApprovalDecision, ExportRequest, Requester, Status, Stop
from bot.exports.states import Decision
from bot.slack.approval.messages import approval_request, closed_approval
from bot.slack.blocks import Message
from bot.slack.thread.announcement import announcement
from bot.slack.thread.notification import answered_question, notification, question, shared_directly
from bot.slack.thread.reply import reply
from tests.slack.oracle import LOCALES, accept, live, request
from tests.slack.thread.test_messages import EVERY_STATUS, NOTIFIED, named

APPROVAL_DECISIONS: tuple[ApprovalDecision | Stop | None, ...] = (
    ApprovalDecision(approved=True, user_id="U0ADMIN01"),
    ApprovalDecision(approved=False, user_id="U0ADMIN01", reason="<!here> no"),
    Stop(user_id="U0ADMIN01"),
    None,
)
DECISIONS: tuple[Decision, ...] = ("submit_again", "leave_it")


def nameless(locale: str) -> ExportRequest:
    """What a step asks for that names nobody."""
    asked = request(locale=locale)
    return asked.model_copy(update={"requester": Requester(team_id="T0AVATARS", user_id="", locale=locale)})


def mentions(message: Message) -> set[str]:
    """Whom the message mentions, once Slack has accepted it."""
    return {entity for entity in live(accept(message)) if "@" in entity}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("status", EVERY_STATUS, ids=named)
def test_every_stage_is_shown_without_a_mention(status: Status, locale: str) -> None:
    """Only whoever decided is mentioned, and only where an edit says so."""
    asked = nameless(locale)
    notifications = [notification(asked.requester, status)] if status.stage in NOTIFIED else []
    for message in (announcement(asked), announcement(asked, status), *notifications):
        assert mentions(message) == set()
        assert "<@>" not in str(message)
    assert "<@>" not in str(accept(reply(asked.requester, status)))


@pytest.mark.parametrize("locale", LOCALES)
def test_questions_and_approvals_mention_nobody_but_who_decided(locale: str) -> None:
    """Whoever approved or declined it is the only person to mention."""
    asked = nameless(locale)
    asking = [question(asked.requester, "Fx1"), approval_request("Fx1", asked), shared_directly(asked)]
    answers = [answered_question(asked.requester, decision) for decision in DECISIONS]
    assert [mentions(message) for message in (*asking, *answers)] == [set()] * 5
    assert [len(mentions(closed_approval(asked, decision))) for decision in APPROVAL_DECISIONS] == [1, 1, 0, 0]


def test_sentences_begin_with_a_capital() -> None:
    """Without the mention in front the words stand by themselves."""
    requester = nameless("en-US").requester
    assert notification(requester, Status(stage="ready")).text.startswith("Your avatar video is ready")
    assert question(requester, "Fx1").text.startswith("The connection broke")


def test_a_workflow_is_named_as_such() -> None:
    """The announcement says where the request came from."""
    assert "Workflow Builder is making" in announcement(nameless("en-US")).text
    assert "워크플로 작업이 아바타 영상을" in announcement(nameless("ko-KR")).text
