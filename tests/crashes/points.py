"""Where the bot dies: around a step, by its own hand, or inside of one, while a server holds its call."""

import json
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from typing import Literal, Protocol

from tests.crashes.crash_stage import PATIENCE, CrashStage
from tests.scenarios.scene import until_true

# A server that holds a call back longer than any test waits.
HOLD = 600.0
UPLOAD = "upload"
SUBMIT = "/simple/custom"
PROJECT = "/editor/project"


class Point(Protocol):
    """One place to die at. `step` is a step of the workflow or an operation of the engine's."""

    @property
    def step(self) -> str: ...

    def arm(self, stage: CrashStage) -> Awaitable[None]:
        """From now on the bot dies there; gives what waits until it is dead."""
        ...


@dataclass(frozen=True)
class At:
    """`before` a step or operation, when it is `done` but not written down, or when that is `recorded`.

    `after` names the operation before it in the same workflow, where a step is taken in several places.
    """

    moment: Literal["before", "done", "recorded"]
    step: str
    after: str | None = None

    def arm(self, stage: CrashStage) -> Awaitable[None]:
        stage.bot.crash_at(json.dumps(asdict(self)))
        return stage.bot.until_killed()


@dataclass(frozen=True)
class During:
    """Inside of a step that writes: the `nth` call that it makes has come in, `before` or `after` its effect.

    `call` is a method of Slack's, `upload` for the bytes of a file, or a path of AI Studios'.
    """

    moment: Literal["before", "after"]
    step: str
    call: str
    nth: int = 1

    def arm(self, stage: CrashStage) -> Awaitable[None]:
        if self.call.startswith("/"):
            return self._in_studio(stage)
        if self.call == UPLOAD:
            return self._in_upload(stage)
        return self._in_slack(stage)

    def _in_slack(self, stage: CrashStage) -> Awaitable[None]:
        # Lost after its effect, a call is seen here, and the bot killed, before its connection is closed.
        delay = HOLD if self.moment == "before" else 0
        stage.slack.faults.add(self.call, after=self.nth - 1, delay=delay, drop=self.moment)
        awaited = len(stage.slack.calls_to(self.call)) + self.nth

        async def kill_when_called() -> None:
            await stage.slack.until(
                lambda: len(stage.slack.calls_to(self.call)) >= awaited, timeout=PATIENCE, what=str(self)
            )
            await stage.bot.kill()

        return kill_when_called()

    def _in_upload(self, stage: CrashStage) -> Awaitable[None]:
        delay = HOLD if self.moment == "before" else 0
        fault = stage.slack.faults.add(UPLOAD, delay=delay, drop=self.moment)
        known = _uploaded(stage)

        async def held() -> bool:
            return fault.times == 0

        async def kill_when_called() -> None:
            if self.moment == "before":
                await until_true(held, what=str(self), seconds=PATIENCE)
            else:
                await stage.slack.until(lambda: _uploaded(stage) - known, timeout=PATIENCE, what=str(self))
            await stage.bot.kill()

        return kill_when_called()

    def _in_studio(self, stage: CrashStage) -> Awaitable[None]:
        drop: Literal["before"] | None = "before" if self.moment == "before" else None
        stage.studio.faults.add(self.call, after=self.nth - 1, delay=HOLD, drop=drop)
        awaited = _calls(stage, self.call) + self.nth

        async def kill_when_called() -> None:
            await stage.studio.until(lambda: _calls(stage, self.call) >= awaited, timeout=PATIENCE, what=str(self))
            await stage.bot.kill()

        return kill_when_called()


def _uploaded(stage: CrashStage) -> set[str]:
    """The files whose bytes have come."""
    return {file.id for file in stage.slack.world.files.values() if file.state == "uploaded"}


def _calls(stage: CrashStage, path: str) -> int:
    return sum(call.path.endswith(path) for call in stage.studio.calls)
