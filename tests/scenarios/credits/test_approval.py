"""With an approval channel a request waits there for somebody's approval before anything is sent."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.demo.slack import Message, View
from bot.demo.stage import Stage
from tests.demo.stage import APP_TOKEN
from tests.scenarios.clocks import staged_in_time
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    MINJI,
    bills,
    edits_of,
    make_video,
    mentions,
    newcomer,
    quickly_staged,
    replies,
    restart,
    text_of,
    texts,
    until_notified,
    until_reply,
    until_says,
    until_true,
    until_video,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

APPROVERS = "C0STUDIO1"
SETTINGS = {"APPROVAL_CHANNEL": APPROVERS}
APPROVE, DECLINE, STOP = "approve", "decline", "stop_export"
DAY = 86_400.0
# In the database: a decision, and since when a request waits for one.
DECIDED = "SELECT 1 FROM avatar_bot_mailbox WHERE body LIKE '%ApprovalDecision%'"
WAITING = "SELECT 1 FROM operation_outputs WHERE function_name = 'asked_at'"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that asks for approval in a private channel."""
    folder = tmp_path_factory.mktemp("approval")
    async with quickly_staged(folder, settings=SETTINGS, slack={"time_scale": 60}) as ready:
        yield ready


async def until_asked(stage: Stage, script: str, place: str = APPROVERS) -> Message:
    """The message that asks for approval of this script."""

    def asked() -> Message | None:
        return next((one for one in stage.slack.messages(place) if script in texts(one.blocks)), None)

    message = await stage.slack.until(asked, what="the question for approval")
    assert message is not None
    return message


async def until_closed(stage: Stage, asked: Message) -> str:
    """What the message says once nobody needs to decide any more."""
    await stage.slack.until(lambda: not is_open(asked), what="an approval without buttons")
    return text_of(asked)


def is_open(message: Message) -> bool:
    """Whether it still has buttons."""
    return any(block["type"] == "actions" for block in message.blocks)


async def decline(stage: Stage, asked: Message, reason: str = "", person: str = MINJI) -> View:
    """Presses *Decline* and submits the form with this reason; gives the form."""
    someone = stage.slack.person(person)
    form = await someone.view(of=await someone.press(asked, DECLINE))
    await someone.submit(form, {"reason": reason} if reason else {})
    return form


async def test_nothing_is_sent_before_it_is_approved(stage: Stage, script: str) -> None:
    """The question shows who wants what where, with its length; the thread says that it waits."""
    root = await make_video(stage, script=script)
    asked = text_of(await until_asked(stage, script))
    assert ANA in asked
    assert f"<#{GENERAL}>" in asked
    assert "Olivia" in asked
    assert "of speech" in asked
    await until_says(stage, await until_reply(stage, root), "Waiting for somebody to approve it")
    assert bills(stage, script) == 0


async def test_an_approved_video_is_made(stage: Stage, script: str) -> None:
    """One press: the video comes, once, and thread and question say who approved it."""
    root = await make_video(stage, script=script)
    asked = await until_asked(stage, script)
    await stage.slack.person(MINJI).press(asked, APPROVE)
    video = await until_video(stage, root)
    assert f"<@{MINJI}> approved" in await until_closed(stage, asked)
    assert f"Approved by <@{MINJI}>" in text_of(root)
    assert mentions(stage, root) == [video]
    assert bills(stage, script) == 1


@pytest.mark.parametrize("reason", ["Too long & <!channel> for *us*", ""], ids=["with a reason", "without"])
async def test_a_declined_video_is_not_made(stage: Stage, script: str, reason: str) -> None:
    """The person is told once, with who declined it and why, exactly as written; nothing is spent."""
    root = await make_video(stage, script=script)
    asked = await until_asked(stage, script)
    await decline(stage, asked, reason)
    assert "was declined. Nothing was spent." in await until_notified(stage, root)
    assert f"<@{MINJI}> declined" in await until_closed(stage, asked)
    await until_says(stage, replies(stage, root)[0], f"🚫 <@{MINJI}> declined it.")
    await until_says(stage, root, f"🚫 <@{ANA}>'s avatar video was declined")
    for message in (asked, mentions(stage, root)[0]):
        assert reason in (*texts(message.blocks), "")
    assert not reason or reason not in texts(replies(stage, root)[0].blocks)
    assert "work out" not in "".join(text_of(message) for message in (root, *replies(stage, root)))
    assert len(mentions(stage, root)) == 1
    assert bills(stage, script) == 0


