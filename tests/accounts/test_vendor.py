"""What AI Studios' answers become for the product."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.accounts.accounts import Accounts
from bot.accounts.vendor import AIStudiosVendor, unix_seconds
from bot.aistudios.client import AIStudiosClient
from bot.aistudios.download import VideoDownloads
from bot.exports.models import Avatar, ExportRequest, Requester, RequestOptions
from bot.exports.ports import DownloadFailed, DownloadUnsafe, NoAccount, VendorProject, VendorUnavailable
from tests.aistudios.tokens import FixedToken

REQUEST = ExportRequest(
    requester=Requester(team_id="T0AVATARS", user_id="U0ANA0001", locale="en-US"),
    options=RequestOptions(
        avatar=Avatar(id="m-1", name="Olivia"), language="en", script="Hello there.", channel_id="C0GENERAL"
    ),
)
VIDEO = bytes(range(256)) * 512


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Studio:
    """An AI Studios with one answer for every path, which records what it was asked."""

    answers: dict[str, Handler] = field(default_factory=dict)
    asked: list[tuple[str, object]] = field(default_factory=list)
    base_url: str = ""

    def data(self, path: str, data: object) -> None:
        """The path answers with this from now on."""

        async def answer(_: web.Request) -> web.Response:
            return web.json_response({"success": True, "data": data})

        self.answers[path] = answer

    def refusal(self, path: str, status: int, **headers: str) -> None:
        """The path answers with this status from now on."""

        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={name.replace("_", "-"): headers[name] for name in headers})

        self.answers[path] = answer

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/api/odin/v3")
        self.asked.append((f"{request.method} {path}", await request.json() if request.can_read_body else None))
        return await self.answers[path](request)


async def whole_video(_: web.Request) -> web.Response:
    """A video that arrives."""
    return web.Response(body=VIDEO, content_type="video/mp4")


async def half_a_video(request: web.Request) -> web.StreamResponse:
    """A video that breaks off in its middle."""
    response = web.StreamResponse(headers={"Content-Length": str(2 * len(VIDEO)), "Content-Type": "video/mp4"})
    await response.prepare(request)
    await response.write(VIDEO)
    assert request.transport
    request.transport.close()
    return response


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    studio = Studio()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", studio.handle)
    async with TestServer(app) as server:
        studio.base_url = str(server.make_url("")).rstrip("/")
        yield studio


@pytest.fixture
async def vendor(studio: Studio) -> AsyncIterator[AIStudiosVendor]:
    """The vendor with the operator's account."""
    async with httpx.AsyncClient() as http, VideoDownloads(base_url=studio.base_url) as downloads:
        client = AIStudiosClient(http, base_url=studio.base_url, tokens=FixedToken())
        accounts = Accounts(lambda _: client, client)
        yield AIStudiosVendor(
            accounts,
            downloads,
            site="https://app.example.com",
            webhook_url=lambda export_id: f"https://bot/{export_id}",
        )


async def test_an_export_is_submitted_as_it_was_asked_for(studio: Studio, vendor: AIStudiosVendor) -> None:
    """All that a person chose goes out, with the export's own address for webhooks; project and task come back."""
    studio.data("/simple/custom", {"projectId": "P1", "taskId": "task-1"})
    submission = await vendor.submit("V1", REQUEST)
    assert (submission.result, submission.project_id, submission.task_id) == ("accepted", "P1", "task-1")
    assert studio.asked == [
        (
            "POST /simple/custom",
            {
                "language": "en",
                "text": "Hello there.",
                "model": "m-1",
                "isExport": True,
                "resolution": "1080",
                "webhookUrl": "https://bot/V1",
            },
        )
    ]


async def test_what_a_failed_submission_means(studio: Studio, vendor: AIStudiosVendor) -> None:
    """What may have been accepted is unknown, what was refused says why, and the rest is tried later."""
    meanings = {
        400: ("refused", "rejected"),
        401: ("refused", "credentials"),
        429: ("later", "unreachable"),
        500: ("unknown", None),
    }
    for status, (result, reason) in meanings.items():
        studio.refusal("/simple/custom", status)
        submission = await vendor.submit("V1", REQUEST)
        assert (status, submission.result, submission.reason) == (status, result, reason)


