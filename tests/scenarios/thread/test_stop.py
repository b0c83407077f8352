"""*Stop*: the bot follows a video no longer; what AI Studios does not have yet is not sent."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.scenarios.presses import CLOSED, NOT_YOURS, buttons, form_of, is_refused, press, until_offers
from tests.scenarios.scene import (
    ANA,
    MINJI,
    bills,
    element,
    make_video,
    mentions,
    newcomer,
    quickly_staged,
    replies,
    text_of,
    until_announced,
    until_reply,
    until_says,
    until_submitted,
    until_true,
    until_video,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

STOP, DISCARD, EDIT = "Stop", "Delete the project", "Edit and make again"
CUSTOM, PROJECT = "/simple/custom", "/editor/project"
NOTHING_SPENT = "Nothing was spent"
NO_LONGER_FOLLOWED = "I no longer follow it"
APPROVERS = "C0STUDIO1"


async def rendering(stage: Stage, script: str, person: str = ANA) -> tuple[Message, Message]:
    """A video that AI Studios renders, and does not get done with: its root and the reply with the buttons."""
    stage.studio.hold()
    root = await make_video(stage, person, script)
    await until_submitted(stage, script)
    reply = await until_reply(stage, root)
    await stage.slack.until(lambda: "📬" in text_of(reply) or "🎞️" in text_of(reply), what="the render")
    return root, reply


async def stopped(stage: Stage, script: str) -> tuple[Message, Message]:
    """A video that was stopped while it was rendered."""
    root, reply = await rendering(stage, script)
    await press(stage, reply, STOP)
    await until_offers(stage, reply, DISCARD)
    return root, reply


def deletions(stage: Stage) -> int:
    """How often AI Studios was asked to delete something."""
    return sum(call.method == "DELETE" for call in stage.studio.calls)


async def until_rendered(stage: Stage, script: str) -> None:
    """Lets the render come to its end, of which the webhooks tell."""
    project_id = await until_submitted(stage, script)
    stage.studio.release()
    await stage.studio.until(lambda: stage.studio.projects[project_id].state == "exported", what="the render's end")
    # Whatever the bot makes of it is over once it has made another one.
    other = f"Another one than {script}"
    await until_video(stage, await make_video(stage, script=other))


async def test_stop_while_it_is_rendered(stage: Stage, script: str) -> None:
    """The thread says who stopped it and that AI Studios cannot; the video that is made all the same does not come."""
    root, reply = await rendering(stage, script)
    assert "can't cancel" in buttons(reply)[STOP]["confirm"]["text"]["text"]
    await press(stage, reply, STOP)
    await until_says(stage, reply, f"<@{ANA}> stopped it. AI Studios can't cancel a video")
    await until_says(stage, root, "⏹️")
    await until_rendered(stage, script)
    assert NO_LONGER_FOLLOWED in text_of(reply)
    assert videos(stage, root) == mentions(stage, root) == []
    assert bills(stage, script) == 1


async def test_the_project_can_be_deleted_then(stage: Stage, script: str) -> None:
    """*Delete the project* asks first, deletes at AI Studios once however often it is pressed, and says so."""
    _, reply = await stopped(stage, script)
    assert "for good" in buttons(reply)[DISCARD]["confirm"]["text"]["text"]
    drawn, known = replace(reply), deletions(stage)
    await asyncio.gather(*(press(stage, drawn, DISCARD) for _ in range(3)))
    await until_says(stage, reply, "deleted the project")
    assert await until_submitted(stage, script) not in stage.studio.projects
    assert set(buttons(reply)) == {EDIT}
    await press(stage, drawn, DISCARD)
    stage.studio.release()
    await until_video(stage, await make_video(stage, script=f"After {script}"))
    assert deletions(stage) == known + 1


async def test_a_busy_ai_studios_deletes_it_later(stage: Stage, script: str) -> None:
    """When AI Studios has no time for it, the project is deleted a little later."""
    _, reply = await stopped(stage, script)
    busy = stage.studio.faults.add(PROJECT, status=503)
    await press(stage, reply, DISCARD)
    await until_says(stage, reply, "deleted the project")
    assert busy.hits == 1
    assert await until_submitted(stage, script) not in stage.studio.projects


async def test_a_project_that_cannot_be_deleted(stage: Stage, script: str) -> None:
    """When AI Studios refuses, the person is asked to delete it there, with the link."""
    _, reply = await stopped(stage, script)
    stage.studio.faults.add(PROJECT, error=(4000, "This project is locked"))
    await press(stage, reply, DISCARD)
    await until_says(stage, reply, "please delete it there")
    assert f"/{await until_submitted(stage, script)}|Open in AI Studios>" in text_of(reply)
    assert set(buttons(reply)) == {EDIT}


async def test_stop_in_korean(stage: Stage, script: str) -> None:
    """A Korean person reads Korean words all along; an admin may stop and delete, and is named."""
    root, reply = await rendering(stage, script, MINJI)
    stranger = newcomer(stage, "U0STRANGE", locale="ko-KR")
    assert "관리자" in await is_refused(stage, reply, "제작 중단", stranger)
    await press(stage, reply, "제작 중단", ANA)
    await until_says(stage, reply, f"⏹️ <@{ANA}> 님이 제작을 중단했어요.")
    await until_says(stage, root, "⏹️")
    assert "관리자" in await is_refused(stage, reply, "프로젝트 삭제", stranger)
    await press(stage, reply, "프로젝트 삭제", ANA)
    await until_says(stage, reply, "🗑️")


async def test_what_was_stopped_can_be_edited_and_made_again(stage: Stage, script: str) -> None:
    """*Edit and make again* opens the form as it was filled in; what is submitted is a request of its own."""
    _, reply = await stopped(stage, script)
    view = await form_of(stage, reply, EDIT)
    assert element(view, "script")["initial_value"] == script
    assert element(view, "model")["initial_option"]["value"] == "M000000101"
    assert element(view, "language")["initial_option"]["value"] == "en"
    assert element(view, "place")["initial_conversation"] == "C0GENERAL"
    stage.studio.release()
    changed = f"{script} Changed."
    assert (await stage.slack.person(ANA).submit(view, {"script": changed})).closed
    await until_video(stage, await until_announced(stage, changed))
    assert set(buttons(reply)) == {EDIT, DISCARD}
    assert (bills(stage, script), bills(stage, changed)) == (1, 1)


async def test_what_was_stopped_is_billed_once_more_however_often_one_presses(stage: Stage, script: str) -> None:
    """Pressing twice spends nothing, and a form that is sent three times, two of them at once, makes one video."""
    stage.studio.faults.add(CUSTOM, times=None, status=503, retry_after=600)
    root = await make_video(stage, script=script)
    reply = await until_reply(stage, root)
    await until_says(stage, reply, "busy right now")
    await press(stage, reply, STOP)
    await until_offers(stage, reply, EDIT)
    stage.studio.faults.clear()
    first, view = await asyncio.gather(*(form_of(stage, reply, EDIT) for _ in range(2)))
    await stage.slack.person(ANA).close(first)
    assert bills(stage, script) == 0
    known, person = [message.ts for message in stage.slack.messages("C0GENERAL")], stage.slack.person(ANA)
    await asyncio.gather(*(person.submit(view, {"script": script}) for _ in range(2)))
    await person.submit(view, {"script": script}, again=True)
    await until_video(stage, await until_announced(stage, script, known=known))
    await until_video(stage, await make_video(stage, script=f"After {script}"))
    assert bills(stage, script) == 1
    assert set(buttons(reply)) == {EDIT}


async def test_editing_what_was_stopped_in_korean(stage: Stage, script: str) -> None:
    """The button and the form speak Korean; a stranger may not press."""
    _, reply = await rendering(stage, script, MINJI)
    await press(stage, reply, "제작 중단", MINJI)
    await until_offers(stage, reply, "고쳐서 다시 만들기")
    stranger = newcomer(stage, "U0STRANGE", locale="ko-KR")
    assert "관리자" in await is_refused(stage, reply, "고쳐서 다시 만들기", stranger)
    view = await form_of(stage, reply, "고쳐서 다시 만들기", MINJI)
    assert view.body["title"]["text"] == "아바타 영상 만들기"
    assert element(view, "script")["initial_value"] == script


async def test_only_the_person_and_admins_may_stop(stage: Stage, script: str) -> None:
    """Somebody else gets a friendly no, and the video comes."""
    root, reply = await rendering(stage, script)
    assert NOT_YOURS in await is_refused(stage, reply, STOP, newcomer(stage, "U0CURIOUS"))
    stage.studio.release()
    await until_video(stage, root)


async def test_stop_pressed_by_two_at_once(stage: Stage, script: str) -> None:
    """Both presses stop it once; a press on what was drawn before tells that it is over."""
    root, reply = await rendering(stage, script, MINJI)
    drawn = replace(reply)
    await asyncio.gather(press(stage, drawn, "제작 중단", MINJI), press(stage, drawn, "제작 중단", ANA))
    await until_says(stage, root, "⏹️")
    admin = stage.slack.person(ANA)

    async def told() -> bool:
        await press(stage, drawn, "제작 중단", ANA)
        return any(CLOSED in text_of(message) for message in admin.ephemerals())

    await until_true(told, what="the message that it is over")
    assert replies(stage, root)[1:] == []


async def test_stop_while_ai_studios_is_busy(stage: Stage, script: str) -> None:
    """While the bot waits for a busy AI Studios, a stop counts at once: nothing is sent or billed."""
    busy = stage.studio.faults.add(CUSTOM, times=None, status=503, retry_after=600)
    root = await make_video(stage, script=script)
    reply = await until_reply(stage, root)
    await until_says(stage, reply, "busy right now")
    await press(stage, reply, STOP)
    await until_says(stage, reply, NOTHING_SPENT)
    await until_says(stage, root, "stopped before anything was sent")
    assert busy.hits == 1
    assert bills(stage, script) == 0
    assert set(buttons(reply)) == {EDIT}


async def test_stop_while_the_bot_is_looking(stage: Stage, script: str) -> None:
    """While the outcome of the submission is unknown, a stop says so, and nobody is asked any more."""
    stage.studio.faults.add(CUSTOM, drop="before")
    root = await make_video(stage, script=script)
    reply = await until_reply(stage, root)
    await until_says(stage, reply, "looking whether AI Studios received it")
    await press(stage, reply, STOP)
    await until_says(stage, reply, "it may still be made")
    await until_says(stage, root, "avatar video was stopped")
    assert set(buttons(reply)) == {EDIT}
    assert mentions(stage, root) == []


async def test_stop_before_it_is_in_line(stage: Stage, script: str) -> None:
    """Pressed the moment the reply is there, which may be before there is anything to stop, it is stopped."""
    # Slack takes the reply but its answer is lost: until the bot has found it, it goes no further.
    stage.slack.faults.add("chat.postMessage", after=1, drop="after")
    stage.studio.hold()
    root = await make_video(stage, script=script)
    reply = await until_reply(stage, root)
    await press(stage, reply, STOP)
    await until_says(stage, root, "⏹️")
    await until_says(stage, reply, f"<@{ANA}> stopped it")
    stage.studio.release()
    await until_video(stage, await make_video(stage, script=f"After {script}"))
    assert (NOTHING_SPENT in text_of(reply)) == (bills(stage, script) == 0)
    assert videos(stage, root) == []


@pytest.mark.long
async def test_stop_right_at_the_end(stage: Stage, script: str) -> None:
    """Whether the stop or the video comes first, one of the two is told and the other is not."""
    scripts = [f"{script} ({number})" for number in range(4)]
    roots = [(await rendering(stage, one))[0] for one in scripts]
    drawn = [replace(replies(stage, root)[0]) for root in roots]
    stage.studio.release()
    for reply in drawn:
        await press(stage, reply, STOP)
    for root in roots:
        await until_ended(stage, root)
        if text_of(root).startswith("✅"):
            await until_video(stage, root)
        was_stopped = text_of(root).startswith("⏹️")
        assert len(videos(stage, root)) == (0 if was_stopped else 1)
        assert text_of(replies(stage, root)[0]).startswith("⏹️" if was_stopped else "✅")


async def until_ended(stage: Stage, root: Message) -> None:
    """Waits until root and reply tell an end."""
    both = (root, replies(stage, root)[0])
    await stage.slack.until(lambda: all(text_of(one).startswith(("⏹️", "✅")) for one in both), what="an end")


async def test_stop_in_line(tmp_path: Path) -> None:
    """A request that waits for its turn is stopped at once, and is not billed when its turn comes."""
    first, second, third = (f"The {name} video of this test." for name in ("first", "second", "third"))
    settings = {"MAX_CONCURRENT_EXPORTS": "1"}
    async with quickly_staged(tmp_path, settings=settings, slack={"time_scale": 60}) as stage:
        root, _ = await rendering(stage, first)
        waiting = await make_video(stage, script=second)
        reply = await until_reply(stage, waiting)
        await until_says(stage, reply, "In line.")
        await press(stage, reply, STOP)
        await until_says(stage, reply, NOTHING_SPENT)
        await until_says(stage, waiting, "stopped before anything was sent")
        stage.studio.release()
        await until_video(stage, root)
        await until_video(stage, await make_video(stage, script=third))
        assert bills(stage, second) == 0
        assert NOTHING_SPENT in text_of(reply)
        assert len(replies(stage, waiting)) == 1


async def test_stop_while_somebody_has_to_approve(tmp_path: Path) -> None:
    """A request that was withdrawn needs no approval any more: its buttons go there, and nothing is sent."""
    async with quickly_staged(tmp_path, settings={"APPROVAL_CHANNEL": APPROVERS}) as stage:
        root = await make_video(stage)
        reply = await until_reply(stage, root)
        (asked,) = await stage.slack.until(lambda: stage.slack.messages(APPROVERS), what="the request to approve")
        await press(stage, reply, STOP)
        await until_says(stage, reply, NOTHING_SPENT)
        await until_says(stage, asked, "stopped before anybody decided")
        assert buttons(asked) == {}
        assert not stage.studio.billed


@pytest.mark.long
@pytest.mark.parametrize("place", ["rendering", "in line"])
async def test_a_stop_survives_a_power_cut(tmp_path: Path, place: str) -> None:
    """Killed right after a press that it has acknowledged, the bot stops it when it is back."""
    settings = {"MAX_CONCURRENT_EXPORTS": "1"}
    async with quickly_staged(tmp_path, settings=settings) as stage:
        root, reply = await rendering(stage, "This one is in the making.")
        if place == "in line":
            root = await make_video(stage, script="This one waits.")
            reply = await until_reply(stage, root)
            await until_says(stage, reply, "In line.")
        await press(stage, reply, STOP)
        await stage.bot.kill()
        await stage.bot.start()
        await until_says(stage, root, "⏹️")
        await until_says(stage, reply, f"<@{ANA}> stopped it")
        stage.studio.release()
        await until_video(stage, await make_video(stage, script="One after that."))
        assert videos(stage, root) == []
        assert bills(stage, "This one waits.") == 0
