"""What webhooks told and no export has heard yet: one row for each export, with its newest news.

A message of the engine's for each webhook would cost the export that hears it ten times what it costs to write a row.
The rows refer to the engine's own: whatever deletes an export takes its row along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dbos import DBOSClient, SendMessage
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import create_tables
from bot.engine.runtime import APPLICATION, is_file
from bot.engine.serializer import JsonSerializer
from bot.exports.models import Progress
from bot.exports.workflow.registration import NEWS

_CREATE = """
    CREATE TABLE IF NOT EXISTS avatar_bot_inbox (
        export_id TEXT PRIMARY KEY REFERENCES {workflows} (workflow_uuid) ON DELETE CASCADE ON UPDATE CASCADE,
        progress INTEGER NOT NULL,
        credit BIGINT,
        task_id TEXT,
        heard_at DOUBLE PRECISION NOT NULL
    )"""
_OWNERS = "SELECT workflow_uuid, authenticated_user FROM {workflows} WHERE workflow_uuid IN :ids"
# Progress never runs backwards, and what was told once is not forgotten; the first of what is untold has the time.
_WRITE = """
    INSERT INTO avatar_bot_inbox AS known (export_id, progress, credit, task_id, heard_at)
    VALUES (:export_id, :progress, :credit, :task_id, :heard_at)
    ON CONFLICT (export_id) DO UPDATE SET
        progress = CASE WHEN excluded.progress > known.progress THEN excluded.progress ELSE known.progress END,
        credit = coalesce(excluded.credit, known.credit),
        task_id = coalesce(excluded.task_id, known.task_id)"""
# The ends of renders first. What another replica is about to hand over is left to it.
_TAKE = """
    DELETE FROM avatar_bot_inbox WHERE export_id IN (
        SELECT export_id FROM avatar_bot_inbox ORDER BY progress < 100, heard_at LIMIT :most {unlocked}
    ) RETURNING export_id, progress, credit, task_id, heard_at"""


@dataclass(frozen=True)
class News:
    """What a webhook told of an export."""

    export_id: str
    heard: Progress


class Inbox:
    """The table. Every method raises SQLAlchemyError when the database does not do it."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database
        in_file = is_file(database.url)
        names = {
            "workflows": "workflow_status" if in_file else "dbos.workflow_status",
            "unlocked": "" if in_file else "FOR UPDATE SKIP LOCKED",
        }
        self._create = text(_CREATE.format_map(names))
        self._owners = text(_OWNERS.format_map(names)).bindparams(bindparam("ids", expanding=True))
        self._write = text(_WRITE)
        self._take = text(_TAKE.format_map(names))
        # It only writes into transactions of ours, and connects to nothing.
        self._engine = DBOSClient(
            system_database_engine=database.sync_engine,
            serializer=JsonSerializer(),
            application_name=APPLICATION,
            lazy=True,
        )

    async def prepare(self) -> None:
        """Makes the table if it is missing; the engine must be launched."""

        def create(connection: Connection) -> None:
            connection.execute(self._create)

        await create_tables(self._database, create)

    async def write(self, letters: Sequence[News]) -> Mapping[str, str]:
        """Keeps the news of exports that there are, all in one commit; gives the person of each of these exports."""
        ids = sorted({news.export_id for news in letters})
        async with self._database.begin() as connection:
            found = await connection.execute(self._owners, {"ids": ids})
            owners = {export_id: owner or "" for export_id, owner in found}
            # In one order everywhere: replicas that write to the same rows wait for each other, and not in a circle.
            rows = [_row(news) for news in sorted(letters, key=lambda news: news.export_id) if news.export_id in owners]
            if rows:
                await connection.execute(self._write, rows)
        return owners

    async def hand_over(self, most: int) -> Sequence[str]:
        """Makes messages to the exports of so many rows, and deletes these; gives whom they are for.

        Progress that an export was told of before, by whatever call, it is not told again.
        """
        async with self._database.begin() as connection:
            return await connection.run_sync(self._hand_over, most)

    def _hand_over(self, connection: Connection, most: int) -> Sequence[str]:
        rows = connection.execute(self._take, {"most": most}).all()
        messages = [
            SendMessage(
                export_id,
                Progress(at=heard_at, progress=progress, credit=credit, task_id=task_id),
                NEWS,
                idempotency_key=f"{export_id}:{progress}",
            )
            for export_id, progress, credit, task_id, heard_at in rows
        ]
        self._engine.send_bulk_in_transaction(connection, messages)
        return [message.destination_id for message in messages]


def _row(news: News) -> dict[str, object]:
    heard = news.heard
    return {
        "export_id": news.export_id,
        "progress": heard.progress,
        "credit": heard.credit,
        "task_id": heard.task_id,
        "heard_at": heard.at,
    }
