"""The engine's tables from outside: one recorded export becomes as many as a bench needs.

To play a hundred thousand exports would take days. They are written down as the engine writes them, after a real one
that was played before. The database itself multiplies the sixty rows of each: from here it would take five minutes.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

WORKFLOWS = "workflow_status"
TABLES = (WORKFLOWS, "workflow_input", "workflow_output", "operation_outputs", "notifications")
# So many copies are written at once.
BATCH = 2_000
# How the ids of copies begin, shaped like Slack's ids of views, and how many digits follow.
COPIES, DIGITS = "VB", 9
LOOK_SECONDS = 0.1

Values = dict[str, Any]
# Makes of a workflow's own row what it is to be in the copy of that number; what it read and did stays the same.
Change = Callable[[Values, int], Values]


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
        """What is written of the export that was begun last, and of the request that it came from.

        Raises LookupError when there is none.
        """
        export_id = self._latest()
        ids = [export_id, f"{export_id}.accept"][: 2 if with_acceptance else 1]
        with self._engine.connect() as connection:
            rows = {name: self._rows(connection, table, ids) for name, table in self._tables.items()}
        if len(rows[WORKFLOWS]) < len(ids):
            raise LookupError(f"of {', '.join(ids)} not all are in {WORKFLOWS}: there is nothing to copy")
        return Record(export_id, rows)

    def copy(self, record: Record, numbers: range, change: Change) -> None:
        """Adds copies, whose ids are told apart by their numbers."""
        for start in range(numbers.start, numbers.stop, BATCH):
            self._copy_batch(record, range(start, min(start + BATCH, numbers.stop)), change)

    def _copy_batch(self, record: Record, numbers: range, change: Change) -> None:
        with self._engine.begin() as connection:
            workflows = [
                change(_named(row, record.id, number), number) for number in numbers for row in record.rows[WORKFLOWS]
            ]
            connection.execute(sa.insert(self._tables[WORKFLOWS]), workflows)
            for name, table in self._tables.items():
                for row in record.rows[name] if name != WORKFLOWS else ():
                    connection.execute(_multiplied(table, row, record.id, numbers))

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

    def shares(self) -> list[int]:
        """How many copies each process has made, the busiest first."""
        workflows = self._tables[WORKFLOWS].c
        query = sa.select(sa.func.count()).where(
            workflows.status == "SUCCESS", _key(self._tables[WORKFLOWS]).startswith(COPIES)
        )
        with self._engine.connect() as connection:
            return sorted(connection.scalars(query.group_by(workflows.executor_id)), reverse=True)

    def server(self) -> int:
        """The id of a process of the Postgres server."""
        with self._engine.connect() as connection:
            return int(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())

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
            latest = connection.scalar(query.order_by(workflows.created_at.desc()).limit(1))
        if latest is None:
            raise LookupError(f"no export in {WORKFLOWS}: there is nothing to copy")
        return str(latest)

    def _counted(self, condition: sa.ColumnElement[bool], table: str) -> int:
        query = sa.select(sa.func.count()).select_from(self._tables[table]).where(condition)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def _rows(self, connection: sa.Connection, table: sa.Table, ids: list[str]) -> list[Values]:
        found = connection.execute(sa.select(table).where(_key(table).in_(ids)))
        return [dict(row) for row in found.mappings()]


def copy_id(number: int) -> str:
    """The id of the copy of that number."""
    return f"{COPIES}{number:0{DIGITS}d}"


def as_it_was(row: Values, number: int) -> Values:
    """A copy that differs in its id alone."""
    del number
    return row


def _key(table: sa.Table) -> sa.Column[str]:
    return table.c.destination_uuid if table.name == "notifications" else table.c.workflow_uuid


def _named(row: Values, old: str, number: int) -> Values:
    new = copy_id(number)
    return {key: value.replace(old, new) if isinstance(value, str) else value for key, value in row.items()}


def _multiplied(table: sa.Table, row: Values, old: str, numbers: range) -> sa.Insert:
    """Writes a row once for each number, under the ids of the copies."""
    series = sa.select(sa.literal(numbers.start).label("number")).cte("series", recursive=True)
    series = series.union_all(sa.select(series.c.number + 1).where(series.c.number < numbers.stop - 1))
    padded = sa.cast(10**DIGITS + series.c.number, sa.Text)
    new = sa.literal(COPIES) + sa.func.substr(padded, 2)
    given = [_expression(table.c[key], value, old, new) for key, value in row.items()]
    return sa.insert(table).from_select(list(row), sa.select(*given).select_from(series))


def _expression(column: sa.Column[Any], value: Any, old: str, new: sa.ColumnElement[str]) -> sa.ColumnElement[Any]:
    literal = sa.cast(sa.literal(value, column.type), column.type) if value is not None else sa.null()
    return sa.func.replace(literal, old, new) if isinstance(value, str) and old in value else literal
