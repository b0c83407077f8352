"""The machine's clock is set in the middle of a render: the video arrives as if nothing had happened."""

from pathlib import Path

import pytest

from bot.demo.stage import Stage
from tests.scenarios.clocks import staged_in_time
from tests.scenarios.scene import (
    bills,
    edits_of,
    make_video,
    mentions,
    replies,
    restart,
    text_of,
    until_taken,
    until_video,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long]

HOUR, DAY = 3600.0, 86_400.0
SCRIPT = "This one lives through a jump of the clock."
WAYS: dict[str, dict[str, str | None]] = {
    "webhooks": {"POLL_SECONDS": "3600"},
    "polling": {"PUBLIC_URL": None, "POLL_SECONDS": "5"},
}


@pytest.mark.parametrize(
    ("way", "jump"),
    [("webhooks", HOUR), ("webhooks", -DAY), ("polling", DAY), ("polling", -HOUR)],
    ids=["webhooks, hour on", "webhooks, day back", "polling, day on", "polling, hour back"],
)
async def test_a_clock_that_is_set_changes_nothing(tmp_path: Path, way: str, jump: float) -> None:
    """The wall clock jumps in mid-render: the video comes once and is billed once, and nobody hears of a time-out."""
    async with staged_in_time(tmp_path, settings=WAYS[way]) as (stage, clocks):
        stage.studio.hold()
        root = await make_video(stage, script=SCRIPT)
        await until_taken(stage, root)
        clocks.set_wall(jump)
        stage.studio.release()
        clocks.pass_time(60)
        video = await until_video(stage, root)
        progress, *others = replies(stage, root)
        assert others == [video] == mentions(stage, root)
        assert bills(stage, SCRIPT) == 1
        assert not any("⚠️" in words or "No news" in words for words in [*edits_of(progress), text_of(root)])


def looks(stage: Stage) -> int:
    """How often the bot asked how far a render is."""
    return sum("/editor/progress/" in call.path for call in stage.studio.calls)


async def test_a_history_with_a_clock_set_back_can_be_read(tmp_path: Path) -> None:
    """Killed after the clock was set back and the export went on all the same, the bot goes on where it was."""
    async with staged_in_time(tmp_path, settings=WAYS["polling"]) as (stage, clocks):
        stage.studio.hold()
        root = await make_video(stage, script=SCRIPT)
        await until_taken(stage, root)
        clocks.set_wall(-HOUR)
        before = looks(stage)
        clocks.pass_time(60)
        await stage.studio.until(lambda: looks(stage) > before, what="a look after the time has passed")
        await restart(stage)
        stage.studio.release()
        video = await until_video(stage, root)
        assert replies(stage, root)[1:] == [video] == mentions(stage, root)
        assert bills(stage, SCRIPT) == 1
