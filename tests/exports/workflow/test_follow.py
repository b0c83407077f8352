"""Following a render: much progress makes few steps, the end is seen at once, and silence is asked about."""

from typing import Any

import pytest

from bot.exports.models import PollSettings, Progress, Reading, Stop, Video
from bot.exports.render.progress import EDIT_INTERVAL, MISSING_READS, READS_WITHOUT_LINK, SILENT_POLLS
from bot.exports.workflow.endings import ExportFailed, ExportStopped
from bot.exports.workflow.follow import Following
from tests.exports.fakes.replays import assert_replays
from tests.exports.fakes.world import World

URL = "https://cdn.example.com/video.mp4"
DONE = Reading(at=0.0, progress=100.0, download_url=URL)
SETTINGS = PollSettings(poll_seconds=15.0, timeout_seconds=7200.0)
PATIENT = PollSettings(poll_seconds=3600.0, timeout_seconds=7200.0)


async def followed(world: World, settings: PollSettings = SETTINGS) -> Video:
    return await Following(world.tools).until_rendered(world.run(), "P1", settings)


async def failure(world: World, settings: PollSettings = SETTINGS) -> ExportFailed:
    with pytest.raises(ExportFailed) as failed:
        await followed(world, settings)
    return failed.value


def shown(world: World) -> list[tuple[str, int]]:
    return [(status.stage, status.percent) for status in world.thread.of("show")]


async def test_a_hundred_webhooks_make_a_handful_of_steps(world: World) -> None:
    """What is shown is that it moves, that half is done, and its end; the rest gathers until then."""
    for percent in range(1, 101):
        world.mailbox.progress(percent, percent)
    world.vendor.readings = [DONE]
    video = await followed(world, PATIENT)
    assert (video.download_url, video.credits, video.heard_at) == (URL, 3, 1_700_000_051.0)
    assert shown(world) == [("rendering", 3), ("rendering", 50)]
    assert world.steps.names == ["accepted", *["listen", "show"] * 2, "listen", "read", "credits"]
    assert world.records.stages == [("submitted", 0), ("rendering", 3), ("rendering", 50)]
    assert world.metrics.shown == [1_700_000_001.0, 1_700_000_004.0]


async def test_the_end_is_seen_at_once(world: World) -> None:
    """A webhook at 100 is waited for no longer than it takes to come, also right after an edit."""
    world.mailbox.progress(4.0, 20)
    world.mailbox.progress(4.1, 100)
    world.vendor.readings = [DONE]
    began_at = world.clock.now
    await followed(world, PATIENT)
    assert world.clock.now - began_at == pytest.approx(4.1)
    assert world.vendor.reads == 1


async def test_a_webhook_at_100_is_not_believed(world: World) -> None:
    """AI Studios is asked, once; what it says counts, and it is followed further."""
    world.mailbox.progress(5, 100)
    world.vendor.readings = [Reading(at=0.0, progress=20.0), DONE]
    await followed(world)
    assert world.vendor.reads == 2
    assert world.clock.now >= 1_700_000_000 + 5 + SETTINGS.poll_seconds


async def test_without_webhooks_ai_studios_is_asked(world: World) -> None:
    """As often as the settings say; each answer is where lists see it, and the thread in its own rhythm."""
    world.vendor.readings = [Reading(at=0.0, progress=percent) for percent in (10.0, 20.0, 30.9)] + [DONE]
    began_at = world.clock.now
    await followed(world)
    assert world.clock.now - began_at == pytest.approx(4 * SETTINGS.poll_seconds)
    assert shown(world) == [("submitted", 0), ("rendering", 10)]
    assert world.records.stages == [
        ("submitted", 0),
        ("submitted", 0),
        ("rendering", 10),
        ("rendering", 10),
        ("rendering", 20),
        ("rendering", 30),
    ]
    assert world.records.changes[0].project_id == "P1"


