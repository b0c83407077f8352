"""The messages of an export: the root, the reply that is edited, and the reply that mentions the person."""

import unicodedata
from dataclasses import dataclass

from bot.exports.models import Decision, ExportRequest, Requester, Status
from bot.exports.speech import estimated_seconds
from bot.i18n import length, rough_length, t
from bot.slack import ids
from bot.slack.views.blocks import Block, button, confirmation, escaped, link, notes, quoted, section

BAR_LENGTH = 12
LONGEST_DETAIL = 500
_OUTCOMES = {"ready": "made", "linked": "linked", "failed": "failed", "question": "question", "left": "left"}
# Two of them fit into a section of 3000 characters; a longer address cannot be shown.
LONGEST_LINK = 1400


@dataclass(frozen=True)
class Message:
    """Blocks, and the text that notifications and screen readers give instead."""

    text: str
    blocks: list[Block]


def root(request: ExportRequest, status: Status | None = None) -> Message:
    """Who is making what, with the script quoted; later with the outcome."""
    locale = request.requester.locale
    outcome = _OUTCOMES.get(status.stage, "making") if status else "making"
    headline = t(locale, f"announce.{outcome}", user=request.requester.user_id)
    facts = [_facts(request), *(_outcome_facts(locale, status) if status else [])]
    return Message(headline, [section(headline), notes(" · ".join(facts)), quoted(request.script)])


def reply(requester: Requester, status: Status) -> Message:
    """The one reply that is kept up to date."""
    locale = requester.locale
    if status.stage == "failed":
        reason = _failure(locale, status)
        return Message(f"⚠️ {reason}", [section(f"⚠️ {reason}"), *_vendor_words(locale, status), *_links(locale, status)])
    if status.stage in ("ready", "linked"):
        headline = t(locale, f"status.{status.stage}")
        return Message(headline, [section(headline), *_ready_facts(locale, status), *_links(locale, status)])
    headline = _progress(locale, status)
    return Message(headline, [section(headline), *_links(locale, status)])


def question(requester: Requester, export_id: str) -> Message:
    """The reply that asks whether to spend again."""
    locale = requester.locale
    words = t(locale, "told.question", user=requester.user_id)
    again = button(t(locale, "question.submit_again"), ids.SUBMIT_AGAIN, export_id)
    again["confirm"] = confirmation(
        title=t(locale, "question.confirm_title"),
        text=t(locale, "question.confirm_text"),
        yes=t(locale, "question.confirm_yes"),
        no=t(locale, "question.confirm_no"),
    )
    leave = button(t(locale, "question.leave_it"), ids.LEAVE_IT, export_id)
    return Message(words, [section(words), {"type": "actions", "elements": [again, leave]}])


def answer(requester: Requester, decision: Decision) -> Message:
    """The question once it is answered: what was decided, and no buttons."""
    words = t(requester.locale, "status.again" if decision == "submit_again" else "status.left")
    return Message(words, [section(words)])


def told(requester: Requester, status: Status) -> Message:
    """The new reply that mentions the person, because an edit notifies nobody."""
    locale, user = requester.locale, requester.user_id
    if status.stage == "failed":
        words = t(locale, "told.failed", user=user, reason=_failure(locale, status))
        return Message(words, [section(words), *_vendor_words(locale, status), *_links(locale, status)])
    if status.stage == "linked":
        reason = t(locale, f"link_reason.{status.link_reason}", detail=escaped(status.detail or ""))
        words = t(locale, "told.linked", user=user, reason=reason)
        return Message(words, [section(words), *_links(locale, status)])
    words = t(locale, "told.ready", user=user)
    return Message(words, [section(words)])


def told_directly(request: ExportRequest, status: Status) -> Message:
    """The outcome for a person whose place could not be written to, with the script so that it isn't lost."""
    locale, user = request.requester.locale, request.requester.user_id
    if status.failure == "place_lost":
        words = t(locale, "told.place_lost", detail=escaped(status.detail or ""))
    else:
        words = told(request.requester, status).text
    blocks = [section(words), quoted(request.script), *_vendor_words(locale, status), *_links(locale, status)]
    return Message(f"<@{user}> {words}" if user not in words else words, blocks)


def file_title(script: str) -> str:
    """The script's first words, for the video's title."""
    words = " ".join(script.split())
    return words if len(words) <= 60 else words[:60].rsplit(" ", 1)[0] + "…"


def file_name(title: str) -> str:
    """A file name that every system takes; the words stay readable in any script."""
    kept = (char if unicodedata.category(char)[0] in "LMN" else " " for char in unicodedata.normalize("NFC", title))
    words = "-".join("".join(kept).split())
    return f"{words[:60].rstrip('-') or 'avatar-video'}.mp4"


def _facts(request: ExportRequest) -> str:
    locale = request.requester.locale
    return t(
        locale,
        "announce.facts",
        avatar=request.avatar.name,
        language=t(locale, f"language.{request.language}"),
        length=rough_length(locale, estimated_seconds(request.script)),
    )


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
    words = t(locale, f"status.{status.stage}", bar=_bar(status.percent), percent=status.percent, ahead=status.ahead)
    if status.seconds_left is not None:
        words += " · " + t(locale, "status.time_left", length=rough_length(locale, status.seconds_left))
    return words


def _bar(percent: int) -> str:
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
    waited = length(locale, status.seconds or 0)
    return t(locale, f"failure.{status.failure}", detail=detail, length=waited)


def _vendor_words(locale: str, status: Status) -> list[Block]:
    if status.failure != "rejected" or not status.detail:
        return []
    return [notes(t(locale, "failure.vendor_said", detail=status.detail[:LONGEST_DETAIL]))]


def _links(locale: str, status: Status) -> list[Block]:
    links = []
    if status.download_url:
        links.append(link(status.download_url, t(locale, "status.link_video")))
    if status.project_url:
        links.append(link(status.project_url, t(locale, "status.link_project")))
    fitting = [words for words in links if words and len(words) <= LONGEST_LINK]
    return [section(" · ".join(fitting))] if fitting else []
