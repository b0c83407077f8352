"""Running the steps of a workflow: each is written down when it is done, and knows whether it may be a second run."""

import secrets
import time
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from dbos import DBOS

from bot.exports.models import Claim

P = ParamSpec("P")
R = TypeVar("R")


class Steps:
    """Remembers what this process has seen, which is what a crash forgets."""

    def __init__(self) -> None:
        self._witnessed: set[str] = set()
        self._claims: set[str] = set()

    async def run(self, name: str, act: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs and is written down; runs a second time only if the process died in between."""
        return await self.once(name, lambda _: act(*args, **kwargs))

    async def once(self, name: str, act: Callable[[bool], Awaitable[R]]) -> R:
        """A step that is told whether an earlier process may have been in the middle of it.

        Only the first step that a process runs for a workflow can have been begun by another one.
        """
        workflow_id = current_id()

        async def run() -> R:
            again = workflow_id not in self._witnessed
            self._witnessed.add(workflow_id)
            return await act(again)

        return await DBOS.run_step_async({"name": name}, run)

    async def claim(self) -> Claim:
        """Writes down a claim that only this process, in this run of the workflow, can redeem."""
        return await self.run("claim", self._new_claim)

    def redeem(self, claim: Claim) -> bool:
        """Whether the claim is this process's own and was not redeemed before."""
        mine = claim.token in self._claims
        self._claims.discard(claim.token)
        return mine

    def forget(self, workflow_id: str) -> None:
        """The workflow has ended here."""
        self._witnessed.discard(workflow_id)

    async def _new_claim(self) -> Claim:
        claim = Claim(token=secrets.token_hex(8), at=time.time())
        self._claims.add(claim.token)
        return claim


def current_id() -> str:
    """The id of the workflow that runs. Raises RuntimeError outside of one."""
    workflow_id = DBOS.workflow_id
    if workflow_id is None:
        raise RuntimeError("only a workflow has an id")
    return workflow_id
