"""The messages of an export: the root, the reply that is edited, and the reply that mentions the person."""

import unicodedata
from dataclasses import dataclass

from bot.exports.models import Decision, ExportRequest, Requester, Status, Stop, ApprovalDecision
from bot.i18n import length, rough_length, t
from bot.scripts.speech import estimated_seconds
from bot.slack.api.codes import NO_ACCESS
from bot.slack.blocks import Block, escaped, link, mrkdwn, notes, quoted, section, shortened
from bot.slack.thread import actions

BAR_LENGTH = 12
LONGEST_DETAIL = 500
# Long scripts come from files; a message of Slack's does not hold them whole.
LONGEST_QUOTE = 3000
_OUTCOMES = {
    "ready": "made",
    "linked": "linked",
    "failed": "failed",
    "question": "question",
    "left": "left",
    "drafted": "drafted",
    "cancelled": "cancelled",
    "stopped": "stopped",
    "discarded": "stopped",
    "kept": "stopped",
}
# Two of them fit into a section of 3000 characters; a longer address cannot be shown.
LONGEST_LINK = 1400
_CHANNEL_PREFIXES = ("C", "G")


@dataclass(frozen=True)
class Message:
    """Blocks, and the text that notifications and screen readers give instead."""

    text: str
    blocks: list[Block]


def root(request: ExportRequest, status: Status | None = None, origin_url: str | None = None) -> Message:
    """Who is making what, with the script quoted; later with the outcome. `origin_url`: the message it is made from."""
    locale = request.requester.locale
    outcome = _OUTCOMES.get(status.stage, "making") if status else "making"
    headline = t(locale, f"announce.{outcome}", who=_who(request.requester))
    facts = [_facts(request), *(_outcome_facts(locale, status) if status else [])]
    return Message(
        headline,
        [section(headline), notes(" · ".join(facts)), *_references(request, origin_url), _script(request.options.script)],
    )


def reply(requester: Requester, status: Status) -> Message:
    """The one reply that is kept up to date."""
    locale = requester.locale
    if status.stage == "failed":
        reason = _failure(locale, status)
        details = [*_decider(locale, status), *_their_words(locale, status), *_links(locale, status)]
        return Message(f"⚠️ {reason}", [section(f"⚠️ {reason}"), *details])
    if status.stage in ("ready", "linked"):
        headline = t(locale, f"status.{status.stage}")
        facts, buttons = _ready_facts(locale, status), actions.below_reply(locale, status)
        return Message(headline, [section(headline), *facts, *_links(locale, status), *buttons])
    headline = _progress(locale, status)
    return Message(headline, [section(headline), *_links(locale, status), *actions.below_reply(locale, status)])


def question(requester: Requester, export_id: str) -> Message:
    """The reply that asks whether to spend again."""
    locale = requester.locale
    words = _to(requester, t(locale, "notification.question"))
    return Message(words, [section(words), *actions.below_question(locale, export_id)])


def answer(requester: Requester, decision: Decision) -> Message:
    """The question once it is answered: what was decided, and no buttons."""
    words = t(requester.locale, "status.left" if decision == "leave_it" else "status.again")
    return Message(words, [section(words)])


def approval(export_id: str, request: ExportRequest) -> Message:
    """A request that waits for somebody's word, in the channel where that is given."""
    locale = request.requester.locale
    headline = t(locale, "approval.asked", who=_who(request.requester), place=_place(locale, request.options.channel_id))
    buttons = actions.below_approval(locale, export_id)
    return Message(headline, [section(headline), notes(_facts(request)), _script(request.options.script), *buttons])


def close_approval(request: ExportRequest, word: ApprovalDecision | Stop | None) -> Message:
    """The same once nobody needs to decide any more."""
    locale, who = request.requester.locale, _who(request.requester)
    if isinstance(word, ApprovalDecision):
        headline = t(locale, "approval.approved" if word.approved else "approval.declined", by=word.user_id, who=who)
    else:
        headline = t(locale, "approval.withdrawn" if word else "approval.lapsed", who=who)
    reason = [quoted(word.reason)] if isinstance(word, ApprovalDecision) and word.reason else []
    return Message(headline, [section(headline), *reason, notes(_facts(request)), _script(request.options.script)])


def notification(requester: Requester, status: Status) -> Message:
    """The new reply that mentions the person, because an edit notifies nobody."""
    locale = requester.locale
    if status.stage == "failed":
        words = _to(requester, t(locale, "notification.failed", reason=_failure(locale, status)))
        details = [*_their_words(locale, status), *_links(locale, status)]
        return Message(words, [section(words), *details, *actions.below_failure(locale, status)])
    if status.stage == "linked":
        reason = t(locale, f"link_reason.{status.link_reason}", detail=escaped(status.detail or ""))
        words = _to(requester, t(locale, "notification.linked", reason=reason))
        return Message(words, [section(words), *_links(locale, status)])
    if status.stage == "drafted":
        words = _to(requester, t(locale, "notification.drafted"))
        return Message(words, [section(words), *_links(locale, status)])
    words = _to(requester, t(locale, "notification.ready"))
    return Message(words, [section(words)])


def direct_notification(request: ExportRequest, status: Status) -> Message:
    """The outcome for a person whose place could not be written to, with the script so that it isn't lost."""
    locale, user = request.requester.locale, request.requester.user_id
    if status.failure == "place_lost" and status.detail not in NO_ACCESS:
        words = t(locale, "notification.place_lost", detail=escaped(status.detail or ""))
    else:
        words = notification(request.requester, status).text
    details = [*_their_words(locale, status), *_links(locale, status)]
    blocks = [section(words), _script(request.options.script), *details, *actions.below_failure(locale, status)]
    return Message(f"<@{user}> {words}" if user not in words else words, blocks)


