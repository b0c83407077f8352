"""Copies of one recorded export, as many as a bench needs, in DBOS's tables and in ours.

To play a hundred thousand exports would take days. They are written down as DBOS and the bot write them, after a real
one that was played before. The database itself multiplies the rows of each: from here it would take minutes.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.exports.ids import accept_id

WORKFLOWS, STEPS, EXPORTS, MAILBOX = "workflow_status", "operation_outputs", "avatar_bot_exports", "avatar_bot_mailbox"
# The tables of DBOS (https://docs.dbos.dev/explanations/system-tables) and ours, by the column with a workflow's id.
DBOS_TABLES = dict.fromkeys((WORKFLOWS, "workflow_input", "workflow_output", STEPS), "workflow_uuid")
OUR_TABLES = {EXPORTS: "export_id", MAILBOX: "recipient"}
KEYS = {**DBOS_TABLES, **OUR_TABLES}
# Rows of these differ from copy to copy; those of the others in the id alone.
CHANGED = (WORKFLOWS, EXPORTS)
# So many copies are written at once.
BATCH = 2_000
# How the ids of copies begin, shaped like Slack's ids of views, and how many digits follow.
COPIES, DIGITS = "VB", 9
LOOK_SECONDS = 0.1

Values = dict[str, Any]
# Makes of a workflow's own row, or of our row of an export, what it is to be in the copy of that number.
Change = Callable[[Values, int], Values]


@dataclass(frozen=True)
class Record:
    """The rows of one export by table; `id` stands in them wherever the export is named."""

    id: str
    rows: Mapping[str, list[Values]]


class CopiedExports:
    """The database of a bot, by its address. What it writes, the bot should not be running for."""

    def __init__(self, url: str) -> None:
        is_file = url.startswith("sqlite")
        self._engine = sa.create_engine(url if is_file else url.replace("postgresql:", "postgresql+psycopg:", 1))
        theirs, ours = sa.MetaData(schema=None if is_file else "dbos"), sa.MetaData()
        theirs.reflect(self._engine, only=list(DBOS_TABLES))
        ours.reflect(self._engine, only=list(OUR_TABLES))
        self._tables = {table.name: table for metadata in (theirs, ours) for table in metadata.tables.values()}

    def close(self) -> None:
        self._engine.dispose()

    def record(self, *, whole: bool) -> Record:
        """What is written of the export that was begun last; `whole`: of all workflows of its request.

        Raises LookupError when there is none.
        """
        export_id = self._latest()
        with self._engine.connect() as connection:
            rows = {name: self._rows(connection, name, export_id, with_others=whole) for name in KEYS}
        if whole and accept_id(export_id) not in [row["workflow_uuid"] for row in rows[WORKFLOWS]]:
            raise LookupError(f"{accept_id(export_id)} is not in {WORKFLOWS}: there is nothing to copy")
        return Record(export_id, rows)

    def copy(self, record: Record, numbers: range, change: Change) -> None:
        """Adds copies, whose ids are told apart by their numbers."""
        for start in range(numbers.start, numbers.stop, BATCH):
            self._copy_batch(record, range(start, min(start + BATCH, numbers.stop)), change)

    def _copy_batch(self, record: Record, numbers: range, change: Change) -> None:
        with self._engine.begin() as connection:
            for name in KEYS:
                if name in CHANGED:
                    self._insert_changed(connection, name, record, numbers, change)
                else:
                    for row in record.rows[name]:
                        connection.execute(_multiplied(self._tables[name], row, record.id, numbers))

    def _insert_changed(
        self, connection: sa.Connection, name: str, record: Record, numbers: range, change: Change
    ) -> None:
        copies = [change(_named(row, record.id, number), number) for number in numbers for row in record.rows[name]]
        if copies:
            connection.execute(sa.insert(self._tables[name]), copies)

    def delete(self, export_id: str) -> None:
        """Forgets an export, as if it had never been, or all whose ids begin like this."""
        with self._engine.begin() as connection:
            for name in reversed(KEYS):
                connection.execute(sa.delete(self._tables[name]).where(self._key(name).startswith(export_id)))

    def analyze(self) -> None:
        """Lets the database know what it holds, as its own housekeeping does in time."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))

    def count(self, status: str, name: str = "export") -> int:
        """How many workflows of a name stand so."""
        workflows = self._tables[WORKFLOWS].c
        return self._counted(WORKFLOWS, sa.and_(workflows.status == status, workflows.name == name))

    def count_unfinished(self) -> int:
        """How many workflows have not ended."""
        return self._counted(WORKFLOWS, self._tables[WORKFLOWS].c.status.not_in(("SUCCESS", "ERROR", "CANCELLED")))

    def shares(self) -> list[int]:
        """How many copies each process has made, the busiest first."""
        workflows = self._tables[WORKFLOWS].c
        query = sa.select(sa.func.count()).where(workflows.status == "SUCCESS", self._key(WORKFLOWS).startswith(COPIES))
        with self._engine.connect() as connection:
            return sorted(connection.scalars(query.group_by(workflows.executor_id)), reverse=True)

    def server(self) -> int:
        """The id of a process of the Postgres server."""
        with self._engine.connect() as connection:
            return int(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())

    def moved(self, record: Record) -> int:
        """How many copies have done a step more than the export that they were copied from."""
        steps = self._tables[STEPS].c
        beyond = steps.function_id > max(row["function_id"] for row in record.rows[STEPS])
        query = sa.select(sa.func.count(sa.distinct(steps.workflow_uuid))).where(
            self._key(STEPS).startswith(COPIES), beyond
        )
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def bytes_used(self) -> int:
        """The size of the database with its indexes, without what it keeps free."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM"))
            if self._engine.dialect.name != "sqlite":
                return int(connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one())
            pages = int(connection.execute(sa.text("PRAGMA page_count")).scalar_one())
            return pages * int(connection.execute(sa.text("PRAGMA page_size")).scalar_one())

    async def until(self, condition: Callable[[], bool], *, what: str, seconds: float = 300) -> float:
        """Looks until it is so; gives the seconds it took. Raises TimeoutError, saying `what`."""
        started = time.monotonic()
        while not await asyncio.to_thread(condition):
            if time.monotonic() - started > seconds:
                raise TimeoutError(f"not within {seconds:g} s: {what}")
            await asyncio.sleep(LOOK_SECONDS)
        return time.monotonic() - started

    def _latest(self) -> str:
        workflows = self._tables[WORKFLOWS].c
        query = sa.select(workflows.workflow_uuid).where(workflows.name == "export")
        with self._engine.connect() as connection:
            latest = connection.scalar(query.order_by(workflows.created_at.desc()).limit(1))
        if latest is None:
            raise LookupError(f"no export in {WORKFLOWS}: there is nothing to copy")
        return str(latest)

    def _counted(self, name: str, condition: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(self._tables[name]).where(condition)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def _rows(self, connection: sa.Connection, name: str, export_id: str, *, with_others: bool) -> list[Values]:
        """Without the numbers that the database gives to messages itself."""
        key = self._key(name)
        this = key.startswith(export_id) if with_others else key == export_id
        found = connection.execute(sa.select(self._tables[name]).where(this))
        return [{column: value for column, value in row.items() if column != "number"} for row in found.mappings()]

    def _key(self, name: str) -> sa.Column[str]:
        return self._tables[name].c[KEYS[name]]


def copy_id(number: int) -> str:
    """The id of the copy of that number."""
    return f"{COPIES}{number:0{DIGITS}d}"


def as_it_was(row: Values, number: int) -> Values:
    """A copy that differs in its id alone."""
    del number
    return row


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
