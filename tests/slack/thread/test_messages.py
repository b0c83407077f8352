"""The messages of an export: accepted by Slack at every stage, and harmless whatever they quote."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.exports.models import Status
from bot.exports.states import FAILURES, FailureReason, LinkReason, Stage
from bot.scripts.languages import LANGUAGES
from bot.slack.blocks import Message
from bot.slack.thread.announcement import announcement
from bot.slack.thread.notification import direct_notification, notification
from bot.slack.thread.reply import reply
from tests.slack.oracle import HOSTILE, LOCALES, MENTION, accept, live, request, requester

PROJECT = "https://app.aistudios.com/editor/67da28f034b05ae2e4385a2b"
VIDEO = "https://cdn.example.com/v.mp4?sig=a%2Fb&x=1"
VIDEO_LINK = "<https://cdn.example.com/v.mp4?sig=a%2Fb&amp;x=1>"
PROJECT_LINK = f"<{PROJECT}>"

DECIDER = "U0ADMIN01"
DECIDED = ("cancelled", "stopped", "discarded", "kept", "declined")


def decider_of(stage: str) -> str | None:
    """Who decided, where somebody does."""
    return DECIDER if stage in DECIDED else None


EVERY_STATUS = [
    *(
        Status(stage=stage, export_id="V1", user_id=decider_of(stage), percent=40, seconds_left=61)
        for stage in get_args(Stage)
        if stage not in ("failed", "declined", "linked")
    ),
    # An operator has no user id.
    *(Status(stage=stage, export_id="V1", user_id="") for stage in ("cancelled", "stopped")),
    Status(stage="silent", percent=40, seconds_silent=130),
    Status(stage="rendering", percent=100, seconds_left=0),
    Status(stage="rendering", percent=1, seconds_left=604_800),
    *(Status(stage="linked", percent=100, link_reason=reason, detail="http_500") for reason in get_args(LinkReason)),
    *(
        Status(
            stage=FAILURES[reason].stage,
            export_id="V1",
            failure=reason,
            user_id=decider_of(reason),
            seconds=7200,
            detail="is_archived",
        )
        for reason in get_args(FailureReason)
    ),
    Status(stage="ready", percent=100, seconds=12.4, credits=3),
    Status(stage="ready", percent=100, seconds=0, credits=0),
]
# Their outcomes are new replies that mention the person; a question has its own.
NOTIFIED = ("ready", "linked", "drafted", "failed", "declined")
OVER = [status for status in EVERY_STATUS if status.stage in ("ready", "linked", "failed", "declined")]

SCRIPTS = {
    "full": "word " * 600,
    "emoji": "🎉" * 3000,
    "markup": "&<>" * 1000,
    "rtl": "\u202eمرحبا بالعالم " * 200,
    "hostile": HOSTILE,
    "one letter": "x",
    "lines": "a\r\n\r\n" * 600,
}


def named(status: Status) -> str:
    """The stage with its reason."""
    return "-".join(filter(None, (status.stage, status.failure, status.link_reason)))


def with_links(status: Status, **links: str) -> Status:
    """The status with addresses."""
    return status.model_copy(update=links)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("status", EVERY_STATUS, ids=named)
def test_every_stage_is_accepted_and_harmless(locale: str, status: Status) -> None:
    """At each stage announcement and reply are valid; they name who asked and who decided, and nothing else is live."""
    asked = request(script=HOSTILE, avatar=HOSTILE, locale=locale)
    decider = {f"<@{status.user_id}>"} if status.user_id else set()
    assert live(accept(announcement(asked, status))) == {MENTION}
    assert live(accept(reply(asked.requester, status))) == decider
    linked = with_links(status, project_url=PROJECT, download_url=VIDEO)
    assert live(accept(reply(asked.requester, linked))) == {VIDEO_LINK, PROJECT_LINK} | decider


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("status", OVER, ids=named)
def test_every_outcome_mentions_the_person_and_nobody_else(locale: str, status: Status) -> None:
    """The new reply, and the direct message in its place, are valid and mention whom they are for."""
    asked = request(script=HOSTILE, avatar=HOSTILE, locale=locale)
    assert live(accept(notification(asked.requester, status))) == {MENTION}
    assert live(accept(direct_notification(asked, status))) == {MENTION}
    linked = with_links(status, project_url=PROJECT)
    assert live(accept(direct_notification(asked, linked))) == {MENTION, PROJECT_LINK}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_quoted_exactly(locale: str, name: str) -> None:
    """The announcement and the direct message hold the script as it was written, and Slack takes them."""
    asked = request(script=SCRIPTS[name], locale=locale)
    lost = Status(stage="failed", failure="place_lost", detail="channel_not_found")
    for message in (announcement(asked), direct_notification(asked, lost)):
        assert SCRIPTS[name] in list(rich_texts(accept(message)))


def rich_texts(message: Message) -> list[str]:
    """What stands in the message as text that is never parsed."""
    quotes = [element for block in message.blocks if block["type"] == "rich_text" for element in block["elements"]]
    return [part["text"] for quote in quotes for part in quote["elements"]]


@settings(deadline=None)
@given(
    script=st.text(min_size=1, max_size=3000),
    avatar=st.text(min_size=1, max_size=3000),
    detail=st.text(max_size=3000),
    locale=st.sampled_from(LOCALES),
    language=st.sampled_from(LANGUAGES),
)
def test_other_peoples_words_never_come_alive(
    script: str, avatar: str, detail: str, locale: str, language: str
) -> None:
    """Whatever script, avatar and AI Studios say: only the person's mention is live, and Slack takes it."""
    asked = request(script=script, avatar=avatar, locale=locale, language=language)
    refused = Status(stage="failed", failure="rejected", detail=detail)
    assert live(accept(announcement(asked))) == live(accept(announcement(asked, refused))) == {MENTION}
    assert live(accept(reply(asked.requester, refused))) == set()
    assert live(accept(notification(asked.requester, refused))) == {MENTION}
    assert live(accept(direct_notification(asked, refused))) == {MENTION}


