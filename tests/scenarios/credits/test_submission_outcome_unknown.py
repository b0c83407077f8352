"""The script was sent and no answer came: the export is looked for, and only the person decides to spend again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

import pytest
import pytest_asyncio

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    MINJI,
    bills,
    make_video,
    mentions,
    newcomer,
    quickly_staged,
    text_of,
    until_notified,
    until_reply,
    until_says,
    until_true,
    until_video,
    videos,
)

SUBMIT_AGAIN, LEAVE_IT = "Submit again", "Leave it"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that soon gives up looking."""
    folder = tmp_path_factory.mktemp("questions")
    async with quickly_staged(folder, settings={"POLL_SECONDS": "0.1"}, slack={"time_scale": 60}) as ready:
        yield ready


def action(message: Message, label: str) -> str:
    """The action id of the button that a person knows by its label."""
    buttons = [one for block in message.blocks if block["type"] == "actions" for one in block["elements"]]
    return next(str(one["action_id"]) for one in buttons if one["text"]["text"] == label)


async def asked(stage: Stage, root: Message) -> Message:
    """The reply that asks the person, once the root points to it."""
    await until_says(stage, root, "❔")
    (question,) = mentions(stage, root)
    return question


@pytest.mark.parametrize("webhooks", ["webhooks come", "webhooks are lost"])
async def test_an_export_whose_answer_was_lost_is_found(stage: Stage, script: str, webhooks: str) -> None:
    """AI Studios took the script but its answer got lost: the bot finds the project, and the video comes, billed
    once."""
    stage.studio.faults.disturb_webhooks(seed=1, lost=0.0 if webhooks == "webhooks come" else 1.0)
    stage.studio.faults.add("/simple/custom", drop="after")
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    assert bills(stage, script) == len(videos(stage, root)) == len(mentions(stage, root)) == 1


async def test_an_export_that_names_no_project_is_found(stage: Stage, script: str) -> None:
    """AI Studios bills but names no project: the bot finds it, and the video comes."""
    stage.studio.faults.missing_project_id = True
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    assert bills(stage, script) == len(mentions(stage, root)) == 1


async def test_the_person_sees_that_the_bot_is_looking(stage: Stage) -> None:
    """While it looks, the thread says so, and that nothing is sent twice."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage)
    await until_says(stage, await until_reply(stage, root), "looking whether AI Studios received it")


@pytest.mark.parametrize("trouble", ["lost", "500", "a page of HTML"])
async def test_an_export_that_is_nowhere_becomes_a_question(
    stage: Stage, script: str, trouble: Literal["lost", "500", "a page of HTML"]
) -> None:
    """When the outcome is unknown and nothing is found, the person is asked, once; the script was sent once."""
    sent = stage.studio.faults.add(
        "/simple/custom",
        times=None,
        drop="before" if trouble == "lost" else None,
        status=500 if trouble == "500" else None,
        body="<html>Bad gateway</html>" if trouble == "a page of HTML" else None,
    )
    question = await asked(stage, await make_video(stage, script=script))
    assert "couldn't find out" in text_of(question)
    assert action(question, SUBMIT_AGAIN) != action(question, LEAVE_IT)
    assert sent.hits == 1


async def decide(stage: Stage, question: Message, label: str) -> None:
    """Presses a button until the question shows that it was answered."""
    press = action(question, label)

    async def answered() -> bool:
        if is_open(question):
            await stage.slack.person(ANA).press(question, press)
        return not is_open(question)

    await until_true(answered, what="the answered question")


def is_open(question: Message) -> bool:
    """Whether the question still has its buttons."""
    return any(block["type"] == "actions" for block in question.blocks)


async def test_submit_again_makes_the_video(stage: Stage, script: str) -> None:
    """*Submit again* sends the script once more, in the same thread, and the buttons go."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage, script=script)
    await decide(stage, await asked(stage, root), SUBMIT_AGAIN)
    await until_video(stage, root)
    assert bills(stage, script) == len(videos(stage, root)) == 1


async def test_leave_it_leaves_it(stage: Stage, script: str) -> None:
    """*Leave it* ends the matter: the root says so, the buttons go, and nothing is sent."""
    sent = stage.studio.faults.add("/simple/custom", times=None, drop="before")
    root = await make_video(stage, script=script)
    await decide(stage, await asked(stage, root), LEAVE_IT)
    await until_says(stage, root, "avatar video was left as it is")
    assert sent.hits == 1