async def test_approval_in_korean(stage: Stage, script: str) -> None:
    """The thread speaks the requester's language, the form that of whoever decides."""
    root = await make_video(stage, MINJI, script)
    form = await decline(stage, await until_asked(stage, script), "No", ANA)
    assert form.body["title"]["text"] == "Decline this video"
    assert "거절됐어요" in await until_notified(stage, root, MINJI)
    await make_video(stage, ANA, f"2 {script}")
    korean = await decline(stage, await until_asked(stage, f"2 {script}"), "이유", MINJI)
    assert korean.body["title"]["text"] == "이 영상 거절하기"


async def test_the_first_decision_counts(stage: Stage, script: str) -> None:
    """Who presses *Approve* later is told who decided already; it is made once."""
    root = await make_video(stage, script=script)
    asked = await until_asked(stage, script)
    drawn, late = replace(asked), stage.slack.person(MINJI)
    await stage.slack.person(ANA).press(asked, APPROVE)
    await stage.slack.person(ANA).press(drawn, APPROVE)
    await until_closed(stage, asked)
    await late.press(drawn, APPROVE)
    await stage.slack.until(lambda: f"<@{ANA}> 님이 이미 승인" in _last(late.ephemerals()), what="who decided")
    await until_video(stage, root)
    assert bills(stage, script) == len(videos(stage, root)) == 1


async def test_a_late_decline_is_told_in_its_form(stage: Stage, script: str) -> None:
    """Somebody else approves while the reason is written: the form then says so, and the video is made."""
    root = await make_video(stage, script=script)
    asked, late = await until_asked(stage, script), stage.slack.person(ANA)
    form = await late.view(of=await late.press(asked, DECLINE))
    await stage.slack.person(MINJI).press(asked, APPROVE)
    await until_closed(stage, asked)
    submission = await late.submit(form, {"reason": "No"})
    assert not submission.closed
    assert submission.view is not None
    assert f"<@{MINJI}> has approved this request already" in texts(submission.view.body["blocks"])[0]
    await until_video(stage, root)


async def test_a_request_is_stopped_while_it_waits(stage: Stage, script: str) -> None:
    """*Stop* takes the question's buttons away; whoever presses an old one is told that it is over."""
    root = await make_video(stage, script=script)
    asked = await until_asked(stage, script)
    drawn, late = replace(asked), stage.slack.person(MINJI)
    await stage.slack.person(ANA).press(await until_reply(stage, root), STOP)
    assert "was stopped before anybody decided" in await until_closed(stage, asked)
    await until_says(stage, root, "was stopped before anything was sent")
    await late.press(drawn, APPROVE)
    await stage.slack.until(lambda: "기다리지 않아요" in _last(late.ephemerals()), what="a message to who is late")
    assert bills(stage, script) == 0


def _last(messages: list[Message]) -> str:
    return text_of(messages[-1]) if messages else ""


async def test_a_request_for_direct_messages_is_approved_too(stage: Stage, script: str) -> None:
    """The question names no conversation that others can't see."""
    root = await make_video(stage, script=script, place="D0APPANA1")
    asked = await until_asked(stage, script)
    assert "in direct messages" in text_of(asked)
    await stage.slack.person(MINJI).press(asked, APPROVE)
    await until_video(stage, root)


@pytest.mark.parametrize(
    "words",
    ["w" * 3000, "&<>*_~`" * 428, "سلام " * 600, "🎬" * 1500],
    ids=["longest", "markup", "right to left", "emoji"],
)
async def test_extreme_scripts_can_be_decided_about(stage: Stage, words: str) -> None:
    """MessageReference, reason and outcome hold a full script and a full reason."""
    maker = newcomer(stage, f"U0EXT{len(words):05d}")
    root = await make_video(stage, maker, words, language="ar-SA" if "س" in words else "en")
    await decline(stage, await until_asked(stage, words), "&<>🎬" * 125)
    assert "was declined" in await until_notified(stage, root, maker)


