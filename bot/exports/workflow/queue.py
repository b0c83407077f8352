"""The line that exports wait in: how many run at once and how many start per minute, across all replicas."""

from dataclasses import dataclass

from dbos import DBOS

QUEUE = "exports"
POLL_SECONDS = 0.5
# What is decided from outside of the bot, at its command line; without limits, for what it leads to is put into line.
ERRANDS = "errands"
ERRANDS_POLL_SECONDS = 1.0
LOOK_SECONDS = 3.0
MOST_COUNTED = 1000
MINUTE = 60.0


@dataclass(frozen=True)
class Line:
    """The engine's queue with its limits; None means that there is none.

    An export counts from its submission to its end; a question to a person is an end.
    """

    most_at_once: int | None = None
    most_per_minute: int | None = None

    async def open(self) -> None:
        """Registers the queue with this process's limits, and the one for errands; the engine must be launched."""
        await DBOS.register_queue_async(
            QUEUE,
            global_concurrency=self.most_at_once,
            limiter={"limit": self.most_per_minute, "period": MINUTE} if self.most_per_minute else None,
            polling_interval_sec=POLL_SECONDS,
            on_conflict="always_update",
        )
        await DBOS.register_queue_async(ERRANDS, polling_interval_sec=ERRANDS_POLL_SECONDS, on_conflict="always_update")

    async def ahead_of(self, export_id: str) -> int | None:
        """How many exports start before this one (at most 1000 are counted); None once it has started.

        Without limits nobody waits, so nothing is asked.
        """
        if self.most_at_once is None and self.most_per_minute is None:
            return None
        waiting = await DBOS.list_queued_workflows_async(
            queue_name=QUEUE, status="ENQUEUED", limit=MOST_COUNTED, load_input=False, load_output=False
        )
        ids = [status.workflow_id for status in waiting]
        if export_id in ids:
            return ids.index(export_id)
        return MOST_COUNTED if len(ids) == MOST_COUNTED else None