def shared_directly(request: ExportRequest) -> Message:
    """Comes with the video into the person's own messages, because its thread is gone."""
    words = _to(request.requester, t(request.requester.locale, "notification.ready_directly"))
    return Message(words, [section(words)])


def file_title(script: str) -> str:
    """The script's first words, for the video's title."""
    words = " ".join(script.split())
    return words if len(words) <= 60 else words[:60].rsplit(" ", 1)[0] + "…"


def file_name(title: str) -> str:
    """A file name that every system takes; the words stay readable in any script."""
    kept = (char if unicodedata.category(char)[0] in "LMN" else " " for char in unicodedata.normalize("NFC", title))
    words = "-".join("".join(kept).split())
    return f"{words[:60].rstrip('-') or 'avatar-video'}.mp4"


def _who(requester: Requester) -> str:
    """Whom a video is for; a step of Workflow Builder need not name anybody."""
    locale, user = requester.locale, requester.user_id
    return t(locale, "announce.person", user=user) if user else t(locale, "announce.workflow")


def _to(requester: Requester, words: str) -> str:
    """The words with a mention, as far as there is somebody to mention."""
    if requester.user_id:
        return t(requester.locale, "notification.to", user=requester.user_id, words=words)
    return words[:1].upper() + words[1:]


def _facts(request: ExportRequest) -> str:
    locale = request.requester.locale
    facts = [
        t(
            locale,
            "announce.facts",
            avatar=request.options.avatar.name,
            language=t(locale, f"language.{request.options.language}"),
            length=rough_length(locale, estimated_seconds(request.options.script, request.options.language)),
        )
    ]
    if request.options.resolution != "1080":
        facts.append(t(locale, f"resolution.{request.options.resolution}"))
    if not request.options.is_export:
        facts.append(t(locale, "announce.draft"))
    return " · ".join(facts)


def _references(request: ExportRequest, origin_url: str | None) -> list[Block]:
    """Where the words come from, and who approved of them."""
    locale = request.requester.locale
    origin = link(origin_url, t(locale, "announce.origin")) if origin_url else None
    approved = t(locale, "announce.approved", user=request.approved_by) if request.approved_by else None
    words = " · ".join(part for part in (origin, approved) if part)
    return [{"type": "context", "elements": [mrkdwn(words)]}] if words else []


def _script(script: str) -> Block:
    return quoted(shortened(script, LONGEST_QUOTE))


def _place(locale: str, channel_id: str) -> str:
    """A channel as Slack shows it by name to those who may see it; messages with one person have no name."""
    return f"<#{channel_id}>" if channel_id.startswith(_CHANNEL_PREFIXES) else t(locale, "approval.directly")


def _outcome_facts(locale: str, status: Status) -> list[str]:
    facts = []
    if status.seconds is not None and status.stage != "failed":
        facts.append(t(locale, "announce.outcome_facts", length=length(locale, status.seconds)))
    if status.credits is not None:
        facts.append(t(locale, "announce.outcome_credits", credits=status.credits))
    return facts


def _progress(locale: str, status: Status) -> str:
    if status.stage == "silent":
        quiet = rough_length(locale, status.seconds_silent or 0)
        return t(locale, "status.silent", length=quiet, percent=status.percent)
    words = t(
        locale,
        f"status.{status.stage}",
        bar=bar(status.percent),
        percent=status.percent,
        ahead=status.ahead,
        user=status.user_id,
        who=_stopper(locale, status),
    )
    if status.seconds_left is not None:
        words += " · " + t(locale, "status.time_left", length=rough_length(locale, status.seconds_left))
    return words


def _stopper(locale: str, status: Status) -> str:
    """Who stopped it: a person, or whoever runs the bot at its command line."""
    return t(locale, "announce.person", user=status.user_id) if status.user_id else t(locale, "status.operator")


def bar(percent: int) -> str:
    """How far something is, to see at a glance; percent is 0 to 100."""
    filled = round(BAR_LENGTH * percent / 100)
    return "▰" * filled + "▱" * (BAR_LENGTH - filled)


def _ready_facts(locale: str, status: Status) -> list[Block]:
    facts = []
    if status.seconds is not None:
        facts.append(t(locale, "status.length", length=length(locale, status.seconds)))
    if status.credits is not None:
        facts.append(t(locale, "status.credits", credits=status.credits))
    return [notes(" · ".join(facts))] if facts else []


def _failure(locale: str, status: Status) -> str:
    detail = escaped((status.detail or "")[:LONGEST_DETAIL])
    if status.failure == "place_lost" and status.detail in NO_ACCESS:
        return t(locale, "notification.no_access", detail=detail)
    waited = length(locale, status.seconds or 0)
    return t(locale, f"failure.{status.failure}", detail=detail, length=waited)


def _decider(locale: str, status: Status) -> list[Block]:
    """Who declined it; only in an edit, which notifies nobody."""
    if not status.user_id:
        return []
    return [{"type": "context", "elements": [mrkdwn(t(locale, "status.declined_by", user=status.user_id))]}]


def _their_words(locale: str, status: Status) -> list[Block]:
    if not status.detail:
        return []
    if status.failure == "declined":
        return [quoted(status.detail[:LONGEST_DETAIL])]
    if status.failure == "rejected":
        return [notes(t(locale, "failure.vendor_said", detail=status.detail[:LONGEST_DETAIL]))]
    return []


def _links(locale: str, status: Status) -> list[Block]:
    links = []
    if status.download_url:
        links.append(link(status.download_url, t(locale, "status.link_video")))
    if status.project_url:
        links.append(link(status.project_url, t(locale, "status.link_project")))
    fitting = [words for words in links if words and len(words) <= LONGEST_LINK]
    return [section(" · ".join(fitting))] if fitting else []
