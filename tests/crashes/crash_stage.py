"""A stage whose bot can be made to die at a point, and a look at whether its workflows have ended."""

import signal
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from bot.demo.process import BotProcess
from bot.demo.stage import Stage, bot_settings
from tests.crashes.crashing_bot import CRASH_POINT
from tests.scenarios.scene import quickly_staged, until_true

PATIENCE = 90.0
CHECKOUT = Path(__file__).parents[2]
# Asked often, an export is soon home, and a search soon over.
SETTINGS = {"POLL_SECONDS": "0.1"}


class CrashingBot(BotProcess):
    """The bot as a process that can be made to kill itself."""

    module = "tests.crashes.crashing_bot"

    def _environment(self) -> dict[str, str]:
        return super()._environment() | {"PYTHONPATH": str(CHECKOUT)}

    @property
    def is_dead(self) -> bool:
        return self._process is not None and self._process.returncode is not None

    async def until_killed(self) -> None:
        """Waits for its death, which must be by SIGKILL."""
        assert self._process is not None
        assert await self._process.wait() == -signal.SIGKILL, self.log_tail()

    def crash_at(self, point: str) -> None:
        """Has it kill itself at a point (JSON), at once or after its next start."""
        waiting = self.folder / f"{CRASH_POINT}.new"
        waiting.write_text(point)
        waiting.replace(self.folder / CRASH_POINT)

    def unfinished(self) -> int:
        """How many of its workflows have not ended, by the engine's own record."""
        database = self.folder / "avatar-bot.db"
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM workflow_status WHERE status NOT IN ('SUCCESS', 'ERROR', 'CANCELLED')"
            ).fetchone()
        return int(count)


@dataclass(frozen=True)
class CrashStage(Stage):
    """The whole scene, with a bot that can be made to die."""

    bot: CrashingBot

    async def until_ended(self) -> None:
        """Waits until no workflow is left to go on with."""

        async def ended() -> bool:
            return self.bot.unfinished() == 0

        await until_true(ended, what="the end of every workflow", seconds=PATIENCE)


@asynccontextmanager
async def crash_staged(folder: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[CrashStage]:
    """Servers and bot, up and ready; Slack's minutes pass in a second, so that the rows do not use up its rates."""
    async with quickly_staged(folder, slack={"time_scale": 60}, studio={"render_seconds": 0.3}, start=False) as stage:
        everything = bot_settings(stage.slack, stage.studio) | SETTINGS | dict(settings or {})
        bot = CrashingBot(everything, folder=folder)
        stage.slack.request_url = f"{bot.url}/slack/events"
        try:
            await bot.start()
            yield CrashStage(stage.slack, stage.studio, bot, folder)
        finally:
            await bot.stop()
