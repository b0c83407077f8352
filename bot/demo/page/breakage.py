"""The switches that break things, so that one can watch the bot recover."""

from __future__ import annotations

import asyncio

from bot.demo.slack import FaultRates
from bot.demo.stage import Stage

LASTING = ("lose_webhooks", "delay_studio", "reject_exports", "rate_limit_slack", "kill_bot")
DELAY_SECONDS = 4.0
# The vendor documents no table of codes for its exports: this is how it would refuse one for good.
REFUSAL = (4000, "This account may not export at the moment (a switch of the demo is on)")


class UnknownSwitch(Exception):
    """There is no switch of this name."""


class Breakage:
    """What is broken at the moment."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._on: set[str] = set()
        self._one_at_a_time = asyncio.Lock()

    @property
    def switches(self) -> dict[str, bool]:
        """Every switch that can stay on, and whether it is."""
        return {name: name in self._on for name in LASTING}

    async def turn(self, switch: str, *, on: bool) -> None:
        """Turn a switch. Raises UnknownSwitch, and BotDidNotStart when the bot does not come back."""
        async with self._one_at_a_time:
            if switch == "expire_token":
                self._stage.studio.expire_tokens()
            elif switch == "restart_bot":
                await self._kill()
                await self._start()
            elif switch == "kill_bot":
                await (self._kill() if on else self._start())
            elif switch in LASTING:
                (self._on.add if on else self._on.discard)(switch)
                self._apply()
            else:
                raise UnknownSwitch(switch)
            self._announce()

    async def start_bot(self) -> None:
        """Start the bot unless it runs, and wait until it is ready. Raises BotDidNotStart."""
        async with self._one_at_a_time:
            await self._start()
            self._announce()

    @property
    def bot(self) -> dict[str, bool]:
        """How the bot is: up, starting, or neither."""
        bot = self._stage.bot
        return {"up": bot.is_ready, "is_starting": bot.is_running and not bot.is_ready}

    async def _kill(self) -> None:
        await self._stage.bot.kill()
        self._on.add("kill_bot")
        self._announce()

    async def _start(self) -> None:
        bot = self._stage.bot
        if not bot.is_running:
            await bot.launch()
        self._announce()
        if not bot.is_ready:
            await bot.until_ready()
        self._on.discard("kill_bot")

    def _apply(self) -> None:
        """Sets all faults anew, a refusal before a delay: the first fault that fits a call is the one it meets."""
        slack, studio = self._stage.slack.faults, self._stage.studio.faults
        slack.clear()
        studio.clear()
        if "rate_limit_slack" in self._on:
            slack.random(seed=0, rates=FaultRates(rate_limited=1.0))
        if "reject_exports" in self._on:
            studio.add("/simple/custom", times=None, error=REFUSAL)
        late = DELAY_SECONDS if "delay_studio" in self._on else 0.0
        if late:
            studio.add("/", times=None, delay=late)
        studio.disturb_webhooks(seed=0, lost=float("lose_webhooks" in self._on), delay=late)

    def _announce(self) -> None:
        self._stage.slack.workspace.changes.announce()
