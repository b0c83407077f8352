"""A history as the workflows would write it: in DBOS's tables, and in the table of exports by its own methods."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.database import closed, opened
from bot.engine.mailbox import Mailbox
from bot.engine.runtime import APPLICATION, Engine
from bot.engine.serializer import JsonSerializer
from bot.exports.history.history import History
from bot.exports.history.records import Records
from bot.exports.models import (
    STORED_TYPES,
    ApprovalPolicy,
    Avatar,
    ExportRequest,
    MessageReference,
    Outcome,
    Posted,
    Requester,
    RequestOptions,
)
from bot.exports.states import Stage, stage_after
from tests.engine.workflows import stopped
from tests.exports.fakes.world import FakeClock

SERIALIZER = JsonSerializer(STORED_TYPES)
NOW = 1_700_000_000_000
POSTED = Posted(channel_id="C0GENERAL", root_ts="1.000001", reply_ts="1.000002")
STEPS_OF_POSTING = [("enter", ("C0GENERAL", "")), ("announce", ("1.000001", "")), ("reply", ("1.000002", ""))]
QUESTION = MessageReference(channel_id="C0GENERAL", ts="1.000003")


def files_with(database: Path, words: str) -> list[str]:
    """Which files of an SQLite database have these words in their bytes."""
    return [file.name for file in database.parent.glob(f"{database.name}*") if words.encode() in file.read_bytes()]


@dataclass
class Store:
    """A file on which an engine runs that has nothing to do, and what reads it."""

    file: Path
    engine: Engine
    records: Records
    mailbox: Mailbox
    history: History


@asynccontextmanager
async def idle_engine(file: Path) -> AsyncIterator[Store]:
    """An engine that runs no workflow of its own."""
    url = f"sqlite:///{file}"
    engine, database = Engine(url, SERIALIZER), opened(url)
    records = Records(database)
    mailbox = Mailbox(database, SERIALIZER, records)
    await engine.lock()
    await records.prepare()
    await mailbox.prepare()
    await engine.launch()
    try:
        yield Store(file, engine, records, mailbox, History(records, mailbox))
    finally:
        await stopped(engine)
        await closed(database)


class Past:
    """Writes one person's history; `clock` is the table's time, which follows what is written."""

    def __init__(self, database: sqlite3.Connection, records: Records, clock: FakeClock, person: str) -> None:
        self._database = database
        self._records = records
        self._clock = clock
        self.person = person
        self._at = NOW

    def has(self, workflow_id: str, name: str, args: tuple[Any, ...], **row: Any) -> None:
        """A workflow, begun a second after the one before; `PENDING` unless it is said otherwise."""
        self._at += 1000
        output = row.pop("output", None)
        columns = {
            "workflow_uuid": workflow_id,
            "name": name,
            "status": "SUCCESS" if output else "PENDING",
            "inputs": SERIALIZER.serialize({"args": args, "kwargs": {}}),
            "output": SERIALIZER.serialize(output) if output else None,
            "serialization": SERIALIZER.name(),
            "authenticated_user": self.person,
            "executor_id": "another",
            "application_name": APPLICATION,
            "created_at": self._at,
            "updated_at": self._at,
            "completed_at": self._at if output else None,
            **row,
        }
        self._insert("workflow_status", columns)

    async def accept(
        self, request_id: str, *, script: str = "Hello", approval: ApprovalPolicy | None = None, **row: Any
    ) -> None:
        """A request that was accepted."""
        request = asked(script, self.person)
        self.has(f"{request_id}.accept", "accept", (request_id, request, approval), **row)
        await self._begin(request_id, request, "approval" if approval else "sending", row)

    async def export(self, export_id: str, *, script: str = "Hello", **row: Any) -> None:
        """An attempt to make it."""
        request = asked(script, self.person)
        self.has(export_id, "export", (export_id, request, POSTED, None), **row)
        await self._begin(export_id, request, "sending", row)
        await self._records.place(export_id, POSTED)
        if row.get("status") == "ENQUEUED":
            await self._records.move(export_id, "queued")

    async def decide(self, export_id: str, decision: str, **row: Any) -> None:
        """What a person decided about an attempt; the one that follows is begun with its export."""
        args = (export_id, asked(person=self.person), POSTED, QUESTION, decision)
        self.has(f"{export_id}.decide", "decide", args, **row)
        if decision == "leave_it":
            await self._records.restage(export_id, "left", "left")

    def steps(self, workflow_id: str, *steps: tuple[str, Any]) -> None:
        """What a workflow has done so far."""
        for number, (name, result) in enumerate(steps):
            self._insert(
                "operation_outputs",
                {
                    "workflow_uuid": workflow_id,
                    "function_id": number,
                    "function_name": name,
                    "output": SERIALIZER.serialize(result),
                    "serialization": SERIALIZER.name(),
                },
            )

    async def _begin(self, export_id: str, request: ExportRequest, stage: Stage, row: dict[str, Any]) -> None:
        self._clock.now = row.get("created_at", self._at) / 1000
        await self._records.begin(export_id, request, stage)
        outcome = row.get("output")
        if isinstance(outcome, Outcome):
            self._clock.now = (row.get("completed_at") or self._at) / 1000
            await self._records.end(export_id, stage_after(outcome.result, outcome.failure), outcome)

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self._database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608 - ours


def asked(script: str = "Hello", person: str = "T0AVATARS:U0ANA0001") -> ExportRequest:
    """A request of this person's."""
    team_id, _, user_id = person.partition(":")
    return ExportRequest(
        requester=Requester(team_id=team_id, user_id=user_id, locale="en-US"),
        options=RequestOptions(
            avatar=Avatar(id="M1", name="Olivia"), language="en", script=script, channel_id="C0GENERAL"
        ),
    )
