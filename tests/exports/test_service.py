"""Exports in the real engine, from the request to the end and over a restart, without Slack and AI Studios."""

import asyncio

import pytest
from dbos import DBOS

from bot.exports.models import ApprovalPolicy, Gathered, MessageReference, PollSettings, Progress, Reading
from bot.exports.service import Actor, NotTheirs, UnknownExport
from tests.exports.fakes.running import ANA, DONE, TEAM, Plan, PlannedVendor, asked, running_exports
from tests.exports.fakes.world import UNKNOWN

MESSAGE = MessageReference(channel_id="C1", ts="1.3")
BEN, OTHERS_ADMIN, ADMIN = Actor(TEAM, "U2"), Actor("T2", "U1", is_admin=True), Actor(TEAM, "U9", is_admin=True)
# Nobody asks: what is known came by webhook.
PATIENT = PollSettings(poll_seconds=3600.0, timeout_seconds=7200.0)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch, quick: None) -> None:  # noqa: ARG001 — a fixture
    """Replicas see at once who is gone."""
    monkeypatch.setattr("bot.engine.replicas.LOOK_SECONDS", 0.05)


async def test_a_hundred_webhooks_leave_few_steps_and_no_message(either_database_url: str) -> None:
    """However they come; the end is seen at once, by the webhook alone."""
    async with running_exports(either_database_url, settings=PATIENT) as bot:
        await bot.service.start("T1-V1", asked("Hello"))
        await bot.until_at("T1-V1", "submitted")
        reports = [Progress(at=float(percent), progress=percent, credit=7) for percent in range(101)]
        await asyncio.gather(*(bot.service.take_progress("T1-V1", report) for report in reports))
        record = await bot.until_ended("T1-V1")
        assert (record.result, record.credits) == ("video", 7)
        assert await bot.mailbox.read("T1-V1") == []
        assert len(await DBOS.list_workflow_steps_async("T1-V1")) <= 15
        # What comes after the end is taken, and kept nowhere.
        await bot.service.take_progress("T1-V1", Progress(at=101.0, progress=100))
        assert await bot.mailbox.read("T1-V1") == []
        with pytest.raises(UnknownExport):
            await bot.service.take_progress("T1-V2", reports[0])


async def test_the_same_request_again_is_the_same_export(either_database_url: str) -> None:
    """It is announced, submitted and counted once."""
    async with running_exports(either_database_url) as bot:
        await asyncio.gather(*(bot.service.start("T1-V1", asked("Hello")) for _ in range(3)))
        await bot.until_ended("T1-V1")
        await bot.service.start("T1-V1", asked("Hello"))
        assert (bot.vendor.submitted, len(bot.thread.of("announce"))) == (1, 1)
        assert await bot.until_counted() == [("video", None, 3)]


async def test_a_restart_goes_on_where_it_was(either_database_url: str) -> None:
    """Nothing is submitted or posted twice, and what was taken before is heard after."""
    vendor = PlannedVendor({"Hello": Plan(readings=[DONE])})
    async with running_exports(either_database_url, vendor=vendor, settings=PATIENT) as bot:
        await bot.service.start("T1-V1", asked("Hello"))
        await bot.until_at("T1-V1", "submitted")
    async with running_exports(either_database_url, vendor=vendor, settings=PATIENT) as bot:
        await bot.service.take_progress("T1-V1", Progress(at=1.0, progress=100))
        assert (await bot.until_ended("T1-V1")).result == "video"
        assert (vendor.submitted, bot.thread.of("announce")) == (1, [])
        assert await bot.until_counted() == [("video", None, 3)]


async def test_a_deadline_does_not_begin_anew_with_a_restart(either_database_url: str) -> None:
    """The time for an approval counts from when it was asked for, also while no bot ran."""
    approval = ApprovalPolicy(channel_id="C9", timeout_seconds=1.0)
    async with running_exports(either_database_url, approval=approval) as bot:
        await bot.service.start("T1-V1", asked("Hello"))
        await bot.until("T1-V1", lambda record: record.posted is not None, what="its place")
    async with running_exports(either_database_url, approval=approval) as bot:
        assert (await bot.until_ended("T1-V1")).failure == "lapsed"
        steps = await DBOS.list_workflow_steps_async("T1-V1.accept")
        (heard,) = [step["output"] for step in steps if isinstance(step["output"], Gathered)]
        assert heard.waited < approval.timeout_seconds


async def test_who_may_touch_an_export(either_database_url: str) -> None:
    """Its person and the admins of its workspace; in another it is unknown, and so is one that has ended."""
    vendor = PlannedVendor({"Hello": Plan(readings=[Reading(at=0.0, progress=20.0)]), "lost": Plan([UNKNOWN])})
    async with running_exports(either_database_url, vendor=vendor) as bot:
        await bot.service.start("T1-V1", asked("Hello"))
        await bot.until_at("T1-V1", "rendering")
        with pytest.raises(NotTheirs):
            await bot.service.stop("T1-V1", BEN)
        with pytest.raises(UnknownExport):
            await bot.service.stop("T1-V1", OTHERS_ADMIN)
        await bot.service.stop("T1-V1", ADMIN)
        assert (await bot.until_ended("T1-V1")).result == "stopped"
        with pytest.raises(UnknownExport):
            await bot.service.stop("T1-V1", ANA)
        with pytest.raises(UnknownExport):
            await bot.service.decide("T1-V1", ANA, MESSAGE, "try_again")


async def test_the_first_decision_counts(either_database_url: str) -> None:
    """Whoever else decides is told so, and nothing is begun for them."""
    async with running_exports(either_database_url, vendor=PlannedVendor({"lost": Plan([UNKNOWN])})) as bot:
        await bot.service.start("T1-V1", asked("lost"))
        await bot.until_ended("T1-V1")
        await bot.service.decide("T1-V1", ANA, MESSAGE, "leave_it")
        await bot.service.decide("T1-V1", ANA, MESSAGE, "leave_it")
        with pytest.raises(UnknownExport):
            await bot.service.decide("T1-V1", ADMIN, MESSAGE, "submit_again")
        assert (await bot.until_at("T1-V1", "left")).result == "left"
        assert await bot.records.one("T1-V1.2") is None
        assert await bot.until_counted() == [("question", None, None)]


async def test_what_was_chosen_last_is_known(either_database_url: str) -> None:
    """With the account that it was made with; by a fresh process from the database."""
    async with running_exports(either_database_url) as bot:
        await bot.service.start("T1-V1", asked("Hello"))
        await bot.until_ended("T1-V1")
    async with running_exports(either_database_url) as bot:
        last = await bot.service.last_options(TEAM, "U1")
        assert last is not None
        assert (last.options, last.account_id) == (asked("Hello").options, "account of T1")
        assert await bot.service.last_options(TEAM, "U2") is None
        (video,) = await bot.service.videos(TEAM, "U1", 5)
        assert (video.export_id, video.state, video.percent) == ("T1-V1", "ready", 100)
        used = await bot.service.usage(TEAM, within=10.0)
        assert used is not None
        assert (used.videos, used.credits) == (1, 3)
