"""Power cuts and restarts: the video arrives all the same, and nothing is billed, posted or mentioned twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    bills,
    make_video,
    mentions,
    quickly_staged,
    replies,
    restart,
    submit,
    text_of,
    until_announced,
    until_submitted,
    until_taken,
    until_true,
    until_video,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that asks soon for what it missed."""
    folder = tmp_path_factory.mktemp("restarts")
    async with quickly_staged(folder, settings={"POLL_SECONDS": "1"}, slack={"time_scale": 60}) as ready:
        yield ready


def is_there_once(stage: Stage, root: Message, script: str) -> bool:
    """One announcement, in its thread one progress reply and one video that mentions, and one bill."""
    announced = [message for message in stage.slack.messages(root.channel) if script in text_of(message)]
    _, *others = replies(stage, root)
    return announced == [root] and others == videos(stage, root) == mentions(stage, root) and bills(stage, script) == 1


@pytest.mark.long
async def test_a_render_that_ends_while_the_bot_is_dead_arrives(stage: Stage, script: str) -> None:
    """After `kill -9` in mid-render and a render that ends unheard, the next start brings the video."""
    stage.studio.hold()
    root = await make_video(stage, script=script)
    await until_taken(stage, root)
    await stage.bot.kill()
    project = stage.studio.projects[await until_submitted(stage, script)]
    stage.studio.release()
    await stage.studio.until(lambda: project.state == "exported", what="the end of the render")
    await stage.bot.start()
    await until_video(stage, root)
    assert is_there_once(stage, root, script)


@pytest.mark.parametrize(
    ("method", "count"),
    [
        ("chat.postMessage", 1),
        ("chat.postMessage", 2),
        ("chat.update", 1),
        ("files.getUploadURLExternal", 1),
        ("files.completeUploadExternal", 1),
        ("chat.update", 3),
    ],
)
async def test_a_power_cut_right_after_a_call_doubles_nothing(
    stage: Stage, script: str, method: str, count: int
) -> None:
    """Killed just after Slack carried a call out, the bot goes on where it was: one thread, one bill, one mention."""
    before = len(stage.slack.calls_to(method))
    stage.slack.faults.add(method, after=count - 1, drop="after")
    await submit(stage, script=script)
    await stage.slack.until(
        lambda: len(stage.slack.calls_to(method)) >= before + count, what=f"{method}, {count} times"
    )
    await restart(stage)
    root = await until_announced(stage, script)
    await until_video(stage, root)
    assert is_there_once(stage, root, script)


async def test_a_power_cut_in_the_middle_of_the_upload_is_no_harm(stage: Stage, script: str) -> None:
    """Killed while the video is on its way to Slack, the bot brings it after the restart, once."""
    upload = stage.slack.faults.add("upload", delay=30)
    root = await make_video(stage, script=script)

    async def uploading() -> bool:
        return upload.times == 0

    await until_true(uploading, what="an upload")
    await restart(stage)
    await until_video(stage, root)
    assert is_there_once(stage, root, script)


async def test_a_power_cut_before_ai_studios_answered_never_bills_twice(stage: Stage, script: str) -> None:
    """Killed after AI Studios took the script and before it answered, the bot finds the export and goes on."""
    stage.studio.faults.add("/simple/custom", delay=30)
    root = await make_video(stage, script=script)
    await until_submitted(stage, script)
    await restart(stage)
    await until_video(stage, root)
    assert is_there_once(stage, root, script)


@pytest.mark.long
async def test_a_stop_in_mid_render_is_obeyed_and_goes_on_after_the_start(stage: Stage, script: str) -> None:
    """SIGTERM ends the bot with exit code 0 although a render is under way, and the next start brings the video."""
    stage.studio.hold()
    root = await make_video(stage, script=script)
    await until_taken(stage, root)
    assert await stage.bot.stop() == 0
    stage.studio.release()
    await stage.bot.start()
    await until_video(stage, root)
    assert is_there_once(stage, root, script)


async def test_a_stop_in_mid_render_is_nothing_to_complain_about(tmp_path: Path) -> None:
    """An ordinary stop leaves no error and no traceback in the log, also when an export wakes up meanwhile."""
    async with quickly_staged(tmp_path, settings={"POLL_SECONDS": "0.5"}) as stage:
        stage.studio.hold()
        await until_taken(stage, await make_video(stage))
        await stage.bot.stop()
        log = stage.bot.log.read_text()
        assert "listening" in log
        assert "Traceback" not in log
        assert "ERROR" not in log


async def test_a_stop_while_ai_studios_hangs_is_obeyed(stage: Stage, script: str) -> None:
    """SIGTERM is obeyed also while AI Studios keeps the bot waiting for an answer to the script."""
    stage.studio.faults.add("/simple/custom", delay=30)
    root = await make_video(stage, script=script)
    await until_submitted(stage, script)
    assert await stage.bot.stop() == 0
    await stage.bot.start()
    await until_video(stage, root)
    assert is_there_once(stage, root, script)


async def test_what_was_finished_stays_finished(stage: Stage, script: str) -> None:
    """A restart after the video changes nothing in its thread."""
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    before = [text_of(message) for message in [root, *replies(stage, root)]]
    await restart(stage)
    await until_video(stage, await make_video(stage, script="After the restart."))
    assert [text_of(message) for message in [root, *replies(stage, root)]] == before
    assert is_there_once(stage, root, script)
