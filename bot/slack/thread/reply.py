"""The reply in an export's thread that is edited to show the current status."""

from bot.exports.models import Requester, Status
from bot.i18n import length, rough_length, t
from bot.slack.blocks import Block, Message, notes, progress_bar, section
from bot.slack.thread.buttons import below_reply
from bot.slack.thread.status_words import links, shows_video


def reply(requester: Requester, status: Status) -> Message:
    """The reply for this status. It leaves the reason of a failure to the notification, so that it is told once."""
    locale = requester.locale
    headline = _headline(locale, status)
    facts = _video_facts(locale, status) if shows_video(status) else []
    return Message(headline, [section(headline), *facts, *links(locale, status), *below_reply(locale, status)])


def _headline(locale: str, status: Status) -> str:
    if status.stage == "silent":
        quiet = rough_length(locale, status.seconds_silent or 0)
        return t(locale, "status.silent", length=quiet, percent=status.percent)
    words = t(
        locale,
        f"status.{status.stage}",
        bar=progress_bar(status.percent),
        percent=status.percent,
        ahead=status.ahead,
        user=status.user_id,
        who=_who_decided(locale, status),
    )
    if status.seconds_left is not None and not shows_video(status):
        words += " · " + t(locale, "status.time_left", length=rough_length(locale, status.seconds_left))
    return words


def _who_decided(locale: str, status: Status) -> str:
    """The person who stopped or declined the export, or the operator at the command line.

    The mention notifies nobody because it is in an edit.
    """
    return t(locale, "announce.person", user=status.user_id) if status.user_id else t(locale, "status.operator")


def _video_facts(locale: str, status: Status) -> list[Block]:
    facts = []
    if status.seconds is not None:
        facts.append(t(locale, "status.length", length=length(locale, status.seconds)))
    if status.credits is not None:
        facts.append(t(locale, "status.credits", credits=status.credits))
    return [notes(" · ".join(facts))] if facts else []
