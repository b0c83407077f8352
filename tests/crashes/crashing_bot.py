"""The bot with a hook that kills it: `python -m tests.crashes.crashing_bot serve` is `python -m bot serve` until then.

It kills itself with SIGKILL at the point that the file `crash-point.json` in its folder names, once: the file is gone
by then, so that the next process runs through. The points lie around the engine's operations; the product knows
nothing of them.
"""

import json
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from dbos import DBOS

from bot.__main__ import main

CRASH_POINT = "crash-point.json"
STEP_RUNNER = "run_step_async"
OPERATIONS = ("enqueue_workflow_async", "start_workflow_async", "get_result_async")

Operation = Callable[..., Awaitable[Any]]


class CrashHook:
    """Remembers each workflow's last operation, and dies where it is told to.

    `before`: nothing of the operation was done. `done`: a step has acted and is not written down. `recorded`: it is.
    """

    def __init__(self) -> None:
        self._last: dict[str, str] = {}

    def around_step(self, run_step: Operation) -> Operation:
        """The engine's step runner, with the three points around and inside of each step."""

        async def run_named_step(options: dict[str, Any], act: Operation) -> Any:
            name = options["name"]

            async def act_and_reach() -> Any:
                result = await act()
                self._reach("done", name)
                return result

            return await self._around(name, lambda: run_step(options, act_and_reach))

        return run_named_step

    def around(self, name: str, operation: Operation) -> Operation:
        """An operation of the engine's own, with a point before and a point after it."""

        async def operate(*args: Any, **kwargs: Any) -> Any:
            return await self._around(name, lambda: operation(*args, **kwargs))

        return operate

    async def _around(self, name: str, operation: Callable[[], Awaitable[Any]]) -> Any:
        self._reach("before", name)
        result = await operation()
        self._reach("recorded", name)
        self._last[DBOS.workflow_id or ""] = name
        return result

    def _reach(self, moment: str, name: str) -> None:
        file = Path(CRASH_POINT)
        if not file.exists():
            return
        point = json.loads(file.read_text())
        follows = point["after"] in (None, self._last.get(DBOS.workflow_id or ""))
        if (point["moment"], point["step"]) == (moment, name) and follows:
            file.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


def install(hook: CrashHook) -> None:
    """Puts the hook between the product and the engine."""
    setattr(DBOS, STEP_RUNNER, hook.around_step(getattr(DBOS, STEP_RUNNER)))
    for name in OPERATIONS:
        setattr(DBOS, name, hook.around(name, getattr(DBOS, name)))


if __name__ == "__main__":
    install(CrashHook())
    main()
