"""What is wrong with a submission is said beside the field, before a credit is spent."""

from pathlib import Path

import pytest

from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    MINJI,
    SCRIPT,
    is_content,
    make_video,
    quickly_staged,
    submit,
    text_of,
    until_announced,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def problems(
    stage: Stage, person: str = ANA, script: str = SCRIPT, place: str = GENERAL, **other: str
) -> dict[str, str]:
    """The errors beside the fields; the form stays open, and nothing is posted or billed."""
    messages = sum(len(channel.messages) for channel in stage.slack.world.channels.values())
    submission = await submit(stage, person, script, place=place, client_checks=False, **other)
    assert submission.error is None
    assert submission.view is not None
    assert sum(len(channel.messages) for channel in stage.slack.world.channels.values()) == messages
    assert len(stage.studio.billed) == 0
    return submission.errors


@pytest.mark.parametrize("script", ["", " ", " \n\t\r\n ", "\u3000\u00a0"])
async def test_a_script_of_nothing_is_refused(shared: Stage, script: str) -> None:
    """An empty script, or one of white space, is refused beside the script."""
    assert await problems(shared, script=script) == {"script": "There is nothing to say yet. Please write the script."}


async def test_a_script_that_is_too_long_is_refused(shared: Stage) -> None:
    """3001 characters are one too many, and the person reads how many too many."""
    ((block, words),) = (await problems(shared, script="x" * 3001)).items()
    assert block == "script"
    assert "3001" in words
    assert "by 1" in words


async def test_an_archived_channel_is_refused(shared: Stage) -> None:
    """A video cannot go to an archived channel."""
    assert "archived" in (await problems(shared, place="C0OLDNEWS"))["place"]


@pytest.mark.parametrize("place", ["C0LEADER1", "D0ANAMINJ"])
async def test_a_place_that_is_closed_to_the_bot_is_refused_with_what_to_do(shared: Stage, place: str) -> None:
    """A private channel without the bot, or a DM of two people: the person reads how to invite the bot."""
    assert "/invite" in (await problems(shared, place=place))["place"]


async def test_another_persons_messages_are_refused(shared: Stage) -> None:
    """The bot does not write into the messages of somebody who did not ask."""
    assert "direct messages" in (await problems(shared, place=MINJI))["place"]


@pytest.mark.parametrize("restriction", ["is_read_only", "is_thread_only", "is_non_threadable"])
async def test_a_channel_with_posting_rules_is_refused(shared: Stage, restriction: str) -> None:
    """Where the bot may not post a message with a thread, the person is told to choose another place."""
    channel = shared.slack.world.channels[GENERAL]
    setattr(channel, restriction, True)
    try:
        assert "not allowed to post" in (await problems(shared))["place"]
    finally:
        setattr(channel, restriction, False)


async def test_a_language_that_was_not_offered_is_refused(shared: Stage) -> None:
    """A forged client cannot order a language that the form does not offer."""
    assert await problems(shared, language="tlh") == {"language": "Please choose the language of the script."}


async def test_problems_are_told_in_the_persons_language(shared: Stage) -> None:
    """A Korean person reads in Korean what is wrong."""
    assert await problems(shared, MINJI, script=" ") == {"script": "아직 말할 내용이 없어요. 대본을 써 주세요."}


async def test_everything_wrong_is_told_at_once(shared: Stage) -> None:
    """Two fields that are wrong are both told, so that nobody has to guess twice."""
    assert set(await problems(shared, script="", language="tlh")) == {"script", "language"}


async def test_a_corrected_form_goes_through(tmp_path: Path) -> None:
    """After an error the same form can be mended and sent, and makes one video."""
    async with quickly_staged(tmp_path) as stage:
        refused = await submit(stage, script=" ", client_checks=False)
        assert refused.view is not None
        sent = await stage.slack.person(ANA).submit(refused.view, {"script": SCRIPT})
        assert sent.closed
        await until_video(stage, await until_announced(stage))
        assert len(stage.studio.billed) == 1


async def test_a_public_channel_is_joined(tmp_path: Path) -> None:
    """A public channel that the bot is not in is no problem: it joins, and the video goes there."""
    async with quickly_staged(tmp_path) as stage:
        await until_video(stage, await make_video(stage, place="C0LAUNCH1"))


@pytest.mark.parametrize("place", ["C0STUDIO1", "D0APPANA1", "G0GROUPDM"])
async def test_a_place_that_the_bot_is_in_works(tmp_path: Path, place: str) -> None:
    """A private channel with the bot, the person's messages with it, a group with it: the video goes there."""
    async with quickly_staged(tmp_path) as stage:
        await until_video(stage, await make_video(stage, place=place))


async def test_oneself_as_the_place_is_the_conversation_with_the_bot(tmp_path: Path) -> None:
    """Who chooses themselves gets the video in their messages with the bot."""
    async with quickly_staged(tmp_path) as stage:
        submission = await submit(stage, place=ANA, client_checks=False)
        assert submission.closed
        await until_video(stage, await until_announced(stage, place="D0APPANA1"))


async def test_a_slow_check_of_the_place_does_not_lose_the_submission(tmp_path: Path) -> None:
    """When Slack is slow to tell of the place, the form is taken in time and the video is made."""
    async with quickly_staged(tmp_path) as stage:
        stage.slack.faults.add("conversations.info", delay=10)
        submission = await submit(stage)
        assert is_content(submission.reply)
        assert submission.closed
        await until_video(stage, await until_announced(stage))


async def test_a_place_found_closed_after_the_submission_costs_nothing(tmp_path: Path) -> None:
    """The place could not be checked in time and turns out to be closed: the person gets a direct message with
    the script, and nothing is sent to AI Studios."""
    async with quickly_staged(tmp_path) as stage:
        stage.slack.faults.add("conversations.info", delay=10)
        submission = await submit(stage, place="C0LEADER1")
        assert submission.closed
        told = await until_announced(stage, place="D0APPANA1")
        assert "nothing was spent" in text_of(told)
        assert len(stage.studio.billed) == 0
