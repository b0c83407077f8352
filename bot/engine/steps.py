"""Runs the steps of workflows: results are recorded, and a step can ask whether this may be its second run."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from dbos import DBOS

P = ParamSpec("P")
R = TypeVar("R")


class Steps:
    """Runs steps, and remembers which workflows have run a step in this process."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    async def run(self, name: str, act: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a step and records its result; it runs a second time only if the process died in between."""
        return await self.once(name, lambda _: act(*args, **kwargs))

    async def once(self, name: str, act: Callable[[bool], Awaitable[R]]) -> R:
        """Runs a step with an argument that says whether an earlier process may have died while running it.

        Only the first step that a process runs for a workflow can have been started by another process.
        """
        workflow_id = current_workflow_id()

        async def run() -> R:
            again = workflow_id not in self._seen
            self._seen.add(workflow_id)
            return await act(again)

        return await DBOS.run_step_async({"name": name}, run)

    async def pause(self, seconds: float) -> None:
        """Waits so many seconds by the monotonic clock; after a crash the pause starts again."""
        await self.run("pause", asyncio.sleep, seconds)

    def forget(self, workflow_id: str) -> None:
        """Forgets a workflow that has ended in this process."""
        self._seen.discard(workflow_id)


def current_workflow_id() -> str:
    """The id of the workflow that runs. Raises RuntimeError outside of one."""
    workflow_id = DBOS.workflow_id
    if workflow_id is None:
        raise RuntimeError("only a workflow has an id")
    return workflow_id
