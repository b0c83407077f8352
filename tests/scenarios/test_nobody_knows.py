"""The script was sent and no answer came: the export is looked for, and only the person decides to spend again."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    MINJI,
    make_video,
    mentions,
    quickly_staged,
    text_of,
    until_reply,
    until_says,
    until_submitted,
    until_told,
    until_video,
    videos,
)

SUBMIT_AGAIN, LEAVE_IT = "Submit again", "Leave it"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot that soon gives up looking."""
    async with quickly_staged(tmp_path, settings={"POLL_SECONDS": "0.1"}) as ready:
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
async def test_an_export_whose_answer_was_lost_is_found(stage: Stage, webhooks: str) -> None:
    """AI Studios took the script but its answer got lost: the bot finds the project, and the video comes, billed
    once."""
    stage.studio.faults.disturb_webhooks(seed=1, lost=0.0 if webhooks == "webhooks come" else 1.0)
    stage.studio.faults.add("/simple/custom", drop="after")
    root = await make_video(stage)
    await until_video(stage, root)
    assert len(stage.studio.billed) == len(videos(stage, root)) == len(mentions(stage, root)) == 1


async def test_an_export_that_names_no_project_is_found(stage: Stage) -> None:
    """AI Studios bills but names no project: the bot finds it, and the video comes."""
    stage.studio.faults.missing_project_id = True
    root = await make_video(stage)
    await until_video(stage, root)
    assert len(stage.studio.billed) == len(mentions(stage, root)) == 1


async def test_the_person_sees_that_the_bot_is_looking(stage: Stage) -> None:
    """While it looks, the thread says so, and that nothing is sent twice."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage)
    await until_says(stage, await until_reply(stage, root), "looking whether AI Studios received it")


@pytest.mark.parametrize("trouble", ["lost", "500", "a page of HTML"])
async def test_an_export_that_is_nowhere_becomes_a_question(
    stage: Stage, trouble: Literal["lost", "500", "a page of HTML"]
) -> None:
    """When nobody knows and nothing is found, the person is asked, once; the script was sent once."""
    sent = stage.studio.faults.add(
        "/simple/custom",
        times=None,
        drop="before" if trouble == "lost" else None,
        status=500 if trouble == "500" else None,
        body="<html>Bad gateway</html>" if trouble == "a page of HTML" else None,
    )
    question = await asked(stage, await make_video(stage))
    assert "couldn't find out" in text_of(question)
    assert action(question, SUBMIT_AGAIN) != action(question, LEAVE_IT)
    assert sent.hits == 1


async def test_submit_again_makes_the_video(stage: Stage) -> None:
    """*Submit again* sends the script once more, in the same thread, and the buttons go."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage)
    question = await asked(stage, root)
    press = action(question, SUBMIT_AGAIN)
    assert (await stage.slack.person(ANA).press(question, press)).error is None
    await until_video(stage, root)
    assert not [block for block in question.blocks if block["type"] == "actions"]
    assert len(stage.studio.billed) == len(videos(stage, root)) == 1


async def test_leave_it_leaves_it(stage: Stage) -> None:
    """*Leave it* ends the matter: the root says so, the buttons go, and nothing is sent."""
    sent = stage.studio.faults.add("/simple/custom", times=None, drop="before")
    root = await make_video(stage)
    question = await asked(stage, root)
    await stage.slack.person(ANA).press(question, action(question, LEAVE_IT))
    await until_says(stage, root, "left this avatar video as it is")
    assert not [block for block in question.blocks if block["type"] == "actions"]
    assert sent.hits == 1


async def test_only_the_first_answer_counts(stage: Stage) -> None:
    """A second press, of either button, does nothing more, and the person is told that it was answered."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage)
    question = await asked(stage, root)
    again, leave, person = action(question, SUBMIT_AGAIN), action(question, LEAVE_IT), stage.slack.person(ANA)
    drawn = list(question.blocks)
    for press in (again, again, leave):
        question.blocks = drawn
        await person.press(question, press)
    await until_video(stage, root)
    assert len(stage.studio.billed) == len(videos(stage, root)) == 1


async def test_nobody_else_may_decide(stage: Stage) -> None:
    """Somebody else's press spends nothing; only they read that it is not theirs to decide."""
    stage.studio.faults.add("/simple/custom", drop="before")
    question = await asked(stage, await make_video(stage))
    other = stage.slack.person(MINJI)
    await other.press(question, action(question, SUBMIT_AGAIN))
    (told,) = await stage.slack.until(other.ephemerals, what="a word to the other person")
    assert "결정" in told.text or "Only the person" in told.text
    assert len(stage.studio.billed) == 0
    assert action(question, SUBMIT_AGAIN)


async def test_the_question_survives_a_power_cut(stage: Stage) -> None:
    """Killed and started again after it asked, the bot still takes the answer."""
    stage.studio.faults.add("/simple/custom", drop="before")
    root = await make_video(stage)
    question = await asked(stage, root)
    await stage.bot.kill()
    await stage.bot.start()
    await stage.slack.person(ANA).press(question, action(question, SUBMIT_AGAIN))
    await until_video(stage, root)
    assert len(stage.studio.billed) == 1


async def test_a_power_cut_before_the_answer_never_bills_twice(stage: Stage) -> None:
    """Killed after AI Studios took the script and before it answered, the bot finds the export: one bill, one
    video, one mention."""
    stage.studio.faults.add("/simple/custom", delay=30)
    root = await make_video(stage)
    await until_submitted(stage)
    await stage.bot.kill()
    await stage.bot.start()
    await until_video(stage, root)
    assert len(stage.studio.billed) == len(videos(stage, root)) == len(mentions(stage, root)) == 1


async def test_a_refusal_is_no_question(stage: Stage) -> None:
    """When AI Studios clearly says no, the person is told so, without buttons."""
    stage.studio.faults.add("/simple/custom", status=400, error=(4000, "No such avatar"))
    root = await make_video(stage)
    assert "No such avatar" in await until_told(stage, root)
    assert not [block for message in mentions(stage, root) for block in message.blocks if block["type"] == "actions"]