async def test_when_nothing_moves_the_thread_says_so(world: World) -> None:
    """First that AI Studios has the script, then for how long it is silent; progress ends the silence."""
    world.vendor.readings = [Reading(at=0.0)] * (SILENT_POLLS + 1) + [Reading(at=0.0, progress=60.0)] * 2 + [DONE]
    await followed(world)
    assert shown(world) == [("submitted", 0), ("silent", 0), ("rendering", 60)]
    silent = world.thread.of("show")[1]
    assert silent.seconds_silent == pytest.approx(SILENT_POLLS * SETTINGS.poll_seconds, abs=EDIT_INTERVAL)


async def test_an_edit_that_did_not_land_is_made_again(world: World) -> None:
    """After the usual distance, without a further sign of AI Studios; a webhook is counted as shown once it is."""
    world.thread.lands = False
    world.mailbox.progress(10, 40)
    world.mailbox.progress(12, 100)
    world.vendor.readings = [Reading(at=0.0, progress=41.0), DONE]
    await followed(world)
    assert len(shown(world)) > 2
    assert world.metrics.shown == []


@pytest.mark.parametrize(
    ("readings", "reason"),
    [
        ([Reading(at=0.0, progress=30.0), Reading(at=0.0, problem="failed")], "render_failed"),
        ([Reading(at=0.0, problem="gone")] * MISSING_READS, "project_gone"),
        ([Reading(at=0.0, problem="disconnected")], "disconnected"),
        ([Reading(at=0.0, progress=100.0)] * READS_WITHOUT_LINK, "no_link"),
        ([Reading(at=0.0, problem="unreachable")], "timed_out"),
        ([Reading(at=0.0, problem="credentials")], "timed_out"),
    ],
)
async def test_how_a_render_fails(world: World, readings: list[Reading], reason: str) -> None:
    """Each with its project; an outage of AI Studios alone is no failure before the time is over."""
    world.vendor.readings = readings
    failed = await failure(world)
    assert (failed.reason, failed.project_id) == (reason, "P1")
    assert failed.waited == (SETTINGS.timeout_seconds if reason == "timed_out" else None)
    if reason not in ("timed_out",):
        assert world.vendor.reads == len(readings)


async def test_a_render_that_takes_too_long(world: World) -> None:
    """It ends in its time, after a last question; a video that is there by then is delivered."""
    world.vendor.readings = [Reading(at=0.0, progress=99.0)]
    began_at = world.clock.now
    assert (await failure(world, PATIENT)).reason == "timed_out"
    assert world.clock.now - began_at == pytest.approx(PATIENT.timeout_seconds)
    later = World(clock=world.clock)
    later.vendor.readings = [Reading(at=0.0, progress=99.0), DONE]
    assert (await followed(later, PATIENT)).download_url == URL


async def test_a_stop_ends_it_at_once(world: World) -> None:
    """AI Studios has the script, and the project is known."""
    world.mailbox.progress(1, 5)
    world.mailbox.comes(2, Stop(user_id="U1"))
    with pytest.raises(ExportStopped) as stopped:
        await followed(world, PATIENT)
    assert (stopped.value.sent, stopped.value.project_id, stopped.value.user_id) == (True, "P1", "U1")
    assert world.clock.now == 1_700_000_002.0


async def test_credits_are_those_that_a_webhook_told(world: World) -> None:
    """Also when a later one does not say it."""
    world.mailbox.comes(1, Progress(at=0.0, progress=5, credit=7))
    world.mailbox.progress(20, 100)
    world.vendor.readings = [Reading(at=0.0, progress=20.0), DONE]
    assert (await followed(world)).credits == 7


@pytest.mark.parametrize(
    "readings", [[DONE], [Reading(at=0.0, progress=20.0)] * 3 + [DONE], [Reading(at=0.0, problem="failed")]]
)
async def test_it_replays(world: World, readings: list[Reading]) -> None:
    """Step by step, also when the clock has gone on by more than a render may take."""
    for percent in (10, 30, 60, 100):
        world.mailbox.progress(percent, percent)
    world.vendor.readings = readings

    async def play(one: World) -> Any:
        return await followed(one)

    await assert_replays(world, play)
