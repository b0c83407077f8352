"""The Home tab, the list and the guide: accepted by Slack at their extremes, and harmless whatever they quote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import get_args

import pytest

from bot.demo.slack import Message as Posted
from bot.demo.slack import live_entities
from bot.demo.slack.blockkit import check_view
from bot.exports.history.summaries import Summary
from bot.exports.models import Posted as Thread
from bot.exports.models import Status
from bot.exports.states import STAGES, FailureReason, Stage, State
from bot.exports.usage import Usage
from bot.i18n import t
from bot.slack import ids
from bot.slack.blocks import Block
from bot.slack.command.guide import guide
from bot.slack.home.views import home
from bot.slack.listing import MOST_LISTED, listing
from bot.slack.thread.notification import notification
from bot.slack.thread.reply import reply
from tests.scenarios.scene import texts
from tests.slack.oracle import HOSTILE, LOCALES, MANIFEST, accept, live, request, requester

THREAD = "https://avatar-works.slack.com/archives/C0GENERAL/p1000001"
SCRIPTS = {
    "full": "word " * 600,
    "one word": "w" * 3000,
    "from a file": "A long script. " * 2000,
    "emoji": "🎉" * 3000,
    "markup": "&<>" * 1000,
    "right to left": "\u202eمرحبا بالعالم " * 200,
    "hostile": HOSTILE,
    "lines": "a\r\n\r\n" * 600,
    "one letter": "x",
}
DATE = f"<!date^{1_700_000_000}^"


def summary(
    export_id: str = "V1", *, state: State = "ready", percent: int = 0, script: str = "Hello.", avatar: str = "Amy"
) -> Summary:
    """A request and where it stands."""
    thread = Thread(channel_id="C0GENERAL", root_ts="1.000001", reply_ts="1.000002")
    asked = request(script=script, avatar=avatar)
    return Summary(export_id, asked, thread, state, percent, datetime.fromtimestamp(1_700_000_000, UTC))


def accepted(locale: str, videos: Sequence[Summary], used: Usage | None = None) -> Block:
    """The Home tab, once Slack has accepted it."""
    view = home(locale, videos, {video.export_id: THREAD for video in videos}, used or Usage())
    check_view(view, "home", MANIFEST)
    return view


def live_in(view: Block) -> set[str]:
    """What Slack would make live in the tab, apart from the local times that are ours."""
    shown = Posted("1.000001", "C0GENERAL", "U0AVATARB", "", blocks=view["blocks"])
    return {entity for entity in live_entities(shown) if not entity.startswith(DATE)}


def buttons(view: Block) -> list[tuple[str, str]]:
    """Each button's action and value."""
    rows = [element for block in view["blocks"] for element in block.get("elements", [])]
    sides = [block["accessory"] for block in view["blocks"] if "accessory" in block]
    return [(one["action_id"], one["value"]) for one in (*rows, *sides) if one["type"] == "button"]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_any_script_and_name_are_accepted_and_harmless(locale: str, script: str) -> None:
    """Nothing that a person wrote becomes a mention, a link or a format."""
    video = summary(script=script, avatar=HOSTILE + "&<>🎉" * 500)
    assert live_in(accepted(locale, [video])) <= {f"<{THREAD}>"}
    message = accept(listing(locale, [video], {"V1": THREAD}))
    assert {entity for entity in live(message) if not entity.startswith(DATE)} <= {f"<{THREAD}>"}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("state", get_args(State))
def test_every_state_has_its_words(locale: str, state: State) -> None:
    """No two states read alike, and the percent shows only while it renders."""
    shown = texts(accepted(locale, [summary(state=state, percent=40)]))
    others = {one: texts(accepted(locale, [summary(state=one, percent=40)])) for one in get_args(State)}
    assert [one for one, words in others.items() if words == shown] == [state]
    assert any("40%" in words for words in shown) == (state == "rendering")


