"""Delivering: another try where one may help, from a fresh address, and a link where none does."""

from typing import Any

import pytest

from bot.exports.models import Outcome, Reading, Upload, Video
from bot.exports.ports import DownloadFailed, DownloadUnsafe, PlaceLost, UploadInterrupted, UploadRefused
from bot.exports.render.video_transfer import VideoTransfer
from bot.exports.states import LinkReason
from bot.exports.workflow.deliver import FIRST_PAUSE, LONGEST_PAUSE, TRANSFER_TRIES, Delivering, TransferTries
from tests.exports.fakes.replays import assert_replays
from tests.exports.fakes.world import PLACE, FakeDownload, FakeSteps, World

URL, FRESH = "https://cdn.example.com/video.mp4", "https://cdn.example.com/fresh.mp4"
VIDEO = Video(project_id="P1", download_url=URL, credits=4, heard_at=5.0)


async def delivered(world: World, *, max_bytes: int = 1000) -> Outcome:
    transfer = VideoTransfer(world.tools.vendor, world.tools.thread, max_bytes=max_bytes)
    return await Delivering(world.tools, transfer).deliver(world.run(), VIDEO)


async def test_a_video_comes_into_its_thread(world: World) -> None:
    """One reply mentions the person; reply and root say the outcome."""
    outcome = await delivered(world)
    assert outcome == Outcome(result="video", project_id="P1", file_id="F5", credits=4)
    assert world.steps.names == ["show", "transfer", "share", "conclude"]
    assert [name for name, _ in world.thread.calls] == ["show", "upload", "share", "conclude"]
    ((_, posted, file_id, status),) = world.thread.of("share")
    assert (posted, file_id, status.stage, status.credits, status.percent) == (PLACE, "F5", "ready", 4, 100)
    assert world.thread.of("conclude") == [status]
    assert status.project_url == "https://studio.example.com/P1"
    assert world.records.stages == [("fetching", 100)]
    assert world.metrics.shown == [5.0]


LINKS: dict[LinkReason, Any] = {
    "too_large": FakeDownload(length=1001),
    "unsafe": DownloadUnsafe("it leads inside"),
    "not_fetched": DownloadFailed("http 404"),
    "refused_by_slack": UploadRefused("file_type_not_allowed"),
    "interrupted": UploadInterrupted("500"),
}


@pytest.mark.parametrize("reason", LINKS)
async def test_what_slack_does_not_get_is_a_link(world: World, reason: LinkReason) -> None:
    """After as many tries as the reason is worth; the person is mentioned once, with the link unless it is unsafe."""
    if reason in ("refused_by_slack", "interrupted"):
        world.thread.errors["upload"] = [LINKS[reason]] * TRANSFER_TRIES.get(reason, 1)
    else:
        world.vendor.downloads = [LINKS[reason]]
    outcome = await delivered(world)
    link = None if reason == "unsafe" else URL
    assert outcome == Outcome(result="link", project_id="P1", download_url=link, credits=4)
    assert len(world.steps.of("transfer")) == TRANSFER_TRIES.get(reason, 1)
    assert world.steps.names[-2:] == ["notify", "conclude"]
    ((_, _, posted, status),) = world.thread.of("notify")
    assert (posted, status.stage, status.link_reason, status.download_url) == (PLACE, "linked", reason, link)
    assert status.detail == (None if reason == "too_large" else str(LINKS[reason]))
    assert world.thread.of("share") == []


async def test_a_video_whose_length_nobody_tells(world: World) -> None:
    """It is measured first; one that turns out too large stays a link."""
    world.vendor.downloads = [FakeDownload((b"a" * 400, b"b" * 400), length=None)]
    assert (await delivered(world)).file_id == "F800"
    world.vendor.downloads = [FakeDownload((b"a" * 600, b"b" * 600), length=None)]
    assert (await delivered(world)).result == "link"


