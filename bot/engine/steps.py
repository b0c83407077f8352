"""Running the steps of a workflow: each result is recorded, and each step knows whether it may be a second run."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from dbos import DBOS

P = ParamSpec("P")
R = TypeVar("R")


class Steps:
    """Runs steps, and remembers which workflows have run one in this process."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    async def run(self, name: str, act: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a step and records its result; it runs a second time only if the process died in between."""
        return await self.once(name, lambda _: act(*args, **kwargs))

    async def once(self, name: str, act: Callable[[bool], Awaitable[R]]) -> R:
        """Runs a step that is told whether an earlier process may have died in the middle of it.

        Only the first step that a process runs for a workflow can have been begun by another one.
        """
        workflow_id = current_workflow_id()

        async def run() -> R:
            again = workflow_id not in self._seen
            self._seen.add(workflow_id)
            return await act(again)

        return await DBOS.run_step_async({"name": name}, run)

    async def pause(self, seconds: float) -> None:
        """Waits by the monotonic clock; after a crash the pause begins anew."""
        await self.run("pause", asyncio.sleep, seconds)

    def forget(self, workflow_id: str) -> None:
        """The workflow has ended in this process."""
        self._seen.discard(workflow_id)


def current_workflow_id() -> str:
    """The id of the workflow that runs. Raises RuntimeError outside of one."""
    workflow_id = DBOS.workflow_id
    if workflow_id is None:
        raise RuntimeError("only a workflow has an id")
    return workflow_id
