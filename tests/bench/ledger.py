"""The engine's tables from outside: one recorded export becomes as many as a bench needs.

To play a hundred thousand exports would take days. They are written down as the engine writes them, after a real one
that was played before.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

TABLES = ("workflow_status", "workflow_input", "workflow_output", "operation_outputs", "notifications")
BATCH = 5_000
# How the ids of copies begin, shaped like Slack's ids of views.
COPIES = "VB"
LOOK_SECONDS = 0.1

Values = dict[str, Any]
# Makes of a row what it is to be in the copy of that number.
Change = Callable[[str, Values, int], Values]


@dataclass(frozen=True)
class Record:
    """The rows of one export by table; `id` stands in them wherever the export is named."""

    id: str
    rows: Mapping[str, list[Values]]


class Ledger:
    """The database of a bot, by its address. What it writes, the bot should not be running for."""

    def __init__(self, url: str) -> None:
        is_file = url.startswith("sqlite")
        self._engine = sa.create_engine(url if is_file else url.replace("postgresql:", "postgresql+psycopg:", 1))
        schema = None if is_file else "dbos"
        metadata = sa.MetaData(schema=schema)
        metadata.reflect(self._engine, only=TABLES)
        prefix = f"{schema}." if schema else ""
        self._tables = {name: metadata.tables[prefix + name] for name in TABLES}

    def close(self) -> None:
        self._engine.dispose()

    def record(self, *, with_acceptance: bool) -> Record:
        """What is written of the export that was begun last, and of the request that it came from."""
        export_id = self._latest()
        ids = [export_id, f"{export_id}.accept"][: 2 if with_acceptance else 1]
        with self._engine.connect() as connection:
            rows = {name: self._rows(connection, table, ids) for name, table in self._tables.items()}
        return Record(export_id, rows)

    def copy(self, record: Record, numbers: range, change: Change) -> None:
        """Adds copies, whose ids are told apart by their numbers."""
        with self._engine.begin() as connection:
            for name, table in self._tables.items():
                for batch in _batches(_copies(name, record, numbers, change)):
                    connection.execute(sa.insert(table), batch)

    def delete(self, export_id: str) -> None:
        """Forgets an export, as if it had never been, or all whose ids begin like this."""
        with self._engine.begin() as connection:
            for table in reversed(list(self._tables.values())):
                connection.execute(sa.delete(table).where(_key(table).startswith(export_id)))

    def analyze(self) -> None:
        """Lets the database know what it holds, as its own housekeeping does in time."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))

    def count(self, status: str, name: str = "export") -> int:
        """How many workflows of a name stand so."""
        workflows = self._tables["workflow_status"].c
        return self._counted(sa.and_(workflows.status == status, workflows.name == name), "workflow_status")

    def unheard(self) -> int:
        """How many news lie in the inbox, and how many messages nobody has taken yet."""
        with self._engine.connect() as connection:
            waiting = int(connection.execute(sa.text("SELECT count(*) FROM avatar_bot_inbox")).scalar_one())
        return waiting + self._counted(self._tables["notifications"].c.consumed.is_(sa.false()), "notifications")

    async def until(self, condition: Callable[[], bool], *, what: str, seconds: float = 300) -> float:
        """Looks until it is so; gives the seconds it took. Raises TimeoutError, saying `what`."""
        started = time.monotonic()
        while not await asyncio.to_thread(condition):
            if time.monotonic() - started > seconds:
                raise TimeoutError(f"not within {seconds:g} s: {what}")
            await asyncio.sleep(LOOK_SECONDS)
        return time.monotonic() - started

    def _latest(self) -> str:
        workflows = self._tables["workflow_status"].c
        query = sa.select(workflows.workflow_uuid).where(workflows.name == "export")
        with self._engine.connect() as connection:
            return str(connection.scalars(query.order_by(workflows.created_at.desc()).limit(1)).one())

    def _counted(self, condition: sa.ColumnElement[bool], table: str) -> int:
        query = sa.select(sa.func.count()).select_from(self._tables[table]).where(condition)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def _rows(self, connection: sa.Connection, table: sa.Table, ids: list[str]) -> list[Values]:
        found = connection.execute(sa.select(table).where(_key(table).in_(ids)))
        return [dict(row) for row in found.mappings()]


def copy_id(number: int) -> str:
    """The id of the copy of that number."""
    return f"{COPIES}{number:09d}"


def as_it_was(table: str, row: Values, number: int) -> Values:
    """A copy that differs in its id alone."""
    del table, number
    return row


def _key(table: sa.Table) -> sa.Column[str]:
    return table.c.destination_uuid if table.name == "notifications" else table.c.workflow_uuid


def _copies(table: str, record: Record, numbers: range, change: Change) -> Iterator[Values]:
    for number in numbers:
        for row in record.rows[table]:
            renamed = {key: _renamed(value, record.id, copy_id(number)) for key, value in row.items()}
            yield change(table, renamed, number)


def _renamed(value: Any, old: str, new: str) -> Any:
    return value.replace(old, new) if isinstance(value, str) else value


def _batches(rows: Iterable[Values]) -> Iterator[list[Values]]:
    batch: list[Values] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
