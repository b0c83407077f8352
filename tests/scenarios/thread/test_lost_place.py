"""The place of a video goes while it is made: the person gets what there is by direct message, once."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from bot.demo.slack import Channel, Message
from bot.demo.stage import Stage
from tests.scenarios.presses import buttons, press
from tests.scenarios.scene import (
    ANA,
    MINJI,
    bills,
    make_video,
    quickly_staged,
    restart,
    text_of,
    until_reply,
    until_says,
    until_submitted,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUSTOM = "/simple/custom"
Loss = Callable[[Stage, Message], None]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that soon gives up looking for what AI Studios never got."""
    folder = tmp_path_factory.mktemp("places")
    async with quickly_staged(folder, settings={"POLL_SECONDS": "0.1"}, slack={"time_scale": 60}) as ready:
        yield ready


def archived(stage: Stage, root: Message) -> None:
    stage.slack.archive_channel(root.channel)


def deleted(stage: Stage, root: Message) -> None:
    stage.slack.delete_channel(root.channel)


def without_the_bot(stage: Stage, root: Message) -> None:
    stage.slack.remove_bot(root.channel)


def without_its_root(stage: Stage, root: Message) -> None:
    stage.slack.person(ANA).delete(root)


LOSSES = [archived, deleted, without_the_bot, without_its_root]


def new_place(stage: Stage) -> str:
    """A channel of these people and the bot, for one test to break."""
    world = stage.slack.world
    channel = Channel(world.new_id("C"), "short-lived", "public", {ANA, MINJI, world.bot_user_id}, creator=ANA)
    world.channels[channel.id] = channel
    return channel.id


def direct_messages(stage: Stage, person: str, known: int = 0) -> list[Message]:
    """What the bot wrote to this person alone, from the `known`-th message on."""
    channel = stage.slack.world.direct_message(person)
    return list(channel.messages.values())[known:]


async def until_direct(stage: Stage, person: str, known: int) -> Message:
    """The one new direct message."""
    (message,) = await stage.slack.until(lambda: direct_messages(stage, person, known), what="a direct message")
    return message


async def until_idle(stage: Stage, script: str) -> None:
    """Waits until another video has come, by when whatever the bot still had to say is said."""
    root = await make_video(stage, script=f"Another one than {script}")
    await stage.slack.until(lambda: videos(stage, root), what="the other video")


async def rendering(stage: Stage, script: str, person: str = ANA) -> Message:
    """The root message of a video that AI Studios renders, in a place of its own."""
    stage.studio.hold()
    root = await make_video(stage, person, script, place=new_place(stage))
    await until_submitted(stage, script)
    return root


@pytest.mark.parametrize("lose", LOSSES)
@pytest.mark.parametrize(
    ("person", "words"), [(ANA, "I can't post in its thread any more"), (MINJI, "스레드에 더 이상 올릴 수 없어서")]
)
async def test_the_video_comes_by_direct_message(
    stage: Stage, script: str, lose: Loss, person: str, words: str
) -> None:
    """Its place lost while it is rendered, the video comes to the person directly, once, with words that say why."""
    known = len(direct_messages(stage, person))
    root = await rendering(stage, script, person)
    lose(stage, root)
    stage.studio.release()
    message = await until_direct(stage, person, known)
    assert len(message.files) == 1
    assert words in message.text
    await until_idle(stage, script)
    assert direct_messages(stage, person, known) == [message]
    assert videos(stage, root) == []
    assert bills(stage, script) == 1


@pytest.mark.parametrize("lose", LOSSES)
async def test_a_failure_comes_by_direct_message(stage: Stage, script: str, lose: Loss) -> None:
    """Its place lost, a failed render is told directly, with the script, the link, and a way to go on."""
    known = len(direct_messages(stage, ANA))
    root = await rendering(stage, script)
    lose(stage, root)
    project_id = await until_submitted(stage, script)
    stage.studio.fail_render(project_id)
    stage.studio.release()
    message = await until_direct(stage, ANA, known)
    assert "couldn't render it" in text_of(message)
    assert script in text_of(message)
    assert f"/{project_id}|" in text_of(message)
    assert list(buttons(message)) == ["Try again", "Edit and try again"]


async def test_a_question_comes_by_direct_message(stage: Stage, script: str) -> None:
    """Its place lost, the question is asked directly; answered there, the video comes there as well."""
    known = len(direct_messages(stage, ANA))
    stage.studio.faults.add(CUSTOM, delay=2, drop="before")
    root = await make_video(stage, script=script, place=new_place(stage))
    await until_says(stage, await until_reply(stage, root), "Sending the script")
    archived(stage, root)
    question = await until_direct(stage, ANA, known)
    assert "couldn't find out" in text_of(question)
    await press(stage, question, "Submit again")
    await stage.slack.until(lambda: len(direct_messages(stage, ANA, known)) == 2, what="the video")
    assert len(direct_messages(stage, ANA, known)[1].files) == 1
    assert buttons(question) == {}
    assert bills(stage, script) == 1


async def test_the_video_comes_once_after_a_power_cut(stage: Stage, script: str) -> None:
    """Killed while Slack takes the direct message, the bot finds it when it is back, and sends no second one."""
    known = len(direct_messages(stage, ANA))
    root = await rendering(stage, script)
    archived(stage, root)
    # The first completion is refused for the archived channel; the next one is the direct message's.
    stage.slack.faults.add("files.completeUploadExternal", after=1, drop="after")
    stage.studio.release()
    message = await until_direct(stage, ANA, known)
    await restart(stage)
    await until_idle(stage, script)
    assert direct_messages(stage, ANA, known) == [message]


async def test_a_video_whose_upload_was_refused_too(stage: Stage, script: str) -> None:
    """When Slack does not take the file in the direct messages either, the person gets the link there."""
    known = len(direct_messages(stage, ANA))
    root = await rendering(stage, script)
    archived(stage, root)
    stage.slack.faults.add("files.completeUploadExternal", after=1, error="file_uploads_disabled")
    stage.studio.release()
    message = await until_direct(stage, ANA, known)
    assert "file_uploads_disabled" in text_of(message)
    assert f"{stage.studio.base_url}/videos/" in text_of(message)
