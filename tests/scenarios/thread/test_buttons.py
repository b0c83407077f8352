"""Below the messages of an export: *Try again*, *Edit and try again*, *Make another version*."""

import asyncio
from dataclasses import replace

import pytest

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.scenarios.presses import CLOSED, NOT_YOURS, buttons, form_of, is_refused, press
from tests.scenarios.scene import (
    ANA,
    MINJI,
    bills,
    element,
    make_video,
    mentions,
    newcomer,
    replies,
    text_of,
    until_announced,
    until_notified,
    until_says,
    until_submitted,
    until_true,
    until_video,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRY_AGAIN, EDIT, ANOTHER = "Try again", "Edit and try again", "Make another version"
CUSTOM = "/simple/custom"


async def rejected(stage: Stage, script: str, person: str = ANA, sign: str = "⚠️") -> tuple[Message, Message]:
    """A request that AI Studios refused: its root, and the reply that says so to the person."""
    stage.studio.faults.add(CUSTOM, error=(4000, "No such avatar"))
    root = await make_video(stage, person, script)
    await until_says(stage, root, sign)
    (told,) = mentions(stage, root, person)
    return root, told


async def until_again(stage: Stage, told: Message, words: str = "It is being made again") -> None:
    """Waits until the failure says that it is being made again, without buttons."""
    await until_says(stage, told, words)
    assert buttons(told) == {}


async def test_try_again_makes_the_video_in_the_same_thread(stage: Stage, script: str) -> None:
    """After a rejection, *Try again* brings one video into the thread; the buttons go, both messages show it."""
    root, told = await rejected(stage, script)
    stage.studio.hold()
    await press(stage, told, TRY_AGAIN)
    await until_again(stage, told)
    await until_says(stage, root, "🎬")
    await until_submitted(stage, script)
    stage.studio.release()
    await until_video(stage, root)
    assert bills(stage, script) == len(videos(stage, root)) == 1
    assert len(replies(stage, root)) == 3


async def test_try_again_in_korean(stage: Stage, script: str) -> None:
    """A Korean person reads Korean words on the buttons, on what follows, and in the message to somebody else."""
    root, told = await rejected(stage, script, MINJI)
    again, edit = buttons(told)
    assert (again, edit) == ("다시 시도", "고쳐서 다시 시도")
    stranger = newcomer(stage, "U0STRANGE", locale="ko-KR")
    assert "관리자" in await is_refused(stage, told, again, stranger)
    await press(stage, told, again, MINJI)
    await until_again(stage, told, "다시 만들고 있어요")
    await until_video(stage, root)
    assert bills(stage, script) == 1


async def test_two_presses_at_once_make_one_video(stage: Stage, script: str) -> None:
    """Pressed twice, and by two people at once, *Try again* makes one video."""
    root, told = await rejected(stage, script, MINJI)
    again = next(iter(buttons(told)))
    drawn = replace(told)
    await asyncio.gather(*(press(stage, drawn, again, person) for person in (MINJI, ANA, MINJI)))
    await until_video(stage, root)
    await press(stage, drawn, again, MINJI)
    await until_says(stage, root, "✅")
    assert bills(stage, script) == len(videos(stage, root)) == 1


async def test_an_admin_may_press(stage: Stage, script: str) -> None:
    """An admin may try somebody else's request again; the video is for the person who asked."""
    root, told = await rejected(stage, script, MINJI)
    await press(stage, told, next(iter(buttons(told))), ANA)
    await until_video(stage, root)
    assert len(mentions(stage, root, MINJI)) == 2
    assert mentions(stage, root, ANA) == []


@pytest.mark.parametrize("label", [TRY_AGAIN, EDIT])
async def test_a_stranger_may_not_press(stage: Stage, script: str, label: str) -> None:
    """Somebody else gets a friendly no that only they see; nothing is sent, opened or changed."""
    _, told = await rejected(stage, script)
    before = text_of(told)
    assert NOT_YOURS in await is_refused(stage, told, label, newcomer(stage, "U0CURIOUS"))
    assert text_of(told) == before
    assert label in buttons(told)
    assert bills(stage, script) == 0


@pytest.mark.parametrize("label", [TRY_AGAIN, EDIT])
async def test_a_button_of_an_unknown_export(stage: Stage, script: str, label: str) -> None:
    """On an old message whose export is nowhere to be found, the person is told that it is too late."""
    _, told = await rejected(stage, script)
    assert CLOSED in await is_refused(stage, with_value(told, "V0FORGOTTEN"), label)


async def test_a_button_of_an_export_that_ended_otherwise(stage: Stage, script: str) -> None:
    """A button below an old message, about an export that has its video by now, makes no second one."""
    _, told = await rejected(stage, script)
    root = await make_video(stage, script=f"{script} It works.")
    video = await until_video(stage, root)
    export_id = buttons(replies(stage, root)[0])[ANOTHER]["value"]
    await until_written_down(stage, export_id)
    assert CLOSED in await is_refused(stage, with_value(told, export_id), TRY_AGAIN)
    assert videos(stage, root) == [video]


async def until_written_down(stage: Stage, export_id: str) -> None:
    """The end shows in the thread a moment before it is in the history."""

    async def logged() -> bool:
        return f"export {export_id} has ended" in stage.bot.log.read_text()

    await until_true(logged, what=f"the end of {export_id}")


def with_value(message: Message, export_id: str) -> Message:
    """A message as it was drawn once, with buttons about that export."""
    blocks = [
        {**block, "elements": [{**one, "value": export_id} for one in block["elements"]]}
        if block["type"] == "actions"
        else block
        for block in message.blocks
    ]
    return replace(message, blocks=blocks)


async def test_edit_and_try_again_opens_the_filled_form(stage: Stage, script: str) -> None:
    """The form comes with what was asked for, and what is submitted is a request of its own."""
    _, told = await rejected(stage, script)
    view = await form_of(stage, told, EDIT)
    assert element(view, "script")["initial_value"] == script
    assert element(view, "model")["initial_option"]["value"] == "M000000101"
    assert element(view, "language")["initial_option"]["value"] == "en"
    assert element(view, "place")["initial_conversation"] == "C0GENERAL"
    changed = f"{script} Changed."
    submission = await stage.slack.person(ANA).submit(view, {"script": changed})
    assert submission.closed
    await until_video(stage, await until_announced(stage, changed))
    assert bills(stage, script) == 0


async def test_another_version_of_a_finished_video(stage: Stage, script: str) -> None:
    """Below a finished video the form can be had again, as it was; twice, too."""
    root = await make_video(stage, MINJI, script)
    await until_video(stage, root)
    reply = replies(stage, root)[0]
    (label,) = buttons(reply)
    assert label == "다른 버전 만들기"
    for _ in range(2):
        view = await form_of(stage, reply, label, MINJI)
        assert element(view, "script")["initial_value"] == script
        await stage.slack.person(MINJI).close(view)
    assert bills(stage, script) == 1


async def test_the_form_opens_when_slack_is_slow_to_tell_of_the_person(stage: Stage, script: str) -> None:
    """A trigger lives three seconds: the form opens in time although nothing is known about the person."""
    person = newcomer(stage, "U0SLOWONE")
    stage.slack.faults.add("users.info", times=None, delay=10)
    _, told = await rejected(stage, script, person)
    view = await form_of(stage, told, EDIT, person)
    assert element(view, "script")["initial_value"] == script


async def test_a_second_failure_has_buttons_of_its_own(stage: Stage, script: str) -> None:
    """When the second try fails as well, it can be tried a third time; each failure mentions the person once."""
    root, told = await rejected(stage, script)
    stage.studio.faults.add(CUSTOM, error=(4000, "Not yet"))
    await press(stage, told, TRY_AGAIN)
    await stage.slack.until(lambda: len(mentions(stage, root)) == 2, what="the second failure")
    await until_says(stage, root, "⚠️")
    await press(stage, mentions(stage, root)[1], TRY_AGAIN)
    await until_video(stage, root)
    assert bills(stage, script) == 1
    assert len(mentions(stage, root)) == 3


@pytest.mark.long
async def test_where_credits_may_be_spent_already_the_person_confirms(stage: Stage, script: str) -> None:
    """After a failed render, *Try again* asks first; after a plain refusal it does not."""
    _, told = await rejected(stage, script)
    assert "confirm" not in buttons(told)[TRY_AGAIN]
    stage.studio.hold()
    root = await make_video(stage, script=f"{script} Fails.")
    stage.studio.fail_render(await until_submitted(stage, f"{script} Fails."))
    stage.studio.release()
    await until_notified(stage, root)
    (failed,) = mentions(stage, root)
    assert "spend" in buttons(failed)[TRY_AGAIN]["confirm"]["text"]["text"]


async def test_the_file_is_named_after_the_first_words(stage: Stage, script: str) -> None:
    """Title, file name and alternative text of the video are the script's first words."""
    root = await make_video(stage, script=f"Grüße, Team! 안녕하세요.\n{script}")
    (file,) = (await until_video(stage, root)).files
    assert file.title.startswith("Grüße, Team! 안녕하세요. ")
    assert file.name.startswith("Grüße-Team-안녕하세요-")
    assert file.name.endswith(".mp4")
    asked = stage.slack.calls_to("files.getUploadURLExternal")[-1]
    assert asked.arguments["alt_txt"] == file.title
