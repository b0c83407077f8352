"""The root message of an export's thread: who makes the video, and later how the export ended."""

from bot.exports.models import ExportRequest, Status
from bot.exports.states import STAGES
from bot.i18n import length, t
from bot.slack.blocks import Block, Message, link, mrkdwn, notes, section
from bot.slack.request_facts import quoted_script, request_facts, requester_name


def announcement(request: ExportRequest, status: Status | None = None, origin_url: str | None = None) -> Message:
    """A headline above the quoted script. `origin_url` links the message that the script was made from."""
    locale = request.requester.locale
    headline = STAGES[status.stage].announcement if status else "making"
    words = t(locale, f"announce.{headline}", who=requester_name(request.requester))
    facts = [request_facts(request), *(_outcome_facts(locale, status) if status else [])]
    references = _references(request, origin_url)
    return Message(words, [section(words), notes(" · ".join(facts)), *references, quoted_script(request)])


def _outcome_facts(locale: str, status: Status) -> list[str]:
    facts = []
    # A failure's seconds are those that were waited.
    if status.seconds is not None and not status.failure:
        facts.append(t(locale, "status.length", length=length(locale, status.seconds)))
    if status.credits is not None:
        facts.append(t(locale, "status.credits", credits=status.credits))
    return facts


def _references(request: ExportRequest, origin_url: str | None) -> list[Block]:
    """The message that the script was made from, and the person who approved the request."""
    locale = request.requester.locale
    origin = link(origin_url, t(locale, "announce.origin")) if origin_url else None
    approved = t(locale, "announce.approved", user=request.approved_by) if request.approved_by else None
    words = " · ".join(part for part in (origin, approved) if part)
    return [{"type": "context", "elements": [mrkdwn(words)]}] if words else []