MARKUP = st.lists(
    st.sampled_from([*HOSTILE.split(" "), "<", ">", "|", "&", "*", "_", "`", "\n", "@", "!", "#", ":"]), max_size=40
)


@settings(deadline=None)
@given(script=MARKUP, avatar=MARKUP, detail=MARKUP, joint=st.sampled_from(["", " ", "\n"]))
def test_markup_in_any_order_stays_text(script: list[str], avatar: list[str], detail: list[str], joint: str) -> None:
    """Pieces of markup put together at random stay what was typed."""
    asked = request(script=joint.join(script) or ".", avatar=joint.join(avatar) or ".")
    refused = Status(stage="failed", failure="rejected", detail=joint.join(detail))
    assert live(announcement(asked, refused)) == live(notification(asked.requester, refused)) == {MENTION}
    assert live(reply(asked.requester, refused)) == set()


@settings(deadline=None)
@given(code=st.from_regex(r"[a-z]+(_[a-z]+){0,6}|http_[45]\d\d", fullmatch=True), locale=st.sampled_from(LOCALES))
def test_slacks_own_words_never_come_alive(code: str, locale: str) -> None:
    """Error codes stand in the words without styling them."""
    asked = request(locale=locale)
    lost = Status(stage="failed", failure="place_lost", detail=code)
    refused = Status(stage="linked", link_reason="refused_by_slack", detail=code)
    for status in (lost, refused):
        message = accept(direct_notification(asked, status))
        assert live(message) == {MENTION}
        assert code in message.text


