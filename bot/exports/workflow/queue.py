"""The queue that exports wait in: how many run at once, across all replicas."""

from dataclasses import dataclass

from dbos import DBOS

from bot.exports.models import Status
from bot.exports.workflow.context import Run, Tools
from bot.exports.workflow.endings import ExportStopped

QUEUE = "exports"
# Two looks a second are a percent of a core for a process that idles: without a limit exports are started at once, and
# only those that an earlier start with one has left are looked for.
POLL_SECONDS, POLL_SECONDS_WITHOUT_LIMIT = 0.5, 3.0
# For workflows started at the command line.
OPERATOR_QUEUE = "operator"
OPERATOR_POLL_SECONDS = 3.0
LOOK_SECONDS = 3.0
MOST_COUNTED = 1000


@dataclass(frozen=True)
class ExportQueue:
    """DBOS's queue with its limit; None means no limit.

    An export counts from its submission to its end; asking the person a question is an end.
    """

    most_at_once: int | None = None

    @property
    def is_limited(self) -> bool:
        """Whether exports may have to wait in the queue."""
        return self.most_at_once is not None

    async def open(self) -> None:
        """Registers the queue with this process's limit, and the operator's; DBOS must be launched."""
        await DBOS.register_queue_async(
            QUEUE,
            global_concurrency=self.most_at_once,
            polling_interval_sec=POLL_SECONDS if self.is_limited else POLL_SECONDS_WITHOUT_LIMIT,
            on_conflict="always_update",
        )
        await DBOS.register_queue_async(
            OPERATOR_QUEUE, polling_interval_sec=OPERATOR_POLL_SECONDS, on_conflict="always_update"
        )

    async def ahead_of(self, export_id: str) -> int | None:
        """How many exports start before this one (at most 1000 are counted); None once it has started.

        Without a limit no export waits, so the database is not queried.
        """
        if not self.is_limited:
            return None
        waiting = await DBOS.list_queued_workflows_async(
            queue_name=QUEUE, status="ENQUEUED", limit=MOST_COUNTED, load_input=False, load_output=False
        )
        ids = [status.workflow_id for status in waiting]
        if export_id in ids:
            # After a restart what was under way is put back into the queue: with a step recorded it has started.
            return None if await DBOS.list_workflow_steps_async(export_id) else ids.index(export_id)
        return MOST_COUNTED if len(ids) == MOST_COUNTED else None


class Queueing:
    """Shows how many exports are ahead while an export waits in the queue."""

    def __init__(self, tools: Tools, queue: ExportQueue) -> None:
        self._tools = tools
        self._queue = queue

    async def until_turn(self, run: Run) -> None:
        """Returns once the export has started. Raises ExportStopped if it is stopped while it waits.

        Only then it is certain that nothing is submitted; a started export handles a stop itself.
        """
        shown: int | None = None
        while (ahead := await self._position(run)) is not None:
            if ahead != shown:
                await self._tools.show(run, Status(stage="queued", ahead=ahead))
                shown = ahead
            stop = (await run.inbox.wait(LOOK_SECONDS)).stop
            if stop and await self._position(run) is not None:
                raise ExportStopped(stop.user_id, sent=False, posted=run.posted)

    async def _position(self, run: Run) -> int | None:
        return await self._tools.steps.run("queue_position", self._queue.ahead_of, run.export_id)
