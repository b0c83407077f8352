"""A large video from AI Studios to Slack, beside curl piping the same bytes from the one to the other.

What binds (py-spy, strace, CPU seconds): the system's own copies. A megabyte takes 0.8 to 1.4 ms of a core in the
bot, 1.3 to 1.5 ms in curl's two processes with their pipe, and 1.0 to 1.4 ms in the local servers with either. Of the
bot's a third is send, a quarter recv and a tenth the one copy by the HTTP parser; the rest is Python.

The ratio is one of speeds, and falls on a machine that is busy: the bot has one thread where curl has two processes to
be given a turn. Under a load of 8 to 12 on two cores the bot waited for a core about as long as it had one, or longer
(schedstat), took the same CPU all the same, and the ratio of full runs lay between 0.36 and 1.07.
"""

import asyncio
import time
from pathlib import Path

import aiohttp

from bot.demo.stage import BOT_TOKEN, Stage
from bot.demo.video import VideoFacts
from tests.bench.machine import Measure, in_turn
from tests.bench.report import Findings, Row, Sample
from tests.bench.scene import Size, finish, scratch, stage_for
from tests.scenarios.memory import MOST_EXTRA, forget_peak, peak_memory
from tests.scenarios.scene import make_video, until_submitted, until_taken

MB = 1_000_000
LEAST = 0.7
PATIENCE = 600.0


async def measure(size: Size) -> Findings:
    length = size.pick(1000, 200) * MB
    with scratch() as folder:
        async with stage_for(folder, studio={"render": film(length)}) as stage:
            stage.studio.hold()
            extra: list[int] = []
            ours, least = await in_turn(3, by_the_bot(stage, length, extra), by_curl(stage, length))
    return Findings([row(length, ours, least, max(extra))])


def row(length: int, ours: Sample, least: Sample, extra: int) -> Row:
    ratio = ours.median / least.median
    measured = (
        f"{ratio:.2f} ×: {ours.text(' MB/s', digits=0)} beside {least.text(' MB/s', digits=0)}; "
        f"{extra / MB:.0f} MB extra memory"
    )
    what = f"{length // MB} MB video, AI Studios → Slack"
    return Row(what, "curl, piped", f"≥ {LEAST} ×, < 32 MB more", measured, ratio >= LEAST and extra < MOST_EXTRA)


class film:  # noqa: N801 - a function with a length
    """Makes a file of zeros, as long as a film. All are one file, which lies in memory for whoever fetches it."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._first: Path | None = None

    def __call__(self, path: Path, *, script: str, speaker: str, language: str, resolution: str = "1080") -> VideoFacts:
        del script, speaker, language, resolution
        if self._first:
            path.hardlink_to(self._first)
        else:
            self._first = path
            write_zeros(path, self._length)
        return VideoFacts(1.0, 16, 16, self._length)


def write_zeros(path: Path, length: int) -> None:
    """Written, and not left out as holes, which the system would fill in at the first reading."""
    with path.open("wb") as file:
        for _ in range(length // MB):
            file.write(bytes(MB))


def by_the_bot(stage: Stage, length: int, extra: list[int]) -> Measure:
    """MB per second from the upload call to the completion; the memory that it took is added to `extra`."""
    count = iter(range(1_000_000))

    async def once() -> float:
        script = f"A long film, number {next(count)}."
        await until_taken(stage, await make_video(stage, script=script))
        project = stage.studio.projects[await until_submitted(stage, script)]
        await finish(stage, project)
        pid = stage.bot.pid or 0
        forget_peak(pid)
        before, since = peak_memory(pid), time.monotonic()
        await stage.studio.send_webhook(project.id, 100)
        seconds = await seconds_between(stage, since)
        extra.append(peak_memory(pid) - before)
        throw_away(stage)
        return length / MB / seconds

    return once


async def seconds_between(stage: Stage, since: float) -> float:
    """From the call that asks where to upload to the one that says it is done."""

    def moments() -> list[float]:
        ends = ("files.getUploadURLExternal", "files.completeUploadExternal")
        return [call.at for call in stage.slack.calls[-50:] if call.method in ends and call.at >= since]

    await stage.slack.until(lambda: len(moments()) == 2, timeout=PATIENCE, what="the upload")
    return moments()[1] - moments()[0]


def by_curl(stage: Stage, length: int) -> Measure:
    async def once() -> float:
        project = next(iter(stage.studio.projects.values()))
        upload_url = await new_upload(stage, length)
        # Without a length of its own curl would send chunks, which Slack does not document.
        headers = f"-H 'Content-Length: {length}' -H 'Transfer-Encoding:' -H 'Expect:'"
        pipe = f"curl -sSf '{project.download_url}' | curl -sSf -X POST -T - {headers} '{upload_url}'"
        started = time.monotonic()
        process = await asyncio.create_subprocess_shell(pipe, stdout=asyncio.subprocess.DEVNULL)
        if await process.wait():
            raise RuntimeError("curl did not bring the video over")
        seconds = time.monotonic() - started
        throw_away(stage)
        return length / MB / seconds

    return once


def throw_away(stage: Stage) -> None:
    """What Slack was given; else whoever comes later waits until the disk has it."""
    for file in (stage.folder / "slack-files").iterdir():
        file.unlink()


async def new_upload(stage: Stage, length: int) -> str:
    """An address of Slack's for so many bytes."""
    headers, asked = {"Authorization": f"Bearer {BOT_TOKEN}"}, {"filename": "film.mp4", "length": str(length)}
    url = f"{stage.slack.api_url}files.getUploadURLExternal"
    async with aiohttp.ClientSession() as http, http.post(url, data=asked, headers=headers) as answer:
        return str((await answer.json())["upload_url"])
