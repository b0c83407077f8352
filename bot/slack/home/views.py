"""The Home tab's view."""

from collections.abc import Mapping, Sequence

from bot.accounts.connection import Connection
from bot.exports.history.summaries import Summary
from bot.exports.states import form_button_in
from bot.exports.usage import Usage
from bot.i18n import t
from bot.slack import ids
from bot.slack.account.views import account_needed, account_section
from bot.slack.blocks import Block, button, notes, plain, section
from bot.slack.listing import MOST_LISTED, entry, older


def home(
    locale: str,
    videos: Sequence[Summary],
    links: Mapping[str, str],
    used: Usage | None,
    account: Connection | None = None,
    *,
    is_admin: bool = False,
) -> Block:
    """A person's newest videos and the workspace's usage, if known. `links` are the threads' URLs by export id.

    `account` describes the AI Studios account, None where workspaces can't connect one. Only admins see it.
    """
    is_ready = account is None or account.kind != "none"
    blocks = [
        _header(t(locale, "home.title")),
        section(t(locale, "home.about")),
        *(_make(locale) if is_ready else account_needed(locale)),
        *([notes(t(locale, "home.used", videos=used.videos, credits=used.credits))] if used else []),
        {"type": "divider"},
        *(_mine(locale, videos, links) if videos else _nothing_yet(locale, is_ready=is_ready)),
        *([{"type": "divider"}, *account_section(locale, account)] if account and is_admin else []),
    ]
    return {"type": "home", "blocks": blocks}


def _make(locale: str) -> list[Block]:
    make = {**button(t(locale, "home.make"), ids.MAKE_VIDEO, ids.MAKE_VIDEO), "style": "primary"}
    return [{"type": "actions", "elements": [make]}]


def _mine(locale: str, videos: Sequence[Summary], links: Mapping[str, str]) -> list[Block]:
    blocks = [_header(t(locale, "video.mine"))]
    for video in videos[:MOST_LISTED]:
        title, state, facts = entry(locale, video, links.get(video.export_id))
        if opens := form_button_in(video.state):
            state["accessory"] = button(t(locale, f"button.{opens}"), ids.MAKE_AGAIN, video.export_id)
        blocks += [title, state, facts]
    return [*blocks, *older(locale, videos)]


def _nothing_yet(locale: str, *, is_ready: bool) -> list[Block]:
    begin = f"\n{t(locale, 'home.begin')}" if is_ready else ""
    return [section(f"{t(locale, 'home.empty')}{begin}")]


def _header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}
