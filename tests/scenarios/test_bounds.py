"""What comes in from outside stays within bounds: a large video passes through, and nonsense is refused."""

import random
import re
from pathlib import Path

import aiohttp
import pytest

from bot.demo.stage import Stage
from bot.demo.video import VideoFacts
from tests.scenarios.scene import make_video, quickly_staged, until_video

pytestmark = pytest.mark.asyncio(loop_scope="module")

MB = 1_000_000
LARGE = 400 * MB
MOST_EXTRA = 32 * MB
REQUESTS = 400


def large_video(path: Path, *, script: str, speaker: str, language: str, resolution: str = "1080") -> VideoFacts:
    """A file of zeros, as long as a film; the script and the rest say nothing to it."""
    del script, speaker, language, resolution
    with path.open("wb") as file:
        file.truncate(LARGE)
    return VideoFacts(1.0, 16, 16, LARGE)


def peak_memory(pid: int) -> int:
    """The most memory that a process has had since its peak was last forgotten, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def forget_peak(pid: int) -> None:
    """The peak counts from here (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="utf-8")


async def test_a_large_video_passes_through_in_pieces(tmp_path: Path) -> None:
    """400 MB go from AI Studios to Slack with less than 32 MB of memory."""
    async with quickly_staged(tmp_path, studio={"render": large_video}) as stage:
        pid = stage.bot.pid
        assert pid
        root = await make_video(stage)
        forget_peak(pid)
        before = peak_memory(pid)
        video = await until_video(stage, root, seconds=120)
        assert video.files[0].size == LARGE
        assert peak_memory(pid) - before < MOST_EXTRA


def nonsense(dice: random.Random, genuine: str) -> dict[str, object]:
    """A request that no honest caller makes, at a genuine address or beside it."""
    base, _, path = genuine.partition("/webhooks/")
    paths = [
        f"/webhooks/{path}",
        f"/webhooks/{path}{dice.choice('%?#/.;')}x",
        f"/{dice.randbytes(6).hex()}",
        "/slack/events",
    ]
    bodies = [
        dice.randbytes(dice.randrange(200)),
        b"{" * dice.randrange(5000),
        b'{"progress": [1]}',
        b"progress=-1",
        b"",
    ]
    kinds = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x", ""]
    return {
        "method": dice.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]),
        "url": base + dice.choice(paths),
        "data": dice.choice(bodies),
        "headers": {"Content-Type": dice.choice(kinds), "X-Slack-Signature": dice.choice(["", "v0=0", "é"])},
    }


async def test_nonsense_is_refused_and_harms_nothing(stage: Stage) -> None:
    """Whatever is sent to the bot's addresses, it answers below 500, and then makes videos as before."""
    stage.studio.hold()
    root = await make_video(stage, script="This one outlives the nonsense.")
    await stage.studio.until(lambda: stage.studio.billed, what="the submission")
    genuine = str(stage.studio.billed[-1].webhook_url)
    dice = random.Random(20261122)  # noqa: S311 - a repeatable choice, not a secret
    async with aiohttp.ClientSession() as http:
        for _ in range(REQUESTS):
            request = nonsense(dice, genuine)
            async with http.request(**request) as answer:  # type: ignore[arg-type]  # as the dice fell
                assert answer.status < 500, request
    stage.studio.release()
    await until_video(stage, root)
