"""The bot's processes, and the supervisor that replaces those that end."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.demo.process import START_SECONDS, BotDidNotStart, BotProcess, free_port

SHORTEST_ABSENCE, LONGEST_ABSENCE = 0.2, 1.5


class Replica(BotProcess):
    """A process of which the supervisor learns when it ends."""

    async def ended(self) -> int:
        """Its exit code, once it has ended; the number of the signal below zero."""
        if self._process is None:
            raise RuntimeError("it was not started")
        return await self._process.wait()


class Replicas:
    """So many replicas. One that ended is gone for ever; a moment later a new one, on another port, takes its place.

    Times are seconds.
    """

    def __init__(self, folder: Path, size: int, dice: random.Random) -> None:
        self._folder = folder
        self._size = size
        self._dice = dice
        self._living: dict[int, Replica] = {}
        self._complete = asyncio.Event()
        self._condemned: set[Replica] = set()
        self.kills = 0
        self.ended_by_themselves = 0

    @asynccontextmanager
    async def running(self, settings: Mapping[str, str]) -> AsyncIterator[None]:
        """All of them are up at first, and stopped in an orderly way in the end. Raises TimeoutError."""
        keepers = [asyncio.create_task(self._keep(slot, settings)) for slot in range(self._size)]
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._complete.wait()
            yield
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)

    def addresses(self) -> Sequence[str]:
        """Where the living take requests."""
        return [replica.url for replica in self._living.values()]

    async def kill_one(self) -> None:
        """`kill -9` of any of them."""
        if not self._living:
            return
        victim = self._dice.choice(list(self._living.values()))
        self._condemned.add(victim)
        self.kills += 1
        await victim.kill()

    async def _keep(self, slot: int, settings: Mapping[str, str]) -> None:
        while True:
            replica = Replica(
                {**settings, "PORT": str(free_port())}, folder=self._folder, log_name=f"bot-{slot + 1}.log"
            )
            try:
                await self._live(slot, replica)
            except BotDidNotStart:
                await replica.kill()
            except asyncio.CancelledError:
                await replica.stop()
                raise
            await asyncio.sleep(self._dice.uniform(SHORTEST_ABSENCE, LONGEST_ABSENCE))

    async def _live(self, slot: int, replica: Replica) -> None:
        """From its start to its end."""
        await replica.start()
        self._living[slot] = replica
        if len(self._living) == self._size:
            self._complete.set()
        try:
            await replica.ended()
        finally:
            del self._living[slot]
        if replica not in self._condemned:
            self.ended_by_themselves += 1
