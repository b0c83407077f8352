"""A form that is sent twice is one video and one bill; a form that is not taken can be sent again."""

import asyncio

import pytest

from bot.demo.slack import TROUBLE, Submission, View
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    answers,
    bills,
    is_content,
    make_video,
    mentions,
    open_form,
    text_of,
    until_announced,
    until_video,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def pressed(stage: Stage, view: View, script: str, *, again: bool = False) -> Submission:
    """Submit is pressed in a form that is filled in."""
    return await stage.slack.person(ANA).submit(view, await answers(stage, view, script), again=again)


async def test_submit_pressed_several_times_at_once_is_one_video(stage: Stage, script: str) -> None:
    """Submissions of the same form side by side are all taken, and make one video for one bill."""
    view = await open_form(stage)
    sent = await asyncio.gather(*(pressed(stage, view, script, again=True) for _ in range(5)))
    assert all(is_content(one.reply) for one in sent)
    await until_video(stage, await until_announced(stage, script))
    await overtaken(stage)
    assert is_there_once(stage, script)


async def test_a_submission_that_comes_again_after_the_end_is_nothing_new(stage: Stage, script: str) -> None:
    """The same form once more, when its video is long there, is taken and does nothing."""
    view = await open_form(stage)
    await pressed(stage, view, script)
    await until_video(stage, await until_announced(stage, script))
    assert is_content((await pressed(stage, view, script, again=True)).reply)
    await overtaken(stage)
    assert is_there_once(stage, script)


async def overtaken(stage: Stage) -> None:
    """Another video is made: what a doubled export would have done by now, it has overtaken."""
    await until_video(stage, await make_video(stage, script="The next one."))


def is_there_once(stage: Stage, script: str) -> bool:
    """One announcement, one video, one mention and one bill."""
    (root,) = (message for message in stage.slack.messages("C0GENERAL") if script in text_of(message))
    return bills(stage, script) == len(videos(stage, root)) == len(mentions(stage, root)) == 1


async def test_two_forms_are_two_videos(stage: Stage, script: str) -> None:
    """The same script from two forms is two videos: the person asked twice."""
    for _ in range(2):
        await until_video(stage, await make_video(stage, script=script))
    assert bills(stage, script) == 2


async def test_a_form_that_is_sent_while_the_bot_is_down_can_be_sent_again(stage: Stage, script: str) -> None:
    """The person keeps the form with everything in it, and after the restart the same form makes one video."""
    view = await open_form(stage)
    filled = await answers(stage, view, script)
    await stage.bot.kill()
    assert (await stage.slack.person(ANA).submit(view, filled)).error == TROUBLE
    await stage.bot.start()
    assert (await stage.slack.person(ANA).submit(view)).closed
    await until_video(stage, await until_announced(stage, script))
    assert is_there_once(stage, script)


async def test_half_of_an_emoji_is_no_hindrance(stage: Stage, script: str) -> None:
    """A character that was cut in two, as some keyboards leave it, is left out, and the rest is said."""
    await pressed(stage, await open_form(stage), f"{script}\ud83d Bye.")
    root = await until_announced(stage, f"{script} Bye.")
    await until_video(stage, root)
    assert bills(stage, f"{script} Bye.") == 1
