"""The message in the approval channel: the request with its buttons, and the request with its decision."""

from bot.exports.models import ApprovalDecision, ExportRequest, Stop
from bot.i18n import t
from bot.slack import ids
from bot.slack.blocks import Block, Message, button, button_row, notes, quoted, section
from bot.slack.request_facts import quoted_script, request_facts, requester_name

_CHANNEL_PREFIXES = ("C", "G")


def approval_request(export_id: str, request: ExportRequest) -> Message:
    """The message that asks for a decision, with its buttons."""
    locale = request.requester.locale
    place = _place(locale, request.options.channel_id)
    headline = t(locale, "approval.asked", who=requester_name(request.requester), place=place)
    return Message(
        headline,
        [
            section(headline),
            notes(request_facts(request)),
            quoted_script(request),
            *_buttons(locale, export_id),
        ],
    )


def closed_approval(request: ExportRequest, decision: ApprovalDecision | Stop | None) -> Message:
    """The request without buttons: approved, declined, stopped, or (None) not decided in time."""
    headline = _headline(request, decision)
    reason = [quoted(decision.reason)] if isinstance(decision, ApprovalDecision) and decision.reason else []
    return Message(headline, [section(headline), *reason, notes(request_facts(request)), quoted_script(request)])


def _headline(request: ExportRequest, decision: ApprovalDecision | Stop | None) -> str:
    locale, who = request.requester.locale, requester_name(request.requester)
    match decision:
        case ApprovalDecision(approved=True):
            return t(locale, "approval.approved", by=decision.user_id, who=who)
        case ApprovalDecision():
            return t(locale, "approval.declined", by=decision.user_id, who=who)
        case Stop():
            return t(locale, "approval.withdrawn", who=who)
        case None:
            return t(locale, "approval.lapsed", who=who)


def _buttons(locale: str, export_id: str) -> list[Block]:
    approve = {**button(t(locale, "approval.approve"), ids.APPROVE, export_id), "style": "primary"}
    return button_row(approve, button(t(locale, "approval.decline"), ids.DECLINE, export_id))


def _place(locale: str, channel_id: str) -> str:
    """A link to the channel, which Slack shows by name to people who can see it. Direct messages have no name."""
    return f"<#{channel_id}>" if channel_id.startswith(_CHANNEL_PREFIXES) else t(locale, "approval.directly")