@pytest.mark.long
async def test_the_question_can_be_answered_as_soon_as_it_is_there(stage: Stage, script: str) -> None:
    """The first press counts, also when Slack is slow to take the bot's next edits."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage, script=script)
    await until_says(stage, await until_reply(stage, root), "looking")
    stage.slack.faults.add("chat.update", times=3, retry_after=2)
    (question,) = await stage.slack.until(lambda: mentions(stage, root), what="the question")
    await stage.slack.person(ANA).press(question, action(question, SUBMIT_AGAIN))
    await until_video(stage, root)
    assert bills(stage, script) == 1


async def test_only_the_first_answer_counts(stage: Stage, script: str) -> None:
    """Presses after the answer, of either button, change nothing."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage, script=script)
    question = await asked(stage, root)
    drawn = replace(question)
    await decide(stage, question, SUBMIT_AGAIN)
    for label in (SUBMIT_AGAIN, LEAVE_IT):
        await stage.slack.person(ANA).press(drawn, action(drawn, label))
    await until_video(stage, root)
    assert bills(stage, script) == len(videos(stage, root)) == 1


async def test_nobody_else_may_decide(stage: Stage, script: str) -> None:
    """Somebody else's press spends nothing; the question stays the person's own."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage, script=script)
    question, other = await asked(stage, root), stage.slack.person(MINJI)
    told = len(other.ephemerals())
    await other.press(question, action(question, SUBMIT_AGAIN))
    await stage.slack.until(lambda: len(other.ephemerals()) > told, what="a message to the other person")
    assert is_open(question)
    await decide(stage, question, LEAVE_IT)
    assert bills(stage, script) == 0


@pytest.mark.parametrize("first", [SUBMIT_AGAIN, LEAVE_IT])
@pytest.mark.long
async def test_ten_presses_at_once_are_one_answer(stage: Stage, script: str, first: str) -> None:
    """Both buttons are pressed again and again at the same moment: one of them is carried out, once, and who pressed
    the other one reads that the question was answered already."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage, script=script)
    question = await asked(stage, root)
    second = LEAVE_IT if first == SUBMIT_AGAIN else SUBMIT_AGAIN
    await asyncio.gather(*(press(stage, ANA, question, label) for label in [first, second] * 5))
    again = await answer_to(stage, question) == SUBMIT_AGAIN
    await until_whispered(stage, ANA, "decided already", question)
    await (until_video(stage, root) if again else until_says(stage, root, "avatar video was left as it is"))
    await overtaken(stage)
    assert len(question.edits) == 1
    assert bills(stage, script) == len(videos(stage, root)) == int(again)


@pytest.mark.parametrize("label", [SUBMIT_AGAIN, LEAVE_IT])
async def test_of_two_people_at_once_only_the_requester_decides(stage: Stage, script: str, label: str) -> None:
    """Somebody else presses the other button at the same moment: the requester's answer is carried out, and the
    other person reads that it was not theirs to give."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage, script=script)
    question = await asked(stage, root)
    ben = newcomer(stage, "U0BEN0001")
    other = LEAVE_IT if label == SUBMIT_AGAIN else SUBMIT_AGAIN
    await asyncio.gather(press(stage, ben, question, other), press(stage, ANA, question, label))
    await until_whispered(stage, ben, "Only the person who asked", question)
    assert await answer_to(stage, question) == label
    await overtaken(stage)
    assert bills(stage, script) == (1 if label == SUBMIT_AGAIN else 0)


async def press(stage: Stage, person: str, question: Message, label: str) -> None:
    """A press on the question as it was drawn when it was asked."""
    drawn = replace(question)
    await stage.slack.person(person).press(drawn, action(drawn, label))


async def answer_to(stage: Stage, question: Message) -> str:
    """Which button was carried out, by what the question says once it has none any more."""
    await stage.slack.until(lambda: not is_open(question), what="the answered question")
    return SUBMIT_AGAIN if "being made again" in text_of(question) else LEAVE_IT


async def until_whispered(stage: Stage, person: str, words: str, question: Message) -> None:
    """Waits for words that only this person sees, and that came after the question."""

    def whispered() -> bool:
        heard = stage.slack.person(person).ephemerals()
        return any(words in text_of(message) for message in heard if message.ts > question.ts)

    await stage.slack.until(whispered, what=f"“{words}” to {person}")


async def overtaken(stage: Stage) -> None:
    """Another video is made: what a second answer would have done by now, it has overtaken."""
    await until_video(stage, await make_video(stage, script="The next one."))


@pytest.mark.long
async def test_the_question_survives_a_power_cut(stage: Stage, script: str) -> None:
    """Killed and started again after it asked, the bot still takes the answer."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage, script=script)
    question = await asked(stage, root)
    await stage.bot.kill()
    await stage.bot.start()
    await decide(stage, question, SUBMIT_AGAIN)
    await until_video(stage, root)
    assert bills(stage, script) == 1


async def test_a_refusal_is_no_question(stage: Stage) -> None:
    """When AI Studios clearly says no, the person is told so, and is not asked whether to spend twice."""
    stage.studio.faults.add("/simple/custom", status=400, error=(4000, "No such avatar"))
    root = await make_video(stage)
    assert "No such avatar" in await until_notified(stage, root)
    assert not any(SUBMIT_AGAIN in str(message.blocks) for message in mentions(stage, root))
