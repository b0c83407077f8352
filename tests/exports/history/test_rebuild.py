"""The table of exports says what the workflows say: it can be rebuilt from them."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.exports.history.records import USAGE, Record
from bot.exports.models import (
    ApprovalDecision,
    ApprovalPolicy,
    MessageReference,
    Progress,
    Reading,
    Submission,
)
from bot.exports.ports import PlaceLost
from bot.exports.states import state_of
from bot.exports.usage import Usage
from bot.exports.workflow.queue import ExportQueue
from tests.exports.fakes.running import ANA, TEAM, Plan, PlannedVendor, RunningExports, asked, running_exports
from tests.exports.fakes.world import ACCEPTED, UNKNOWN, FakeDownload
from tests.exports.history.rebuild import rebuilt

pytestmark = pytest.mark.usefixtures("quick")

MESSAGE = MessageReference(channel_id="C1", ts="1.3")
LATER = Submission(result="later", at=0.0)
REFUSED = Submission(result="refused", at=0.0, reason="rejected", detail="no such avatar")
FAILED = (Reading(at=0.0, progress=40.0), Reading(at=0.0, problem="failed"))
STILL = (Reading(at=0.0, progress=45.0),)
SECONDS = 5.0
LOOKS, PAUSE = 100, 0.1


def planned() -> PlannedVendor:
    return PlannedVendor(
        {
            "refused once": Plan([REFUSED, ACCEPTED]),
            "breaks": Plan(readings=FAILED),
            "lost": Plan([UNKNOWN, UNKNOWN, ACCEPTED]),
            "left": Plan([UNKNOWN]),
            "renders": Plan(readings=STILL),
            "stopped": Plan(readings=STILL),
            "busy": Plan([LATER]),
        }
    )


async def table_of(bot: RunningExports) -> tuple[dict[str, Record], dict[tuple[str, str], Usage]]:
    async with bot.database.connect() as connection:
        rows = await connection.execute(select(USAGE))
        sums = {(row.team_id, row.month): Usage(row.videos, row.credits) for row in rows}
    return {record.export_id: record for record in await bot.records.newest(limit=1000)}, sums


async def assert_rebuilt(bot: RunningExports) -> dict[str, Record]:
    """Compares every row and sum; times are those of different clocks' reads.

    A step writes the row and is recorded itself a moment later.
    """
    for _ in range(LOOKS):
        rows, sums = await table_of(bot)
        expected, expected_sums = await rebuilt()
        if _timeless_rows(rows) == _timeless_rows(expected) and sums == expected_sums:
            break
        await asyncio.sleep(PAUSE)
    assert _timeless_rows(rows) == _timeless_rows(expected)
    assert sums == expected_sums
    for name, row in rows.items():
        assert row.begun_at == pytest.approx(expected[name].begun_at, abs=SECONDS)
        assert (row.ended_at or 0.0) == pytest.approx(expected[name].ended_at or 0.0, abs=SECONDS)
    return rows


def _timeless_rows(rows: Mapping[str, Record]) -> dict[str, Record]:
    return {name: _timeless(row) for name, row in rows.items()}


def _timeless(record: Record) -> Record:
    return replace(record, begun_at=0.0, ended_at=None if record.ended_at is None else 0.0)


async def test_what_has_ended(either_database_url: str) -> None:
    """Videos, links, drafts, failures, questions and stops, and what was decided about them."""
    async with running_exports(either_database_url, vendor=planned()) as bot:
        service = bot.service
        for name in ("video", "refused once", "breaks", "left", "lost", "renders"):
            await service.start(f"T1-{name}".replace(" ", "-"), asked(name))
        await service.start("T2-video", asked("elsewhere", team_id="T2"))
        await service.start("T1-draft", asked("draft", is_export=False))
        for export_id in ("T1-video", "T1-refused-once", "T1-breaks", "T1-left", "T1-lost", "T2-video", "T1-draft"):
            await bot.until_ended(export_id)
        bot.vendor.downloads = [FakeDownload(length=10_000)]
        await service.start("T1-link", asked("link"))
        await bot.until_ended("T1-link")
        bot.thread.errors["announce"] = [PlaceLost("is_archived")]
        await service.start("T1-nowhere", asked("nowhere"))
        await bot.until_ended("T1-nowhere")
        bot.vendor.downloads = [FakeDownload()]

        await bot.until_at("T1-renders", "rendering")
        await service.take_progress("T1-renders", Progress(at=1.0, progress=60))
        await bot.until("T1-renders", lambda record: record.percent == 60, what="60 percent")
        await service.stop("T1-renders", ANA)
        await bot.until_ended("T1-renders")
        await service.discard("T1-renders", ANA)
        await service.decide("T1-left", ANA, MESSAGE, "leave_it")
        await service.decide("T1-refused-once", ANA, MESSAGE, "try_again")
        await service.decide("T1-lost", ANA, MESSAGE, "submit_again")
        await bot.until_ended("T1-refused-once.2")
        await bot.until_ended("T1-lost.2")
        await service.decide("T1-lost.2", ANA, MESSAGE, "submit_again")
        await bot.until_ended("T1-lost.3")
        rows = await assert_rebuilt(bot)
        assert {name: row.result for name, row in rows.items()} == {
            "T1-video": "video",
            "T2-video": "video",
            "T1-refused-once": "failed",
            "T1-refused-once.2": "video",
            "T1-breaks": "failed",
            "T1-left": "left",
            "T1-lost": "question",
            "T1-lost.2": "question",
            "T1-lost.3": "video",
            "T1-draft": "draft",
            "T1-link": "link",
            "T1-nowhere": "failed",
            "T1-renders": "stopped",
        }
        assert (rows["T1-breaks"].percent, rows["T1-renders"].percent, rows["T1-video"].percent) == (40, 60, 100)
        assert await bot.records.usage(TEAM) == Usage(videos=4, credits=12)


async def test_what_runs(either_database_url: str) -> None:
    """On its way, in the queue, rendering, and stopped in the queue."""
    async with running_exports(either_database_url, vendor=planned(), queue=ExportQueue(most_at_once=2)) as bot:
        for number, name in enumerate(("busy", "renders"), start=1):
            await bot.service.start(f"T1-{name}", asked(name))
            await bot.until_at(f"T1-{name}", ("waiting", "rendering")[number - 1])
        for name in ("queued", "cancelled"):
            await bot.service.start(f"T1-{name}", asked(name))
            await bot.until_at(f"T1-{name}", "queued")
        await bot.service.stop("T1-cancelled", ANA)
        await bot.until_ended("T1-cancelled")
        await bot.until("T1-renders", lambda record: record.percent == 45, what="45 percent")
        rows = await assert_rebuilt(bot)
        # Without news for a while it is called silent, which lists call rendering as well.
        assert {name: (state_of(row.stage), row.result) for name, row in rows.items()} == {
            "T1-busy": ("waiting", None),
            "T1-renders": ("rendering", None),
            "T1-queued": ("queued", None),
            "T1-cancelled": ("stopped", "stopped"),
        }


async def test_what_waits_for_approval(either_database_url: str) -> None:
    """Waiting, declined, lapsed when nobody decides, and approved, which renders."""
    approval = ApprovalPolicy(channel_id="C9", timeout_seconds=600.0)
    yes, no = (ApprovalDecision(approved=approved, user_id="U9") for approved in (True, False))
    async with running_exports(either_database_url, vendor=planned(), approval=approval) as bot:
        ids = {name: f"T1-{name}" for name in ("waits", "declined", "approved")}
        await asyncio.gather(*(bot.service.start(export_id, asked(name)) for name, export_id in ids.items()))
        assert await bot.service.decide_approval("T1-declined", TEAM, no) == no
        assert await bot.service.decide_approval("T1-approved", TEAM, yes) == yes
        assert await bot.service.decide_approval("T1-approved", TEAM, no) == yes
        for name in ("declined", "approved"):
            await bot.until_ended(ids[name])
        await bot.until("T1-waits", lambda record: record.posted is not None, what="its place")
        rows = await assert_rebuilt(bot)
        assert {name: (rows[one].stage, rows[one].failure) for name, one in ids.items()} == {
            "waits": ("approval", None),
            "declined": ("declined", "declined"),
            "approved": ("ready", None),
        }