async def test_another_try_starts_from_a_fresh_address(world: World) -> None:
    """The old one may have expired; where AI Studios gives none, the known one is good enough."""
    world.vendor.downloads = [DownloadFailed("http 403"), DownloadFailed("http 500"), FakeDownload()]
    world.vendor.readings = [Reading(at=0.0, download_url=FRESH), Reading(at=0.0, problem="unreachable")]
    assert (await delivered(world)).result == "video"
    assert world.vendor.addresses == [URL, FRESH, FRESH]
    assert world.steps.pauses == [FIRST_PAUSE, 2 * FIRST_PAUSE]
    tries = ["transfer", "pause", "read"]
    assert world.steps.names == ["show", *tries, *tries, "transfer", "share", "conclude"]


def test_tries_are_counted_by_their_reason() -> None:
    """Hours of Slack's outage use up none of the tries of AI Studios' file, and pauses grow up to a minute."""
    tries = TransferTries()
    interrupted, failed = Upload(refused="interrupted"), Upload(refused="not_fetched")
    pauses = [tries.pause_before_next(interrupted) for _ in range(100)]
    assert pauses[:7] == [2.0, 4.0, 8.0, 16.0, 32.0, LONGEST_PAUSE, LONGEST_PAUSE]
    assert set(pauses[5:]) == {LONGEST_PAUSE}
    later = [tries.pause_before_next(failed) for _ in range(TRANSFER_TRIES["not_fetched"])]
    assert later == [LONGEST_PAUSE] * (TRANSFER_TRIES["not_fetched"] - 1) + [None]
    rest = [tries.pause_before_next(interrupted) for _ in range(TRANSFER_TRIES["interrupted"] - 100)]
    assert rest == [LONGEST_PAUSE] * (len(rest) - 1) + [None]


def test_what_no_other_try_changes_is_not_tried_again() -> None:
    """Nor is what has arrived."""
    for upload in (Upload(file_id="F1"), *(Upload(refused=one) for one in LINKS if one not in TRANSFER_TRIES)):
        assert TransferTries().pause_before_next(upload) is None


async def test_a_lost_thread_is_replaced_by_the_persons_messages(world: World) -> None:
    """The video is theirs; nothing mentions them in a thread that is gone."""
    world.thread.errors["share"] = [PlaceLost("is_archived")]
    outcome = await delivered(world)
    assert (outcome.result, outcome.file_id) == ("video", "F5")
    assert world.steps.names == ["show", "transfer", "share", "share_directly", "conclude"]
    assert world.thread.of("share_directly")[0][1] == "F5"


@pytest.mark.parametrize("step", ["share", "share_directly"])
async def test_a_file_that_slack_does_not_show_is_a_link(world: World, step: str) -> None:
    """Whichever way it was to be shown."""
    world.thread.errors = {step: [UploadRefused("file_deleted")]}
    if step == "share_directly":
        world.thread.errors["share"] = [PlaceLost("is_archived")]
    outcome = await delivered(world)
    assert outcome == Outcome(result="link", project_id="P1", download_url=URL, credits=4)
    status = world.thread.of("notify")[0][-1]
    assert (status.link_reason, status.detail) == ("refused_by_slack", "file_deleted")


async def test_what_an_earlier_process_may_have_shown_is_adopted(world: World) -> None:
    """A second run looks before it shows the video again."""
    world.steps = FakeSteps(again=True)
    world.thread.errors["share"] = [PlaceLost("is_archived")]
    await delivered(world)
    assert world.thread.adopted == ["share", "share_directly"]


@pytest.mark.parametrize(
    "downloads", [[FakeDownload()], [DownloadFailed("no")] * 3 + [FakeDownload()], [DownloadUnsafe()]]
)
async def test_it_replays(world: World, downloads: list[Any]) -> None:
    """With its tries and their pauses."""
    world.vendor.downloads = downloads
    world.thread.errors["share"] = [PlaceLost("is_archived")]
    await assert_replays(world, delivered)