@pytest.mark.parametrize("locale", LOCALES)
def test_names_in_an_error_notify_nobody(locale: str) -> None:
    """Slack links no names and channels in our words, even if an error of its own had some in it."""
    asked = request(locale=locale)
    lost = Status(stage="failed", failure="place_lost", detail="@here @channel #general <!here>")
    assert live(accept(direct_notification(asked, lost))) == {MENTION}
    assert live(accept(reply(asked.requester, lost))) == set()


@pytest.mark.parametrize("failure", get_args(FailureReason))
@pytest.mark.parametrize("locale", LOCALES)
def test_the_vendors_words_are_quoted_where_they_help(locale: str, failure: FailureReason) -> None:
    """A rejection repeats what AI Studios said, as plain text; a long answer is cut."""
    status = Status(stage=FAILURES[failure].stage, failure=failure, detail="Model <gone> & *lost* " * 400)
    message = accept(notification(requester(locale), status))
    small_print = [e["text"] for b in message.blocks if b["type"] == "context" for e in b["elements"]]
    assert any("Model <gone> & *lost* Model" in text for text in small_print) == (failure == "rejected")


@pytest.mark.parametrize("status", OVER, ids=named)
def test_outcomes_differ_in_the_announcement(status: Status) -> None:
    """The channel sees how it ended without opening the thread."""
    assert announcement(request(), status).text != announcement(request()).text


def test_the_outcome_says_length_and_credits() -> None:
    """Ready: announcement and reply say how long the video is and what it cost."""
    status = Status(stage="ready", percent=100, seconds=65, credits=3)
    for message in (announcement(request(), status), reply(requester(), status)):
        facts = [e["text"] for b in message.blocks if b["type"] == "context" for e in b["elements"]]
        assert any("1 min 5 s" in fact and "Credits used: 3" in fact for fact in facts)


def test_progress_is_shown_as_bar_percent_and_time() -> None:
    """The bar fills with the percentage."""
    bars = [reply(requester(), Status(stage="rendering", percent=percent)).text for percent in range(101)]
    filled = [bar.count("▰") for bar in bars]
    assert filled == sorted(filled)
    assert (filled[0], filled[100]) == (0, 12)
    assert all(f" {percent}%" in bar and bar.count("▱") == 12 - bar.count("▰") for percent, bar in enumerate(bars))
    assert "about 2 min left" in reply(requester(), Status(stage="rendering", percent=9, seconds_left=125)).text


@pytest.mark.parametrize("seconds", [7200.0, 60.0])
def test_a_timeout_says_how_long_it_waited(seconds: float) -> None:
    """The words name the time that was waited."""
    said = notification(requester(), Status(stage="failed", failure="timed_out", seconds=seconds)).text
    assert ("2 h" if seconds == 7200 else "1 min") in said


NO_WEB_ADDRESSES = [
    "!here",
    "!channel",
    "@U0MINJI01",
    "#C0GENERAL",
    "!subteam^S012345678",
    "!date^1^x|y",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "mailto:a@b.example",
    " !here",
    "",
]


@pytest.mark.parametrize("url", NO_WEB_ADDRESSES)
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    """An answer of AI Studios cannot make a mention, a broadcast or a script out of the link."""
    status = Status(stage="linked", percent=100, link_reason="not_fetched", download_url=url)
    assert live(accept(reply(requester(), status))) == set()
    assert live(accept(notification(requester(), status))) == {MENTION}


def test_an_address_that_no_message_can_hold_is_left_out() -> None:
    """A huge address does not cost the person the message."""
    status = Status(
        stage="ready", percent=100, download_url="https://cdn.example.com/" + "é" * 3000, project_url=PROJECT
    )
    assert live(accept(reply(requester(), status))) == {PROJECT_LINK}


def test_messages_are_the_same_twice() -> None:
    """The same data makes the same message."""
    status: Any = EVERY_STATUS[0]
    assert reply(requester("ko"), status) == reply(requester("ko"), status)
    assert announcement(request(script=HOSTILE), status) == announcement(request(script=HOSTILE), status)
