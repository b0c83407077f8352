"""The steps that recovered exports have behind them, read for hundreds at once.

An export that is taken up tells its story again, and of each step the engine asks the database by itself what came of
it. For a thousand exports that was a sixth of what their recovery took. On a file, which one process has for itself,
nobody adds to their steps in between, so each of them is given out from memory, once. Whatever is not among them the
engine asks the database for as ever.
This touches parts of DBOS that are not public, for which reason its minor version is pinned.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from dbos import DBOS
from dbos._sys_db import RecordedResult


@dataclass(frozen=True)
class Step:
    """What the engine has written down of a step."""

    name: str
    result: RecordedResult


class Replays:
    """Recorded steps, by workflow and number, until they are told again. The engine must be launched, on a file."""

    def __init__(self, engine: DBOS) -> None:
        self._database = engine._sys_db
        self._ask = self._database.check_operation_execution
        self._database.check_operation_execution = self._check  # type: ignore[method-assign]  # there is no public way
        self._steps: dict[str, dict[int, Step]] = {}

    async def read(self, workflow_ids: Sequence[str]) -> None:
        """Reads the steps of workflows that are about to be resumed. Raises SQLAlchemyError."""
        self._steps |= await asyncio.to_thread(self._read, workflow_ids)

    def _check(
        self, workflow_id: str, function_id: int, function_name: str, *, owner_key: str | None = None
    ) -> RecordedResult | None:
        step = self._taken(workflow_id, function_id)
        if step and step.name == function_name:
            return step.result
        return self._ask(workflow_id, function_id, function_name, owner_key=owner_key)

    def _taken(self, workflow_id: str, function_id: int) -> Step | None:
        """What was read of this step; with the last one a workflow's story is told."""
        steps = self._steps.get(workflow_id)
        if steps is None:
            return None
        if function_id >= max(steps):
            self._steps.pop(workflow_id, None)
        return steps.get(function_id)

    def _read(self, workflow_ids: Sequence[str]) -> dict[str, dict[int, Step]]:
        written = self._database.tables.operation_outputs
        found: dict[str, dict[int, Step]] = defaultdict(dict)
        with self._database.engine.connect() as connection:
            for row in connection.execute(sa.select(written).where(written.c.workflow_uuid.in_(workflow_ids))):
                result = RecordedResult(
                    output=row.output,
                    error=row.error,
                    serialization=row.serialization,
                    child_workflow_id=row.child_workflow_id,
                    child_shard_key=None,
                )
                found[row.workflow_uuid][row.function_id] = Step(row.function_name, result)
        return found