@pytest.mark.long
@pytest.mark.parametrize("word", [APPROVE, DECLINE])
async def test_a_power_cut_while_it_waits(tmp_path: Path, script: str, word: str) -> None:
    """Killed before, and again right after the decision, the bot keeps to it: asked, told and made once."""
    async with quickly_staged(tmp_path, settings=SETTINGS, slack={"time_scale": 60}) as stage:
        root = await make_video(stage, script=script)
        asked = await until_asked(stage, script)
        await restart(stage)
        if word == APPROVE:
            await stage.slack.person(MINJI).press(asked, APPROVE)
            await until_written(stage, DECIDED)
        else:
            await decline(stage, asked, "No")
        await restart(stage)
        await until_closed(stage, asked)
        if word == APPROVE:
            await until_video(stage, root)
        assert word == APPROVE or "was declined" in await until_notified(stage, root)
        assert len(mentions(stage, root)) == len(stage.slack.messages(APPROVERS)) == 1
        assert bills(stage, script) == (word == APPROVE)


async def until_written(stage: Stage, query: str) -> None:
    """Waits until the database of the bot has what a query looks for."""

    async def written() -> bool:
        with sqlite3.connect(stage.folder / "avatar-bot.db") as database:
            return database.execute(query).fetchone() is not None

    await until_true(written, what=query)


@pytest.mark.long
@pytest.mark.parametrize("bot", ["runs", "is down"])
async def test_a_request_that_nobody_decides_about_lapses(tmp_path: Path, script: str, bot: str) -> None:
    """After a day the person is told, once, and the question says so; the day passes while the bot is down, too."""
    async with staged_in_time(tmp_path, settings=SETTINGS) as (stage, clocks):
        root = await make_video(stage, script=script)
        asked = await until_asked(stage, script)
        await until_written(stage, WAITING)
        if bot == "is down":
            await stage.bot.kill()
        clocks.pass_time(DAY - 60)
        if bot == "is down":
            await stage.bot.start()

        async def lapsed() -> bool:
            clocks.pass_time(5)
            return not is_open(asked)

        await until_true(lapsed, what="the end of the day")
        assert "Nobody decided about" in text_of(asked)
        assert "Nobody approved it within 24" in await until_notified(stage, root)
        assert len(mentions(stage, root)) == 1
        assert bills(stage, script) == 0


@pytest.mark.parametrize("trouble", ["closed", "archived"])
async def test_an_approval_channel_that_cannot_be_reached(tmp_path: Path, script: str, trouble: str) -> None:
    """The person is told that nobody could be asked, and whom to tell; nothing is spent."""
    channel = {"closed": "C0LEADER1", "archived": "C0OLDNEWS"}[trouble]
    settings = {"APPROVAL_CHANNEL": channel}
    async with quickly_staged(tmp_path, settings=settings, slack={"time_scale": 60}) as stage:
        root = await make_video(stage, script=script)
        assert "I couldn't ask for approval" in await until_notified(stage, root)
        assert bills(stage, script) == 0


async def test_the_bot_joins_a_public_approval_channel(tmp_path: Path, script: str) -> None:
    """Nobody needs to invite it there, and in Socket Mode all is the same."""
    settings = {
        "APPROVAL_CHANNEL": "C0LAUNCH1",
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_SIGNING_SECRET": None,
        "PUBLIC_URL": None,
        "POLL_SECONDS": "0.3",
    }
    slack = {"app_token": APP_TOKEN, "time_scale": 60}
    async with quickly_staged(tmp_path, settings=settings, slack=slack) as stage:

        async def connected() -> bool:
            return stage.slack.socket_mode.connected > 0

        await until_true(connected, what="a connection in Socket Mode")
        approved = await make_video(stage, script=script)
        await stage.slack.person(MINJI).press(await until_asked(stage, script, "C0LAUNCH1"), APPROVE)
        await until_video(stage, approved)
        declined = await make_video(stage, script=f"2 {script}")
        await decline(stage, await until_asked(stage, f"2 {script}", "C0LAUNCH1"), "Not today")
        assert "was declined" in await until_notified(stage, declined)


@pytest.mark.long
async def test_trouble_with_slack_loses_no_decision(stage: Stage, script: str) -> None:
    """Slack refuses the edits for a while: the video is made all the same, and the question shows the outcome."""
    root = await make_video(stage, script=script)
    asked = await until_asked(stage, script)
    stage.slack.faults.add("chat.update", times=3, error="internal_error")
    await stage.slack.person(MINJI).press(asked, APPROVE)
    await until_video(stage, root)
    assert "approved" in edits_of(asked)[-1]
