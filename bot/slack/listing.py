"""The list of a person's videos, for the Home tab and `/avatar list`."""

from collections.abc import Mapping, Sequence

from bot.exports.history.summaries import Summary
from bot.i18n import t
from bot.slack.blocks import Block, Message, link, mrkdwn, plain, progress_bar, section, shortened
from bot.slack.titles import video_title

# Of so many videos a person is shown the newest.
MOST_LISTED = 10
LONGEST_NAME = 100


def listing(locale: str, videos: Sequence[Summary], links: Mapping[str, str]) -> Message:
    """The newest videos; `links` are the threads' URLs by export id."""
    headline = t(locale, "video.mine") if videos else t(locale, "video.none")
    blocks = [section(headline)]
    for video in videos[:MOST_LISTED]:
        blocks += entry(locale, video, links.get(video.export_id))
    return Message(headline, [*blocks, *older(locale, videos)])


def entry(locale: str, video: Summary, thread_url: str | None) -> list[Block]:
    """One video: its title, its state, and its facts."""
    state = t(locale, f"video.{video.state}", bar=progress_bar(video.percent), percent=video.percent)
    return [_title(video.request.options.script), section(state), _facts(locale, video, thread_url)]


def older(locale: str, videos: Sequence[Summary]) -> list[Block]:
    """A note that there are more videos than the list shows; empty when it shows all."""
    if len(videos) <= MOST_LISTED:
        return []
    return [{"type": "context", "elements": [plain(t(locale, "video.older", most=MOST_LISTED))]}]


def _title(script: str) -> Block:
    """The first words of the script exactly as written: Slack parses no markup in text elements of rich_text."""
    words = {"type": "text", "text": video_title(script), "style": {"bold": True}}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [words]}]}


def _facts(locale: str, video: Summary, thread_url: str | None) -> Block:
    """Each fact is a separate text, because markup in a name must not affect the next fact."""
    avatar = shortened(video.request.options.avatar.name, LONGEST_NAME)
    facts = [plain(avatar), plain(t(locale, f"language.{video.request.options.language}")), mrkdwn(_when(video))]
    if url := link(thread_url or "", t(locale, "video.thread")):
        facts.append(mrkdwn(url))
    return {"type": "context", "elements": facts}


def _when(video: Summary) -> str:
    """The date in the reader's time zone, with a fallback for clients that can't show dates.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    fallback = f"{video.created_at:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(video.created_at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"
