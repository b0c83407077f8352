"""Words and blocks for a status that both the reply and the notification use."""

from bot.exports.models import Status
from bot.exports.states import FAILURES, RESULTS
from bot.i18n import length, t
from bot.slack.api.codes import NO_ACCESS
from bot.slack.blocks import Block, escaped, link, notes, quoted, section

LONGEST_DETAIL = 500
# Two of them fit into a section of 3000 characters; a longer address cannot be shown.
LONGEST_LINK = 1400


def shows_video(status: Status) -> bool:
    """Whether the status has a video or a link to it."""
    return any(record.video for record in RESULTS.values() if record.stage == status.stage)


def failure_words(locale: str, status: Status) -> str:
    """The reason of the failure, and what the person can do."""
    detail = escaped((status.detail or "")[:LONGEST_DETAIL])
    if status.failure == "place_lost" and status.detail in NO_ACCESS:
        return t(locale, "notification.no_access", detail=detail)
    waited = length(locale, status.seconds or 0)
    return t(locale, f"failure.{status.failure}", detail=detail, length=waited)


def quoted_detail(locale: str, status: Status) -> list[Block]:
    """The words of AI Studios, or of the person who declined the request."""
    if not status.detail or status.failure is None or not FAILURES[status.failure].shows_detail:
        return []
    detail = status.detail[:LONGEST_DETAIL]
    if status.failure == "declined":
        return [quoted(detail)]
    return [notes(t(locale, "failure.vendor_said", detail=detail))]


def links(locale: str, status: Status) -> list[Block]:
    """Links to the video's download and to its project at AI Studios."""
    shown = []
    if status.download_url:
        shown.append(link(status.download_url, t(locale, "status.link_video")))
    if status.project_url:
        shown.append(link(status.project_url, t(locale, "status.link_project")))
    fitting = [words for words in shown if words and len(words) <= LONGEST_LINK]
    return [section(" · ".join(fitting))] if fitting else []
