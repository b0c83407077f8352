"""The bot's clocks, in a test's hand."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.demo.stage import Stage
from tests.scenarios.scene import quickly_staged

FOLDER = Path(__file__).parent / "time_machine"


class Clocks:
    """By how many seconds the bot's clocks are ahead of the machine's; moved at any time, seen at once."""

    def __init__(self, dial: Path) -> None:
        self._dial = dial
        self._wall = self._monotonic = 0.0
        self._write()

    @property
    def settings(self) -> dict[str, str]:
        """What a bot needs to go by these clocks."""
        return {"PYTHONPATH": str(FOLDER), "TIME_MACHINE": str(self._dial)}

    def set_wall(self, ahead: float) -> None:
        """Somebody sets the wall clock so many seconds ahead, or back when negative; no time passes."""
        self._wall = ahead
        self._write()

    def pass_time(self, seconds: float) -> None:
        """Time passes, on both clocks."""
        self._wall += seconds
        self._monotonic += seconds
        self._write()

    def _write(self) -> None:
        fresh = self._dial.with_suffix(".new")
        fresh.write_text(f"{self._wall} {self._monotonic}", encoding="ascii")
        fresh.replace(self._dial)


@asynccontextmanager
async def staged_in_time(
    folder: Path,
    *,
    settings: Mapping[str, str | None] | None = None,
    studio: Mapping[str, Any] | None = None,
) -> AsyncIterator[tuple[Stage, Clocks]]:
    """A quick stage whose bot goes by clocks that the test moves; Slack's minutes pass in a second."""
    clocks = Clocks(folder / "clocks")
    chosen = {**clocks.settings, **(settings or {})}
    async with quickly_staged(folder, settings=chosen, slack={"time_scale": 60}, studio=studio) as stage:
        yield stage, clocks