def test_only_what_no_longer_moves_can_be_made_again() -> None:
    """While a video is being made, or somebody has to say whether to send it again, nobody is led to make it twice."""
    states: tuple[State, ...] = ("ready", "rendering", "failed", "question", "stopped", "approval")
    view = accepted("en-US", [summary(state, state=state) for state in states])
    made_again = [(ids.MAKE_AGAIN, state) for state in ("ready", "failed", "stopped")]
    assert buttons(view) == [(ids.MAKE_VIDEO, ids.MAKE_VIDEO), *made_again]


@pytest.mark.parametrize("locale", LOCALES)
def test_the_form_has_one_name_wherever_it_is_offered(locale: str) -> None:
    """The button in the Home tab is called as the one in the thread."""
    failures: dict[Stage, FailureReason] = {"failed": "rejected", "declined": "declined"}
    for stage, record in STAGES.items():
        view = accepted(locale, [summary(state=record.state)])
        labels = [block["accessory"]["text"]["text"] for block in view["blocks"] if "accessory" in block]
        shown = Status(stage=stage, export_id="V1", user_id="U1", failure=failures.get(stage))
        told = notification if shown.failure else reply
        assert not labels or labels[0] in texts(told(requester(locale), shown).blocks), stage
        assert len(labels) == bool(record.form_button), stage


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("count", [MOST_LISTED, MOST_LISTED + 1, 150])
def test_many_videos_are_cut_and_it_says_so(locale: str, count: int) -> None:
    """The newest are shown, and a note says that there are more."""
    videos = [summary(f"V{number}", script=f"number {number}.") for number in range(count)]
    note = t(locale, "video.older", most=MOST_LISTED)
    for shown in (texts(accepted(locale, videos)), texts(accept(listing(locale, videos, {})).blocks)):
        titles = [words for words in shown if words.startswith("number")]
        assert titles == [f"number {number}." for number in range(MOST_LISTED)]
        assert (note in shown) == (count > MOST_LISTED)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_video_without_a_thread_has_no_link(locale: str) -> None:
    """Where Slack gives no link, none is shown."""
    view = home(locale, [summary()], {}, Usage())
    check_view(view, "home", MANIFEST)
    assert live_in(view) == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_an_empty_tab_says_how_to_begin(locale: str) -> None:
    """The ways in are named, and the button is there."""
    view = accepted(locale, [])
    assert "/avatar" in "\n".join(texts(view))
    assert buttons(view) == [(ids.MAKE_VIDEO, ids.MAKE_VIDEO)]


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_not_known_yet_is_left_out(locale: str) -> None:
    """While the month is still being added up the tab says nothing about it, and all the rest."""
    view = home(locale, [], {}, None)
    check_view(view, "home", MANIFEST)
    known = accepted(locale, [])
    (left_out,) = [block for block in known["blocks"] if block not in view["blocks"]]
    assert t(locale, "home.used", videos=0, credits=0) in str(left_out)
    assert len(view["blocks"]) == len(known["blocks"]) - 1


@pytest.mark.parametrize("locale", LOCALES)
def test_the_tab_says_what_the_workspace_used(locale: str) -> None:
    """Videos and credits of the month."""
    shown = "\n".join(texts(accepted(locale, [], Usage(videos=1234, credits=98765))))
    assert "1234" in shown
    assert "98765" in shown


@pytest.mark.parametrize("locale", LOCALES)
def test_the_guide_names_every_way_in(locale: str) -> None:
    """The command, the shortcuts, the step, as the manifest calls them."""
    words = "\n".join(texts(accept(guide(locale)).blocks))
    features, steps = MANIFEST.source["features"], MANIFEST.source["functions"].values()
    names = [way["name"] for way in features["shortcuts"]] + [step["title"] for step in steps]
    assert [name for name in (features["slash_commands"][0]["command"], *names) if name not in words] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_an_empty_list_says_how_to_begin(locale: str) -> None:
    """Instead of nothing."""
    assert "/avatar" in accept(listing(locale, [], {})).text
