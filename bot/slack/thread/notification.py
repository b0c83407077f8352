"""The new reply about an outcome that mentions the person, because an edit notifies nobody.

A finished video has two messages: the reply that is edited and can hold buttons (`reply.py`), and the notification as
the comment of the video's file, which can hold no blocks (`sharing.py`).

The question whether to submit again is a notification too; it is edited to show the decision.
"""

from bot.exports.models import ExportRequest, Requester, Status
from bot.exports.states import Decision
from bot.i18n import t
from bot.slack.api.codes import NO_ACCESS
from bot.slack.blocks import Block, Message, escaped, section
from bot.slack.request_facts import quoted_script
from bot.slack.thread.buttons import below_failure, below_question
from bot.slack.thread.status_words import failure_words, links, quoted_detail


def notification(requester: Requester, status: Status) -> Message:
    """The notification of an outcome that the person did not decide. Raises KeyError for any other stage."""
    locale = requester.locale
    words = _addressed(requester, t(locale, f"notification.{status.stage}", reason=_reason(locale, status)))
    return Message(words, [section(words), *_details(locale, status)])


def direct_notification(request: ExportRequest, status: Status) -> Message:
    """The outcome as a direct message with the script, for a person whose chosen place can't be posted to."""
    locale, user = request.requester.locale, request.requester.user_id
    if status.failure == "place_lost" and status.detail not in NO_ACCESS:
        words = t(locale, "notification.place_lost", detail=escaped(status.detail or ""))
    else:
        words = notification(request.requester, status).text
    details = [*quoted_detail(locale, status), *links(locale, status), *below_failure(locale, status)]
    blocks = [section(words), quoted_script(request), *details]
    return Message(f"<@{user}> {words}" if user not in words else words, blocks)


def shared_directly(request: ExportRequest) -> Message:
    """The comment of a video that is sent to the person directly, because its thread is gone."""
    words = _addressed(request.requester, t(request.requester.locale, "notification.ready_directly"))
    return Message(words, [section(words)])


def question(requester: Requester, export_id: str) -> Message:
    """The question whether to submit again, which may spend credits a second time."""
    locale = requester.locale
    words = _addressed(requester, t(locale, "notification.question"))
    return Message(words, [section(words), *below_question(locale, export_id)])


def answered_question(requester: Requester, decision: Decision) -> Message:
    """Replaces the question: shows the decision, without buttons."""
    locale = requester.locale
    if decision == "leave_it":
        words = t(locale, "question.answered", answer=t(locale, "question.leave_it"))
    else:
        words = t(locale, "status.again")
    return Message(words, [section(words)])


def _reason(locale: str, status: Status) -> str:
    if status.failure:
        return failure_words(locale, status)
    if status.link_reason:
        return t(locale, f"link_reason.{status.link_reason}", detail=escaped(status.detail or ""))
    return ""


def _details(locale: str, status: Status) -> list[Block]:
    if status.failure:
        return [*quoted_detail(locale, status), *links(locale, status), *below_failure(locale, status)]
    # The notification of a video that is in the thread comes as the comment of its file, which holds no blocks.
    return [] if status.stage == "ready" else links(locale, status)


def _addressed(requester: Requester, words: str) -> str:
    """The words with a mention of the requester; without one for a step that names nobody."""
    if requester.user_id:
        return t(requester.locale, "notification.to", user=requester.user_id, words=words)
    return words[:1].upper() + words[1:]
