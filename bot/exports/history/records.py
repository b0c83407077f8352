"""The table of exports, queried by lists, limits and usage: one row per attempt.

The workflow's steps write it, and so does the service (a new attempt, and the decision "leave it").

DBOS stores the whole history, but it has no index by person, and filters by attributes on Postgres only. Every write
here is idempotent, because a step may run twice. The person's options are not copied: they are read from the workflow
by its id.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Float,
    Index,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.database import DatabaseUnusable, create_tables, is_file
from bot.engine.mailbox import Recipient, empty
from bot.exports.ids import request_of
from bot.exports.models import ExportRequest, Outcome, Posted
from bot.exports.states import RESULTS, Result, Stage
from bot.exports.usage import Usage, month_of
from bot.metrics import Standing

METADATA = MetaData()
# Ids are compared byte by byte, so that a search by prefix uses the index in any locale.
_Id = String(255).with_variant(String(255, collation="C"), "postgresql")
EXPORTS = Table(
    "avatar_bot_exports",
    METADATA,
    Column("export_id", _Id, primary_key=True),
    Column("request_id", String(255), nullable=False),
    Column("person", String(128), nullable=False),
    Column("team_id", String(64), nullable=False),
    Column("account_id", String(64)),
    Column("project_id", String(128)),
    Column("channel_id", String(64)),
    Column("root_ts", String(64)),
    Column("reply_ts", String(64)),
    Column("stage", String(16), nullable=False),
    Column("percent", Integer, nullable=False, default=0),
    Column("result", String(16)),
    Column("failure", String(32)),
    Column("credits", BigInteger),
    Column("seconds", Float(53)),
    Column("begun_at", Float(53), nullable=False),
    Column("ended_at", Float(53)),
    Index("avatar_bot_exports_person", "person", "begun_at"),
    Index("avatar_bot_exports_begun", "begun_at"),
    Index("avatar_bot_exports_stage", "stage", "begun_at"),
    Index("avatar_bot_exports_ended", "ended_at"),
)
USAGE = Table(
    "avatar_bot_usage",
    METADATA,
    Column("team_id", String(64), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("videos", Integer, nullable=False),
    Column("credits", BigInteger, nullable=False),
)
_COUNTING = [result for result, record in RESULTS.items() if record.counts]


@dataclass(frozen=True)
class Record:
    """A row; the times are Unix seconds."""

    export_id: str
    request_id: str
    person: str
    team_id: str
    stage: Stage
    begun_at: float
    percent: int = 0
    account_id: str | None = None
    project_id: str | None = None
    channel_id: str | None = None
    root_ts: str | None = None
    reply_ts: str | None = None
    result: Result | None = None
    failure: str | None = None
    credits: int | None = None
    seconds: float | None = None
    ended_at: float | None = None

    @property
    def posted(self) -> Posted | None:
        """Its messages in Slack; None before they are posted."""
        if not (self.channel_id and self.root_ts and self.reply_ts):
            return None
        return Posted(channel_id=self.channel_id, root_ts=self.root_ts, reply_ts=self.reply_ts)


def person_of(request: ExportRequest) -> str:
    """The person who asked, as `T…:U…`; the same user id in another workspace is another person."""
    return person(request.requester.team_id, request.requester.user_id)


def person(team_id: str, user_id: str) -> str:
    """A person as `T…:U…`."""
    return f"{team_id}:{user_id}"


class Records:
    """The table of exports. Every method raises SQLAlchemyError when the database fails.

    `most_at_once` bounds how many connections it takes of the pool: a start takes up thousands of workflows, and forms
    that people submit meanwhile need some.
    """

    def __init__(self, database: AsyncEngine, *, most_at_once: int | None = None) -> None:
        self._database = database
        self._turns = asyncio.Semaphore(most_at_once) if most_at_once else nullcontext()
        self._insert = sqlite.insert if is_file(database.url) else postgresql.insert

    async def prepare(self) -> None:
        """Makes the tables if they are missing. Raises DatabaseUnusable."""
        try:
            await create_tables(self._database, METADATA.create_all)
        except (SQLAlchemyError, OSError) as error:
            raise DatabaseUnusable(f"the table of exports can't be used: {type(error).__name__}") from None

    # Written by the workflow's steps

    async def begin(self, export_id: str, request: ExportRequest, stage: Stage, posted: Posted | None = None) -> None:
        """Inserts an attempt; does nothing if it exists."""
        row = {
            "export_id": export_id,
            "request_id": request_of(export_id),
            "person": person_of(request),
            "team_id": request.requester.team_id,
            "account_id": request.account_id,
            "stage": stage,
            "percent": 0,
            "begun_at": time.time(),
            **(posted.model_dump() if posted else {}),
        }
        await self._execute(self._insert(EXPORTS).values(row).on_conflict_do_nothing())

    async def move(self, export_id: str, stage: Stage, percent: int = 0, *, project_id: str | None = None) -> None:
        """Updates the stage of a running attempt; percent never decreases."""
        forward = case((EXPORTS.c.percent > percent, EXPORTS.c.percent), else_=percent)
        values: dict[str, Any] = {"stage": stage, "percent": forward}
        if project_id:
            values["project_id"] = project_id
        await self._execute(update(EXPORTS).where(_unfinished(export_id)).values(values))

    async def start_sending(self, export_id: str) -> None:
        """Updates a queued attempt to the stage `sending`."""
        waits = _unfinished(export_id) & (EXPORTS.c.stage == "queued")
        await self._execute(update(EXPORTS).where(waits).values(stage="sending"))

    async def place(self, export_id: str, posted: Posted) -> None:
        """Stores where the messages of an attempt are."""
        this = EXPORTS.c.export_id == export_id
        await self._execute(update(EXPORTS).where(this).values(posted.model_dump()))

    async def end(self, export_id: str, stage: Stage, outcome: Outcome, *, keep_messages: bool = False) -> None:
        """Ends an attempt once: adds its usage to the workspace's month and deletes its messages."""
        now = time.time()
        ended = {
            "stage": stage,
            "result": outcome.result,
            "failure": outcome.failure,
            "credits": outcome.credits,
            "seconds": outcome.seconds,
            "ended_at": now,
            **({"project_id": outcome.project_id} if outcome.project_id else {}),
        }
        statement = update(EXPORTS).where(_unfinished(export_id)).values(ended).returning(EXPORTS.c.team_id)
        async with self._transaction() as connection:
            team_id = await connection.scalar(statement)
            if team_id is not None:
                await self._use(connection, team_id, month_of(now), outcome)
            if not keep_messages:
                await empty(connection, export_id)

    async def restage(self, export_id: str, stage: Stage, result: Result | None = None) -> None:
        """Updates the stage, and the result if given, of an attempt that has ended."""
        values = {"stage": stage, **({"result": result} if result else {})}
        ended = (EXPORTS.c.export_id == export_id) & EXPORTS.c.ended_at.is_not(None)
        await self._execute(update(EXPORTS).where(ended).values(values))

    async def delete(self, request_ids: Sequence[str]) -> None:
        """Deletes all attempts of these requests with their messages; their usage stays in the month's sum."""
        theirs = EXPORTS.c.request_id.in_(request_ids)
        async with self._transaction() as connection:
            for export_id in list(await connection.scalars(select(EXPORTS.c.export_id).where(theirs))):
                await empty(connection, export_id)
            await connection.execute(delete(EXPORTS).where(theirs))

    # Read by lists, limits and usage

    async def recipients(self, connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, Recipient]:
        """These exports as recipients: their owners, and whether they are open (bot.engine.mailbox.Directory)."""
        query = select(EXPORTS.c.export_id, EXPORTS.c.person, EXPORTS.c.ended_at).where(EXPORTS.c.export_id.in_(ids))
        rows = await connection.execute(query)
        return {row.export_id: Recipient(row.person, is_open=row.ended_at is None) for row in rows}

    async def one(self, export_id: str) -> Record | None:
        """An attempt by its id; None if there is none."""
        found = await self._select(EXPORTS.c.export_id == export_id, limit=1)
        return found[0] if found else None

    async def newest(
        self,
        *,
        people: Sequence[str] | None = None,
        stages: Sequence[Stage] | None = None,
        limit: int,
        offset: int = 0,
    ) -> list[Record]:
        """Attempts, newest first; only those of these `people` (`T…:U…`) and at these `stages`, if given."""
        wanted = []
        if people is not None:
            wanted.append(EXPORTS.c.person.in_(people))
        if stages is not None:
            wanted.append(EXPORTS.c.stage.in_(stages))
        return await self._select(*wanted, limit=limit, offset=offset)

    async def of_requests(self, request_ids: Sequence[str]) -> list[Record]:
        """All attempts of these requests, newest first."""
        beginnings = [_begins(request_id) for request_id in request_ids]
        same = EXPORTS.c.request_id.in_(request_ids)
        return await self._select(same, or_(*beginnings)) if request_ids else []

    async def beginning_with(self, beginning: str, limit: int) -> list[Record]:
        """Attempts whose id begins with this text."""
        return await self._select(_begins(beginning), limit=limit)

    async def videos_since(self, who: str, since: float) -> int:
        """How many videos a person has requested since then (Unix seconds); failed and stopped ones don't count."""
        counts = or_(EXPORTS.c.ended_at.is_(None), EXPORTS.c.result.in_(_COUNTING))
        query = select(func.count()).where(EXPORTS.c.person == who, EXPORTS.c.begun_at >= since, counts)
        return int(await self._scalar(query) or 0)

    async def usage(self, team_id: str) -> Usage:
        """A workspace's usage in this calendar month (UTC)."""
        this = (USAGE.c.team_id == team_id) & (USAGE.c.month == month_of(time.time()))
        async with self._connection() as connection:
            row = (await connection.execute(select(USAGE).where(this))).one_or_none()
        return Usage(row.videos, row.credits) if row else Usage()

    async def standing(self) -> Standing:
        """The number of exports in the queue and of exports in progress, over all processes."""
        running = EXPORTS.c.ended_at.is_(None) & (EXPORTS.c.stage != "approval")
        query = select(EXPORTS.c.stage, func.count()).where(running).group_by(EXPORTS.c.stage)
        async with self._connection() as connection:
            counts = {stage: int(count) for stage, count in await connection.execute(query)}
        queued = counts.pop("queued", 0)
        return Standing(queued=queued, in_flight=sum(counts.values()))

    async def people(self, user_id: str | None, team_id: str | None = None) -> list[str]:
        """The people with exports, as `T…:U…`; only those with this user id and in this workspace, if given."""
        theirs = select(EXPORTS.c.person).distinct()
        if user_id is not None:
            theirs = theirs.where(EXPORTS.c.person.endswith(f":{user_id}", autoescape=True))
        if team_id is not None:
            theirs = theirs.where(EXPORTS.c.team_id == team_id)
        async with self._connection() as connection:
            return sorted(await connection.scalars(theirs))

    async def ended_before(self, moment: float, *, limit: int, offset: int) -> list[Record]:
        """Attempts that ended before then (Unix seconds), the earliest end first."""
        query = select(EXPORTS).where(EXPORTS.c.ended_at < moment).order_by(EXPORTS.c.ended_at, EXPORTS.c.export_id)
        return await self._rows(query.limit(limit).offset(offset))

    async def possible_owners(self, export_id: str, account_id: str | None, since: float) -> list[Record]:
        """The other attempts with this account that have not ended or ended after `since` (Unix seconds)."""
        recent = or_(EXPORTS.c.ended_at.is_(None), EXPORTS.c.ended_at >= since)
        return await self._select(EXPORTS.c.export_id != export_id, EXPORTS.c.account_id == account_id, recent)

    async def _use(self, connection: AsyncConnection, team_id: str, month: str, outcome: Outcome) -> None:
        used = {"videos": int(RESULTS[outcome.result].video), "credits": max(outcome.credits or 0, 0)}
        if not any(used.values()):
            return
        statement = self._insert(USAGE).values(team_id=team_id, month=month, **used)
        added = {name: USAGE.c[name] + value for name, value in used.items()}
        await connection.execute(statement.on_conflict_do_update(index_elements=["team_id", "month"], set_=added))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        async with self._turns, self._database.begin() as connection:
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        async with self._turns, self._database.connect() as connection:
            yield connection

    async def _select(
        self, *wanted: ColumnElement[bool], limit: int | None = None, offset: int | None = None
    ) -> list[Record]:
        newest_first = (EXPORTS.c.begun_at.desc(), EXPORTS.c.export_id.desc())
        return await self._rows(select(EXPORTS).where(*wanted).order_by(*newest_first).limit(limit).offset(offset))

    async def _rows(self, query: Any) -> list[Record]:
        async with self._connection() as connection:
            return [_record(mapping) for mapping in (await connection.execute(query)).mappings()]

    async def _scalar(self, query: Any) -> Any:
        async with self._connection() as connection:
            return await connection.scalar(query)

    async def _execute(self, statement: Any) -> None:
        async with self._transaction() as connection:
            await connection.execute(statement)


def _unfinished(export_id: str) -> ColumnElement[bool]:
    return and_(EXPORTS.c.export_id == export_id, EXPORTS.c.ended_at.is_(None))


def _begins(beginning: str) -> ColumnElement[bool]:
    """A range of ids, which the index supports; the largest character ends it."""
    return and_(EXPORTS.c.export_id >= beginning, EXPORTS.c.export_id < beginning + "\U0010ffff")


def _record(mapping: RowMapping) -> Record:
    return Record(**mapping)
