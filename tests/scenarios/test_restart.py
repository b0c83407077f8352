"""Power cuts and restarts: the video arrives all the same, and nothing is billed, posted or mentioned twice."""

from pathlib import Path

import pytest

from bot.demo.stage import Stage
from tests.scenarios.scene import (
    make_video,
    mentions,
    quickly_staged,
    replies,
    submit,
    text_of,
    until_announced,
    until_submitted,
    until_told,
    until_true,
    until_video,
    until_webhook_is_live,
    videos,
)


def is_told_once(stage: Stage) -> bool:
    """One root, in its thread one progress reply and one reply that mentions, and one bill at most."""
    (root,) = stage.slack.messages("C0GENERAL")
    return len(replies(stage, root)) == 2 and len(mentions(stage, root)) == 1 and len(stage.studio.billed) <= 1


async def until_exported(stage: Stage, project_id: str) -> None:
    """Waits until the render is over at AI Studios."""
    await stage.studio.until(
        lambda: stage.studio.projects[project_id].state == "exported", what="the end of the render"
    )


async def test_a_render_that_ends_while_the_bot_is_dead_arrives(tmp_path: Path) -> None:
    """After `kill -9` in mid-render and a render that ends unheard, the next start brings the video."""
    async with quickly_staged(tmp_path, settings={"POLL_SECONDS": "1"}, studio={"render_seconds": 1}) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        await until_webhook_is_live(stage, root)
        await stage.bot.kill()
        project_id = await until_submitted(stage)
        stage.studio.release()
        await until_exported(stage, project_id)
        await stage.bot.start()
        await until_video(stage, root)
        assert is_told_once(stage)


@pytest.mark.parametrize(
    ("method", "count"),
    [
        ("conversations.info", 2),
        ("chat.postMessage", 1),
        ("chat.postMessage", 2),
        ("chat.update", 1),
        ("files.getUploadURLExternal", 1),
        ("files.completeUploadExternal", 1),
        ("chat.update", 4),
    ],
)
async def test_a_power_cut_right_after_a_call_doubles_nothing(tmp_path: Path, method: str, count: int) -> None:
    """Killed just after Slack carried a call out, the bot goes on where it was: one thread, one bill, one mention."""
    async with quickly_staged(tmp_path, settings={"POLL_SECONDS": "1"}) as stage:
        stage.slack.faults.add(method, after=count - 1, drop="after")
        await submit(stage)
        await stage.slack.until(lambda: len(stage.slack.calls_to(method)) >= count, what=f"{method}, {count} times")
        await stage.bot.kill()
        await stage.bot.start()
        root = await until_announced(stage)
        await until_told(stage, root)
        assert is_told_once(stage)


async def test_a_power_cut_in_the_middle_of_the_upload_is_no_harm(tmp_path: Path) -> None:
    """Killed while the video is on its way to Slack, the bot brings it after the restart, once."""
    async with quickly_staged(tmp_path, settings={"POLL_SECONDS": "1"}) as stage:
        upload = stage.slack.faults.add("upload", delay=30)
        root = await make_video(stage)

        async def uploading() -> bool:
            return upload.times == 0

        await until_true(uploading, what="an upload")
        await stage.bot.kill()
        await stage.bot.start()
        await until_video(stage, root)
        assert is_told_once(stage)


async def test_two_restarts_in_a_row_are_no_harm(tmp_path: Path) -> None:
    """Killed again right after it came back, the bot still brings one video."""
    async with quickly_staged(tmp_path, settings={"POLL_SECONDS": "1"}) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        await until_webhook_is_live(stage, root)
        for _ in range(2):
            await stage.bot.kill()
            await stage.bot.start()
        stage.studio.release()
        await until_video(stage, root)
        assert is_told_once(stage)


async def test_a_stop_in_mid_render_is_obeyed_and_goes_on_after_the_start(tmp_path: Path) -> None:
    """SIGTERM ends the bot with exit code 0 although a render is under way, and the next start brings the video."""
    async with quickly_staged(tmp_path, settings={"POLL_SECONDS": "1"}) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        await until_webhook_is_live(stage, root)
        assert await stage.bot.stop() == 0
        stage.studio.release()
        await stage.bot.start()
        await until_video(stage, root)
        assert is_told_once(stage)


async def test_a_stop_in_mid_render_is_nothing_to_complain_about(tmp_path: Path) -> None:
    """An ordinary stop leaves no error and no traceback in the log."""
    async with quickly_staged(tmp_path) as stage:
        stage.studio.hold()
        await until_webhook_is_live(stage, await make_video(stage))
        await stage.bot.stop()
        log = stage.bot.log.read_text()
        assert "Traceback" not in log
        assert "ERROR" not in log


async def test_a_stop_while_ai_studios_hangs_is_obeyed(tmp_path: Path) -> None:
    """SIGTERM is obeyed also while AI Studios keeps the bot waiting for an answer to the script."""
    async with quickly_staged(tmp_path, settings={"POLL_SECONDS": "1"}) as stage:
        stage.studio.faults.add("/simple/custom", delay=30)
        root = await make_video(stage)
        await until_submitted(stage)
        assert await stage.bot.stop() == 0
        await stage.bot.start()
        await until_video(stage, root)
        assert is_told_once(stage)


async def test_what_was_finished_stays_finished(tmp_path: Path) -> None:
    """A restart after the video changes nothing in its thread."""
    async with quickly_staged(tmp_path) as stage:
        root = await make_video(stage)
        await until_video(stage, root)
        before = [text_of(message) for message in [root, *replies(stage, root)]]
        await stage.bot.kill()
        await stage.bot.start()
        await until_video(stage, await make_video(stage, script="After the restart."))
        assert [text_of(message) for message in [root, *replies(stage, root)]] == before
        assert len(videos(stage, root)) == 1
