"""Records what a release leaves in its database when it dies in mid-render, for `tests/test_upgrade.py` to go on with.

`python -m tests.data.record_history NAME`, with the bot of the release that is about to be followed by another
workflow, writes `tests/data/history-NAME.sql`. What was recorded once is never recorded again: it is what the
databases of that release hold.
"""

import argparse
import asyncio
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from tests.scenarios.scene import make_video, quickly_staged, until_reply, until_says

SCRIPT = "Hello! This script was sent by an earlier release."
# Asked this often, the release has asked AI Studios some times before it dies.
SETTINGS = {"POLL_SECONDS": "1"}
# It sticks there: without a 100 the render never ends.
PROGRESS = (10, 20, 30)


async def record(folder: Path) -> str:
    """The database, as SQL, of a bot that was killed while it followed a render."""
    async with quickly_staged(folder, settings=SETTINGS) as stage:
        stage.studio.faults.progress_script = PROGRESS
        reply = await until_reply(stage, await make_video(stage, script=SCRIPT))
        await until_says(stage, reply, f"{PROGRESS[-1]}%")
        # The next question to AI Studios comes when that edit is written down.
        asked = len(stage.studio.calls)
        await stage.studio.until(lambda: len(stage.studio.calls) > asked, what="a question after the edit")
        await stage.bot.kill()
    with closing(sqlite3.connect(folder / "avatar-bot.db")) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="names the workflow's version, such as 1")
    file = Path(__file__).with_name(f"history-{parser.parse_args().name}.sql")
    with tempfile.TemporaryDirectory(prefix="avatar-bot-history-") as folder:
        file.write_text(asyncio.run(record(Path(folder))), encoding="utf-8")
    print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