async def test_a_submission_that_fails_unexpectedly_is_unknown(
    vendor: AIStudiosVendor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Credits may be spent, so it is never just repeated; the log has the fault, not the script."""

    async def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(AIStudiosClient, "create_export", broken)
    assert (await vendor.submit("V1", REQUEST)).result == "unknown"
    assert "a bug" in caplog.text
    assert "Hello there." not in caplog.text


async def test_an_account_that_is_gone(studio: Studio, vendor: AIStudiosVendor) -> None:
    """Nothing can be made, read or found with the account of a request that the bot no longer has."""
    without = AIStudiosVendor(
        Accounts(lambda _: pytest.fail("no account is opened"), None),
        VideoDownloads(base_url=studio.base_url),
        site="https://app.example.com",
        webhook_url=lambda _: None,
    )
    with pytest.raises(NoAccount):
        without.account_of("T0AVATARS")
    submission = await without.submit("V1", REQUEST)
    assert (submission.result, submission.reason) == ("refused", "disconnected")
    assert (await without.read(REQUEST, "P1")).problem == "disconnected"
    with pytest.raises(VendorUnavailable):
        await without.projects(REQUEST)
    assert await without.delete(REQUEST, "P1") == "refused"
    assert vendor.account_of("T0AVATARS") is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ("600", 600.0),
        ("999999999", 600.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 600.0),
        ("inf", 0.0),
        ("nan", 0.0),
        ("-5", 0.0),
    ],
)
async def test_an_export_rests_ten_minutes_at_most(
    studio: Studio, vendor: AIStudiosVendor, header: str, seconds: float
) -> None:
    """Whatever AI Studios asks for, the next try comes while a person may still be waiting."""
    studio.refusal("/simple/custom", 429, Retry_After=header)
    submission = await vendor.submit("V1", REQUEST)
    assert (submission.result, submission.retry_after) == ("later", seconds)


async def test_what_a_reading_says(studio: Studio, vendor: AIStudiosVendor) -> None:
    """Percent and address where AI Studios answers, and a problem where it does not."""
    studio.data("/editor/progress/P1", {"progress": 100, "downloadUrl": "https://v/1.mp4"})
    reading = await vendor.read(REQUEST, "P1")
    assert (reading.progress, reading.download_url, reading.problem) == (100.0, "https://v/1.mp4", None)
    studio.data("/editor/progress/P1", {"progress": 40, "state": "Failed"})
    assert (await vendor.read(REQUEST, "P1")).problem == "failed"
    for status, problem in {401: "credentials", 404: "gone", 500: "unreachable", 503: "unreachable"}.items():
        studio.refusal("/editor/progress/P1", status)
        assert (status, (await vendor.read(REQUEST, "P1")).problem) == (status, problem)


async def test_the_list_of_projects(studio: Studio, vendor: AIStudiosVendor) -> None:
    """Ids and names, as AI Studios lists them; VendorUnavailable while it does not."""
    studio.data("/editor/project", {"projects": [{"_id": "P1", "name": "Hello"}, {"_id": "P2"}, {"name": "no id"}]})
    assert await vendor.projects(REQUEST) == [VendorProject("P1", "Hello"), VendorProject("P2", None)]
    studio.refusal("/editor/project", 500)
    with pytest.raises(VendorUnavailable, match="HTTP 500"):
        await vendor.projects(REQUEST)


async def test_a_project_as_a_search_reads_it(studio: Studio, vendor: AIStudiosVendor) -> None:
    """Its task, and its time in Unix seconds; None for either where AI Studios does not say it."""
    whole = {"_id": "P1", "name": "Hello", "backendTaskId": "b-1", "createdAt": "2026-01-02T03:04:05.5Z"}
    studio.data("/editor/project/P1", {"project": whole})
    assert await vendor.project(REQUEST, "P1") == VendorProject("P1", "Hello", "b-1", 1767323045.5)
    studio.data("/editor/project/P1", {"project": {"_id": "P1"}})
    assert await vendor.project(REQUEST, "P1") == VendorProject("P1", None, None, None)
    studio.refusal("/editor/project/P1", 503)
    with pytest.raises(VendorUnavailable):
        await vendor.project(REQUEST, "P1")


def test_dates_of_ai_studios() -> None:
    """ISO text of any offset, Unix milliseconds and seconds; without an offset it is UTC."""
    dates = {
        "2026-01-02T03:04:05Z": 1767323045.0,
        "2026-01-02T03:04:05.250Z": 1767323045.25,
        "2026-01-02T12:04:05+09:00": 1767323045.0,
        "2026-01-02T03:04:05": 1767323045.0,
        "1767323045250": 1767323045.25,
        "1767323045": 1767323045.0,
        "Fri Jan 02 2026": None,
        "٣": None,
        "": None,
        None: None,
    }
    assert {date: unix_seconds(date) for date in dates} == dates


async def test_credits_by_the_projects_own_word(studio: Studio, vendor: AIStudiosVendor) -> None:
    """What the project says counts; what the webhook said stands in where it says nothing, or cannot be asked."""
    studio.data("/editor/project/P1", {"project": {"_id": "P1", "creditSubstracted": 7}})
    assert await vendor.credits(REQUEST, "P1", 3) == 7
    studio.data("/editor/project/P1", {"project": {"_id": "P1"}})
    assert await vendor.credits(REQUEST, "P1", 3) == 3
    studio.refusal("/editor/project/P1", 500)
    assert await vendor.credits(REQUEST, "P1", 3) == 3


async def test_a_project_is_deleted(studio: Studio, vendor: AIStudiosVendor) -> None:
    """One that is gone already counts as deleted; what AI Studios refuses is told from what may work later."""
    for count in (1, 0):
        studio.data("/editor/project", {"deletedCount": count})
        assert await vendor.delete(REQUEST, "P1") == "deleted"
    for status, deletion in {401: "refused", 403: "refused", 500: "later"}.items():
        studio.refusal("/editor/project", status)
        assert (status, await vendor.delete(REQUEST, "P1")) == (status, deletion)


async def test_a_video_arrives(studio: Studio, vendor: AIStudiosVendor) -> None:
    """Its length and its bytes."""
    studio.answers["/video.mp4"] = whole_video
    async with vendor.download(f"{studio.base_url}/video.mp4") as video:
        assert video.length == len(VIDEO)
        assert b"".join([piece async for piece in video.chunks()]) == VIDEO


async def test_a_video_that_is_not_to_be_had(studio: Studio, vendor: AIStudiosVendor) -> None:
    """An address that leads inwards is told from one that has no video."""
    studio.refusal("/video.mp4", 404)
    with pytest.raises(DownloadFailed, match="HTTP 404") as failed:
        async with vendor.download(f"{studio.base_url}/video.mp4"):
            pass
    assert not isinstance(failed.value, DownloadUnsafe)
    with pytest.raises(DownloadUnsafe):
        async with vendor.download("https://127.0.0.1/video.mp4"):
            pass


async def test_a_video_that_breaks_off(studio: Studio, vendor: AIStudiosVendor) -> None:
    """What goes wrong on the way is a failed download too."""
    studio.answers["/video.mp4"] = half_a_video
    async with vendor.download(f"{studio.base_url}/video.mp4") as video:
        with pytest.raises(DownloadFailed, match="broke off"):
            async for _ in video.chunks():
                pass


def test_where_people_see_a_project(vendor: AIStudiosVendor) -> None:
    """The editor's page, with the id as one segment of its path."""
    assert vendor.project_url("P/1") == "https://app.example.com/editor/P%2F1"
