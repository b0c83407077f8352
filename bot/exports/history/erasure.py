"""Forgetting a person: what still runs of theirs is stopped, and everything that was recorded is deleted."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from dbos import DBOSClient

from bot.engine.offline_client import OfflineClient
from bot.exports.history.operator import NotPossible, Operator
from bot.exports.history.request_workflows import Family, delete, families
from bot.exports.history.retention import BATCH
from bot.exports.ids import requests_of
from bot.exports.models import Outcome, Posted

# A stop takes seconds; an upload that has begun, or Slack's outage, may take longer than anybody likes to watch.
PATIENCE = 60.0
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class PersonData:
    """What is recorded of a person: requests that have ended, and those that still run."""

    ended: list[Family]
    running: list[Family]


@dataclass(frozen=True)
class ExternalLeftovers:
    """What a deleted request leaves elsewhere: its thread in Slack, and its projects at AI Studios."""

    posted: Posted | None
    projects: Sequence[str]


@dataclass(frozen=True)
class Erasure:
    """What each deleted request leaves elsewhere, and how many have to end first.

    `scrubbed` unless the database's file keeps traces for now.
    """

    deleted: Sequence[ExternalLeftovers]
    left: int
    scrubbed: bool


async def belongings(client: DBOSClient, person: str) -> PersonData:
    """Everything of a person (`T…:U…`)."""
    theirs = await client.list_workflows_async(user=person, load_input=False, load_output=False)
    ids = requests_of(workflow.workflow_id for workflow in theirs)
    found = [
        family for start in range(0, len(ids), BATCH) for family in await families(client, ids[start : start + BATCH])
    ]
    return PersonData(
        ended=[family for family in found if not family.is_running],
        running=[family for family in found if family.is_running],
    )


async def forget(offline: OfflineClient, person: str) -> Erasure:
    """Stops what runs, as the button *Stop* does, and deletes what has ended; without a bot nothing that runs ends."""
    client, deadline = offline.client, time.monotonic() + PATIENCE
    theirs = await belongings(client, person)
    await _stop(Operator(client), theirs.running)
    remains = await _delete(client, theirs.ended)
    while theirs.running and offline.bot_runs and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_SECONDS)
        theirs = await belongings(client, person)
        remains += await _delete(client, theirs.ended)
    return Erasure(remains, left=len(theirs.running), scrubbed=await offline.scrub())


async def _stop(operator: Operator, running: list[Family]) -> None:
    for family in running:
        with suppress(NotPossible):  # it has ended in this moment, or somebody deletes its project
            await operator.stop(family)


async def _delete(client: DBOSClient, ended: list[Family]) -> list[ExternalLeftovers]:
    remains: list[ExternalLeftovers] = []
    for start in range(0, len(ended), BATCH):
        doomed = ended[start : start + BATCH]
        remains += [_remains_of(family) for family in doomed]
        await delete(client, doomed)
    return remains


def _remains_of(family: Family) -> ExternalLeftovers:
    arguments = [value for one in family.workflows if isinstance(one.input, dict) for value in one.input["args"]]
    ends = [one.output for one in family.workflows if isinstance(one.output, Outcome)]
    return ExternalLeftovers(
        posted=next((value for value in arguments if isinstance(value, Posted)), None),
        projects=list(dict.fromkeys(end.project_id for end in ends if end.project_id)),
    )
