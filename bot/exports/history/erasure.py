"""Erases a person: stops their running exports and deletes everything recorded about them."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from dbos import DBOSClient

from bot.engine.offline_client import OfflineClient
from bot.exports.history.operator import NotPossible, Operator
from bot.exports.history.records import Records
from bot.exports.history.request_workflows import RequestWorkflows, workflows_of_requests
from bot.exports.history.retention import BATCH, delete_requests
from bot.exports.ids import requests_of
from bot.exports.models import Outcome, Posted

# A stop takes seconds; an upload that has begun, or an outage of Slack's, may take longer than an operator waits.
PATIENCE = 60.0
LOOK_SECONDS = 0.5
PAGE = 500


@dataclass(frozen=True)
class PersonData:
    """The recorded requests of a person: ended and running."""

    ended: list[RequestWorkflows]
    running: list[RequestWorkflows]


@dataclass(frozen=True)
class ExternalLeftovers:
    """What remains of a deleted request in other systems: its thread in Slack, and its projects at AI Studios."""

    posted: Posted | None
    projects: Sequence[str]


@dataclass(frozen=True)
class Erasure:
    """The leftovers of the deleted requests, and how many requests must end first.

    `scrubbed` is false if the database's file still contains deleted text.
    """

    deleted: Sequence[ExternalLeftovers]
    left: int
    scrubbed: bool


async def data_of(client: DBOSClient, records: Records, person: str) -> PersonData:
    """The recorded requests of a person (`T…:U…`)."""
    ids = await _request_ids(records, person)
    found = [
        request
        for start in range(0, len(ids), BATCH)
        for request in await workflows_of_requests(client, ids[start : start + BATCH])
    ]
    return PersonData(
        ended=[request for request in found if not request.is_running],
        running=[request for request in found if request.is_running],
    )


async def erase(offline: OfflineClient, records: Records, operator: Operator, person: str) -> Erasure:
    """Stops running requests, as *Stop* does, and deletes ended ones. A running request ends only if a bot runs."""
    client, deadline = offline.client, time.monotonic() + PATIENCE
    theirs = await data_of(client, records, person)
    await _stop(operator, theirs.running)
    leftovers = await _delete(client, records, theirs.ended)
    while theirs.running and offline.bot_runs and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_SECONDS)
        theirs = await data_of(client, records, person)
        leftovers += await _delete(client, records, theirs.ended)
    return Erasure(leftovers, left=len(theirs.running), scrubbed=await offline.scrub())


async def _request_ids(records: Records, person: str) -> list[str]:
    ids: dict[str, None] = {}
    offset = 0
    while page := await records.newest(people=[person], limit=PAGE, offset=offset):
        ids |= dict.fromkeys(requests_of(record.export_id for record in page))
        offset += len(page)
    return list(ids)


async def _stop(operator: Operator, running: list[RequestWorkflows]) -> None:
    async for view in operator.these([request.request_id for request in running]):
        with suppress(NotPossible):  # it has ended in this moment, or somebody deletes its project
            await operator.stop(view)


async def _delete(client: DBOSClient, records: Records, ended: list[RequestWorkflows]) -> list[ExternalLeftovers]:
    leftovers: list[ExternalLeftovers] = []
    for start in range(0, len(ended), BATCH):
        doomed = ended[start : start + BATCH]
        leftovers += [_leftovers_of(request) for request in doomed]
        await delete_requests(client, records, doomed)
    return leftovers


def _leftovers_of(request: RequestWorkflows) -> ExternalLeftovers:
    arguments = [value for one in request.workflows if isinstance(one.input, dict) for value in one.input["args"]]
    ends = [one.output for one in request.workflows if isinstance(one.output, Outcome)]
    return ExternalLeftovers(
        posted=next((value for value in arguments if isinstance(value, Posted)), None),
        projects=list(dict.fromkeys(end.project_id for end in ends if end.project_id)),
    )
