"""Everything that goes wrong while people work: kills, faults, lost webhooks, revoked tokens, restarts, an outage."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import cycle

from bot.demo.aistudios.faults import Fault as StudioFault
from bot.demo.slack.state.faults import Fault as SlackFault
from bot.demo.slack.web_api import METHODS
from bot.demo.stage import Stage
from tests.chaos.faults import SLACK, STUDIO, PlannedFaults
from tests.chaos.plan import Plan
from tests.chaos.replicas import Replicas

KILL_EVERY = (5.0, 8.0)
TOKENS_EVERY = (4.0, 8.0)
OUTAGE_EVERY, OUTAGE_SECONDS = 45.0, 4.0
DATABASE_EVERY = 90.0
# Shares of the run after which the first of these comes.
FIRST_OUTAGE, FIRST_DATABASE_RESTART = 0.3, 0.6
LOST, DOUBLED, HELD_BACK = 0.3, 0.3, 2.5
# Progress that also goes backwards.
PROGRESS = (20, 45, 40, 80, 100)
SLACK_RARITY, STUDIO_RARITY = 8, 8
TEND_SECONDS = 0.02
ALWAYS = 10**9


class Disruptions:
    """Runs until it is cancelled; `restart_database` is for a database that is a server."""

    def __init__(
        self, plan: Plan, stage: Stage, replicas: Replicas, restart_database: Callable[[], Awaitable[None]] | None
    ) -> None:
        self._plan = plan
        self._slack, self._studio = stage.slack, stage.studio
        self._replicas = replicas
        self._restart_database = restart_database
        self._dice = plan.dice("disruptions")
        self._at_slack: PlannedFaults[SlackFault] = PlannedFaults(
            self._slack.faults.add, _has_struck_slack, SLACK, rarity=SLACK_RARITY, dice=plan.dice("slack")
        )
        self._at_studio: PlannedFaults[StudioFault] = PlannedFaults(
            self._studio.faults.add, _has_struck_studio, STUDIO, rarity=STUDIO_RARITY, dice=plan.dice("studio")
        )
        self._others: Counter[str] = Counter()

    @property
    def struck(self) -> Counter[str]:
        """How often each kind of fault has struck."""
        return self._others + self._at_slack.struck + self._at_studio.struck + self._webhook_faults()

    async def run(self) -> None:
        """Lets things go wrong until it is cancelled; then the servers work again, and nobody is killed any more."""
        faults = self._studio.faults
        faults.progress_script = PROGRESS
        faults.disturb_webhooks(seed=self._plan.seed, lost=LOST, doubled=DOUBLED, delay=HELD_BACK)
        try:
            async with asyncio.TaskGroup() as troubles:
                troubles.create_task(self._faults_at_slack())
                troubles.create_task(self._faults_at_studio())
                troubles.create_task(self._kills())
                troubles.create_task(self._tokens())
                if self._restart_database:
                    troubles.create_task(self._database_restarts(self._restart_database))
        finally:
            self._at_slack.end()
            self._at_studio.end()
            self._slack.faults.clear()
            self._studio.faults.clear()

    async def _faults_at_slack(self) -> None:
        fair = self._plan.duration * FIRST_OUTAGE
        while True:
            await self._tend(self._at_slack, fair)
            self._at_slack.end()
            self._slack.faults.clear()
            await self._outage()
            fair = OUTAGE_EVERY

    async def _faults_at_studio(self) -> None:
        await self._tend(self._at_studio, ALWAYS)

    async def _tend(self, planned: PlannedFaults[SlackFault] | PlannedFaults[StudioFault], seconds: float) -> None:
        for _ in range(int(seconds / TEND_SECONDS)):
            planned.tend()
            await asyncio.sleep(TEND_SECONDS)

    async def _outage(self) -> None:
        """Slack takes no call at all."""
        faults = self._slack.faults
        planned = [faults.add(method, times=ALWAYS, status=503, error="service_unavailable") for method in METHODS]
        planned.append(faults.add("upload", times=ALWAYS, status=503))
        await asyncio.sleep(OUTAGE_SECONDS)
        self._others["Slack calls refused in an outage"] += sum(ALWAYS - (fault.times or 0) for fault in planned)
        faults.clear()

    async def _kills(self) -> None:
        while True:
            await asyncio.sleep(self._dice.uniform(*KILL_EVERY))
            await self._replicas.kill_one()

    async def _tokens(self) -> None:
        ways = (self._studio.expire_tokens, "tokens expired"), (self._studio.revoke_tokens, "tokens revoked")
        for end_them, what in cycle(ways):
            await asyncio.sleep(self._dice.uniform(*TOKENS_EVERY))
            end_them()
            self._others[what] += 1

    async def _database_restarts(self, restart: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(self._plan.duration * FIRST_DATABASE_RESTART)
        while True:
            await restart()
            self._others["Postgres restarted at once"] += 1
            await asyncio.sleep(DATABASE_EVERY)

    def _webhook_faults(self) -> Counter[str]:
        sent = self._studio.webhooks_sent
        lost = sum(call.error == "lost" for call in sent)
        doubled = len(sent) - len({(call.project_id, call.progress) for call in sent})
        return Counter({"webhooks lost": lost, "webhooks doubled": doubled})


def _has_struck_slack(fault: SlackFault) -> bool:
    return fault.times == 0


def _has_struck_studio(fault: StudioFault) -> bool:
    return fault.hits > 0
