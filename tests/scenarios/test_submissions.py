"""A form that is sent twice is one video and one bill; a form that is not taken can be sent again."""

import asyncio
from pathlib import Path

from bot.demo.slack import TROUBLE, Submission, View
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    SCRIPT,
    answers,
    is_content,
    make_video,
    mentions,
    open_form,
    quickly_staged,
    until_announced,
    until_video,
    videos,
)


async def filled_in(stage: Stage) -> View:
    """A form that only waits for Submit."""
    view = await open_form(stage)
    refused = await stage.slack.person(ANA).submit(view, {**await answers(stage, view), "script": " "})
    assert "script" in refused.errors
    return view


async def pressed(stage: Stage, view: View, *, again: bool = False) -> Submission:
    """Submit is pressed."""
    return await stage.slack.person(ANA).submit(view, {"script": SCRIPT}, again=again)


async def test_submit_pressed_several_times_at_once_is_one_video(stage: Stage) -> None:
    """Submissions of the same form side by side are all taken, and make one video for one bill."""
    view = await filled_in(stage)
    sent = await asyncio.gather(*(pressed(stage, view, again=True) for _ in range(5)))
    assert all(is_content(one.reply) for one in sent)
    root = await until_announced(stage)
    await until_video(stage, root)
    await another_video(stage)
    assert await counts(stage) == (2, 2)
    assert len(videos(stage, root)) == len(mentions(stage, root)) == 1


async def test_a_submission_that_comes_again_after_the_end_is_nothing_new(stage: Stage) -> None:
    """The same form once more, when its video is long there, is taken and does nothing."""
    view = await filled_in(stage)
    await pressed(stage, view)
    root = await until_announced(stage)
    await until_video(stage, root)
    assert is_content((await pressed(stage, view, again=True)).reply)
    await another_video(stage)
    assert await counts(stage) == (2, 2)
    assert len(videos(stage, root)) == len(mentions(stage, root)) == 1


async def another_video(stage: Stage) -> None:
    """What a doubled export would have done by now, this later one has overtaken."""
    await until_video(stage, await make_video(stage, script="The next one."))


async def counts(stage: Stage) -> tuple[int, int]:
    """How many exports were announced, and how many were billed."""
    return len(stage.slack.messages("C0GENERAL")), len(stage.studio.billed)


async def test_two_forms_are_two_videos(stage: Stage) -> None:
    """The same script from two forms is two videos: the person asked twice."""
    for count in (1, 2):
        view = await filled_in(stage)
        await pressed(stage, view)
        await stage.studio.until(lambda wanted=count: len(stage.studio.billed) == wanted, what="one more bill")


async def test_a_form_that_is_sent_while_the_bot_is_down_can_be_sent_again(tmp_path: Path) -> None:
    """The person keeps the form with everything in it, and after the restart the same form makes one video."""
    async with quickly_staged(tmp_path) as stage:
        view = await filled_in(stage)
        await stage.bot.kill()
        assert (await pressed(stage, view)).error == TROUBLE
        await stage.bot.start()
        assert (await pressed(stage, view)).closed
        await until_video(stage, await until_announced(stage))
        assert len(stage.studio.billed) == 1
