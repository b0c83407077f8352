"""A history as the workflows would write it."""

import sqlite3
from pathlib import Path
from typing import Any

from bot.engine.runtime import APPLICATION
from bot.engine.serializer import JsonSerializer
from bot.exports.ids import export_of, request_of
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
from bot.exports.states import RESULTS, Stage

SERIALIZER = JsonSerializer(STORED_TYPES)
NOW = 1_700_000_000_000
POSTED = Posted(channel_id="C0GENERAL", root_ts="1.000001", reply_ts="1.000002")
STEPS_OF_POSTING = [("enter", ("C0GENERAL", "")), ("announce", ("1.000001", "")), ("reply", ("1.000002", ""))]
QUESTION = MessageReference(channel_id="C0GENERAL", ts="1.000003")


def files_with(database: Path, words: str) -> list[str]:
    """Which files of an SQLite database have these words in their bytes."""
    return [file.name for file in database.parent.glob(f"{database.name}*") if words.encode() in file.read_bytes()]


class Past:
    """Writes one person's history."""

    def __init__(self, database: sqlite3.Connection, person: str) -> None:
        self._database = database
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

    def accept(
        self,
        request_id: str,
        *,
        script: str = "Hello",
        approval: ApprovalPolicy | None = None,
        stage: Stage = "sending",
        **row: Any,
    ) -> None:
        """A request that was accepted, and its first attempt."""
        self.has(f"{request_id}.accept", "accept", (request_id, asked(script, self.person), approval), **row)
        self.record(request_id, stage)

    def export(self, export_id: str, *, script: str = "Hello", stage: Stage = "sending", **row: Any) -> None:
        """An attempt to make it."""
        self.has(export_id, "export", (export_id, asked(script, self.person), POSTED, None), **row)
        self.record(export_id, stage, outcome=row.get("output"), **POSTED.model_dump())

    def decide(self, export_id: str, decision: str, **row: Any) -> None:
        """What a person decided about an attempt."""
        self.has(
            f"{export_id}.decide", "decide", (export_id, asked(person=self.person), POSTED, QUESTION, decision), **row
        )

    def record(self, export_id: str, stage: Stage, *, outcome: Outcome | None = None, **row: Any) -> None:
        """An attempt's row in the table of exports, as the steps have written it; the last one counts."""
        export_id = export_of(export_id)
        ended = (
            {
                "stage": RESULTS[outcome.result].stage,
                "result": outcome.result,
                "failure": outcome.failure,
                "credits": outcome.credits,
                "seconds": outcome.seconds,
                "project_id": outcome.project_id,
                "ended_at": self._at / 1000,
            }
            if outcome
            else {}
        )
        columns = {
            "export_id": export_id,
            "request_id": request_of(export_id),
            "person": self.person,
            "team_id": self.person.partition(":")[0],
            "stage": stage,
            "percent": 0,
            "begun_at": self._at / 1000,
            **ended,
            **row,
        }
        self._database.execute("DELETE FROM avatar_bot_exports WHERE export_id = ?", [export_id])
        self._insert("avatar_bot_exports", columns)

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

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self._database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608 - ours


def asked(script: str = "Hello", person: str = "T0AVATARS:U0ANA0001") -> ExportRequest:
    """A request of this person's."""
    team_id, _, user_id = person.partition(":")
    return ExportRequest(
        requester=Requester(team_id=team_id, user_id=user_id, locale="en-US"),
        options=RequestOptions(
            channel_id="C0GENERAL", avatar=Avatar(id="M1", name="Olivia"), language="en", script=script
        ),
    )
