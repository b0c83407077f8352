"""The disk is full while a video without a length is on its way: nothing is lost but, at worst, the short way to it."""

import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.stage import Stage
from bot.demo.video import VideoFacts
from tests.scenarios.clocks import Clocks, staged_in_time
from tests.scenarios.scene import (
    make_video,
    mentions,
    replies,
    until_notified,
    until_submitted,
    until_true,
    until_video,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long]

MB = 1_000_000
LARGE = 24 * MB
# Beyond this a file cannot grow; the database and the log stay far below it.
ROOM = 16 * MB


def large_video(path: Path, *, script: str, speaker: str, language: str, resolution: str = "1080") -> VideoFacts:
    """A file of zeros; the script and the rest say nothing to it."""
    del script, speaker, language, resolution
    with path.open("wb") as file:
        file.truncate(LARGE)
    return VideoFacts(1.0, 16, 16, LARGE)


def limit_files(stage: Stage, size: int) -> None:
    """No file of the bot's can grow beyond: the write fails as on a full disk (setrlimit(2), SIGXFSZ is ignored)."""
    assert stage.bot.pid
    resource.prlimit(stage.bot.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@asynccontextmanager
async def staged_on_a_full_disk(folder: Path) -> AsyncIterator[tuple[Stage, Clocks, Path]]:
    """A stage where videos tell no length and do not fit on the disk, and the folder for the bot's temporary files."""
    spool = folder / "spool"
    spool.mkdir()
    async with staged_in_time(folder, settings={"TMPDIR": str(spool)}, studio={"render": large_video}) as (
        stage,
        clocks,
    ):
        stage.studio.faults.add("/videos", times=None, without_length=True)
        limit_files(stage, ROOM)
        yield stage, clocks, spool


def downloads(stage: Stage) -> int:
    return sum(call.path.startswith("/videos") for call in stage.studio.calls)


async def test_a_video_comes_once_there_is_room_again(tmp_path: Path) -> None:
    """The disk is full at the first try and has room at a later one: the video comes whole and leaves nothing there."""
    async with staged_on_a_full_disk(tmp_path) as (stage, _, spool):
        root = await make_video(stage)
        await stage.studio.until(lambda: downloads(stage), what="the first try")
        limit_files(stage, resource.RLIM_INFINITY)
        video = await until_video(stage, root)
        assert video.files[0].size == LARGE
        assert mentions(stage, root) == replies(stage, root)[1:] == [video]
        assert list(spool.iterdir()) == []


async def test_a_disk_that_stays_full_ends_in_a_link(tmp_path: Path) -> None:
    """The disk stays full: the person is mentioned once, with the reason and the link, and nothing is left behind."""
    async with staged_on_a_full_disk(tmp_path) as (stage, clocks, spool):
        root = await make_video(stage)

        async def given_up() -> bool:
            clocks.pass_time(5)
            return bool(mentions(stage, root))

        await until_true(given_up, what="the end of the tries")
        told = await until_notified(stage, root)
        assert "couldn't fetch the file" in told
        assert f"/videos/{await until_submitted(stage)}.mp4" in told
        assert len(mentions(stage, root)) == 1
        assert list(spool.iterdir()) == []
        assert str(spool) not in told
