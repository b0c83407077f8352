"""What is wrong with a submission is said beside the field, before a credit is spent."""

import pytest

from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    MINJI,
    SCRIPT,
    bills,
    is_content,
    make_video,
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
    before = traces(stage)
    submission = await submit(stage, person, script, place=place, client_checks=False, **other)
    assert submission.error is None
    assert submission.view is not None
    assert traces(stage) == before
    return submission.errors


def traces(stage: Stage) -> tuple[int, int]:
    """How many messages there are in all conversations, and how many exports were billed."""
    posted = sum(len(channel.messages) for channel in stage.slack.world.channels.values())
    return posted, len(stage.studio.billed)


@pytest.mark.parametrize("script", ["", " ", " \n\t\r\n ", "\u3000\u00a0"])
async def test_a_script_of_nothing_is_refused(stage: Stage, script: str) -> None:
    """An empty script, or one of white space, is refused beside the script."""
    assert await problems(stage, script=script) == {"script": "There is nothing to say yet. Please write the script."}


async def test_a_script_that_is_too_long_is_refused(stage: Stage) -> None:
    """3001 characters are one too many, and the person reads how many too many."""
    ((block, words),) = (await problems(stage, script="x" * 3001)).items()
    assert block == "script"
    assert "3001" in words
    assert "by 1" in words


async def test_an_archived_channel_is_refused(stage: Stage) -> None:
    """A video cannot go to an archived channel."""
    assert "archived" in (await problems(stage, place="C0OLDNEWS"))["place"]


@pytest.mark.parametrize("place", ["C0LEADER1", "D0ANAMINJ"])
async def test_a_place_that_is_closed_to_the_bot_is_refused_with_what_to_do(stage: Stage, place: str) -> None:
    """A private channel without the bot, or a DM of two people: the person reads how to invite the bot."""
    assert "/invite" in (await problems(stage, place=place))["place"]


async def test_another_persons_messages_are_refused(stage: Stage) -> None:
    """The bot does not write into the messages of somebody who did not ask."""
    assert "direct messages" in (await problems(stage, place=MINJI))["place"]


@pytest.mark.parametrize("restriction", ["is_read_only", "is_thread_only", "is_non_threadable"])
async def test_a_channel_with_posting_rules_is_refused(stage: Stage, restriction: str) -> None:
    """Where the bot may not post a message with a thread, the person is told to choose another place."""
    channel = stage.slack.world.channels[GENERAL]
    setattr(channel, restriction, True)
    try:
        assert "not allowed to post" in (await problems(stage))["place"]
    finally:
        setattr(channel, restriction, False)


async def test_a_language_that_was_not_offered_is_refused(stage: Stage) -> None:
    """A forged client cannot order a language that the form does not offer."""
    assert await problems(stage, language="tlh") == {"language": "Please choose the language of the script."}


async def test_problems_are_told_in_the_persons_language(stage: Stage) -> None:
    """A Korean person reads in Korean what is wrong."""
    assert await problems(stage, MINJI, script=" ") == {"script": "아직 말할 내용이 없어요. 대본을 써 주세요."}


async def test_everything_wrong_is_told_at_once(stage: Stage) -> None:
    """Two fields that are wrong are both told, so that nobody has to guess twice."""
    assert set(await problems(stage, script="", language="tlh")) == {"script", "language"}


async def test_a_corrected_form_goes_through(stage: Stage, script: str) -> None:
    """After an error the same form can be mended and sent, and makes one video."""
    refused = await submit(stage, script=" ", client_checks=False)
    assert refused.view is not None
    sent = await stage.slack.person(ANA).submit(refused.view, {"script": script})
    assert sent.closed
    await until_video(stage, await until_announced(stage, script))
    assert bills(stage, script) == 1


async def test_a_public_channel_is_joined(stage: Stage) -> None:
    """A public channel that the bot is not in is no problem: it joins, and the video goes there."""
    assert stage.slack.world.bot_user_id not in stage.slack.world.channels["C0LAUNCH1"].members
    await until_video(stage, await make_video(stage, place="C0LAUNCH1"))


@pytest.mark.parametrize("place", ["C0STUDIO1", "D0APPANA1", "G0GROUPDM"])
async def test_a_place_that_the_bot_is_in_works(stage: Stage, place: str) -> None:
    """A private channel with the bot, the person's messages with it, a group with it: the video goes there."""
    await until_video(stage, await make_video(stage, place=place))


async def test_oneself_as_the_place_is_the_conversation_with_the_bot(stage: Stage, script: str) -> None:
    """Who chooses themselves gets the video in their messages with the bot."""
    submission = await submit(stage, script=script, place=ANA, client_checks=False)
    assert submission.closed
    await until_video(stage, await until_announced(stage, script, place="D0APPANA1"))


async def test_a_slow_check_of_the_place_does_not_lose_the_submission(stage: Stage, script: str) -> None:
    """When Slack is slow to tell of the place, the form is taken in time and the video is made."""
    stage.slack.faults.add("conversations.info", delay=10)
    submission = await submit(stage, script=script)
    assert is_content(submission.reply)
    assert submission.closed
    await until_video(stage, await until_announced(stage, script))


async def test_a_place_found_closed_after_the_submission_costs_nothing(stage: Stage, script: str) -> None:
    """The place could not be checked in time and turns out to be closed: the person gets a direct message with
    the script, and nothing is sent to AI Studios."""
    stage.slack.faults.add("conversations.info", delay=10)
    submission = await submit(stage, script=script, place="C0LEADER1")
    assert submission.closed
    told = await until_announced(stage, script, place="D0APPANA1")
    assert "nothing was spent" in text_of(told)
    assert bills(stage, script) == 0
