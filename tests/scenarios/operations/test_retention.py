"""What ended long ago is deleted by the bot itself; its buttons say that it is over, and what runs stays."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.exports.history.past import files_with
from tests.scenarios.presses import CLOSED, is_refused
from tests.scenarios.scene import (
    make_video,
    quickly_staged,
    replies,
    until_submitted,
    until_true,
    until_video,
)

FILE = "avatar-bot.db"
# A little more than RETENTION_DAYS (seconds); DBOS counts milliseconds.
TWO_DAYS = 2 * 86_400
OLDER = (
    "UPDATE workflow_status SET created_at = created_at - :age * 1000, completed_at = completed_at - :age * 1000",
    "UPDATE avatar_bot_exports SET begun_at = begun_at - :age, ended_at = ended_at - :age",
)


@pytest.mark.long
async def test_old_exports_are_deleted(tmp_path: Path, script: str) -> None:
    """Soon after the start the finished video and its script are gone, to the last byte; the running one is made."""
    settings = {"RETENTION_DAYS": "1"}
    async with quickly_staged(tmp_path, settings=settings, slack={"time_scale": 60}) as stage:
        old = await make_video(stage, script=f"old {script}")
        await until_video(stage, old)
        stage.studio.hold()
        running = await make_video(stage, script=f"running {script}")
        await until_submitted(stage, f"running {script}")
        await stage.bot.stop()
        with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
            for statement in OLDER:
                database.execute(statement, {"age": TWO_DAYS})
        await stage.bot.start()

        async def gone() -> bool:
            return not files_with(tmp_path / FILE, f"old {script}")

        await until_true(gone, what="the end of the old script")
        assert CLOSED in await is_refused(stage, replies(stage, old)[0], "Make another version")
        stage.studio.release()
        await until_video(stage, running)
