"""The faults of the local AI Studios disturb what they name, as often as they say."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.demo.aistudios import LocalAIStudios
from tests.demo.aistudios.caller import Caller, calling, export_body, local_studios, webhook_inbox


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[tuple[LocalAIStudios, Caller]]:
    """An AI Studios and a caller with a token."""
    async with calling(local_studios(tmp_path)) as pair:
        yield pair


@pytest.fixture
def studios(running: tuple[LocalAIStudios, Caller]) -> LocalAIStudios:
    """The server."""
    return running[0]


@pytest.fixture
def caller(running: tuple[LocalAIStudios, Caller]) -> Caller:
    """Somebody with a token."""
    return running[1]


async def finished_video(studios: LocalAIStudios, caller: Caller) -> str:
    """The address of a video that is ready."""
    project = studios.projects[await caller.export()]
    return await studios.until(lambda: project.download_url or "", what="the video")


async def receive(caller: Caller, address: str, pieces: list[bytes], *, length: int) -> None:
    """Collect what comes of a download that announces this length."""
    async with caller.http.stream("GET", address) as response:
        assert int(response.headers["Content-Length"]) == length
        async for piece in response.aiter_raw():
            pieces.append(piece)


class TestAnswers:
    """Faults that answer in the server's place."""

    async def test_nothing_is_carried_out(self, studios: LocalAIStudios, caller: Caller) -> None:
        """A call that gets a fault's answer has no effect."""
        studios.faults.add("/simple/custom", status=500)
        assert await caller.refusal("POST", "/simple/custom", json=export_body()) == (500, 5000)
        assert not studios.billed

    async def test_retry_after(self, studios: LocalAIStudios, caller: Caller) -> None:
        """A retry_after alone is a 429; with a status it goes along with that."""
        studios.faults.add("/model", retry_after=3)
        studios.faults.add("/model", status=503, retry_after="Wed, 21 Oct 2026 07:28:00 GMT")
        first, second = [await caller.http.get("/model") for _ in range(2)]
        assert (first.status_code, first.headers["Retry-After"]) == (429, "3")
        assert second.status_code == 503
        assert second.headers["Retry-After"] == "Wed, 21 Oct 2026 07:28:00 GMT"

    async def test_an_error_of_the_vendor(self, studios: LocalAIStudios, caller: Caller) -> None:
        """A named error comes in the envelope, with 200 unless a status is named."""
        studios.faults.add("/simple/custom", error=("CREDIT", "not enough credits"))
        studios.faults.add("/simple/custom", error=(4030, "forbidden"), status=403)
        assert await caller.refusal("POST", "/simple/custom", json=export_body()) == (200, "CREDIT")
        assert await caller.refusal("POST", "/simple/custom", json=export_body()) == (403, 4030)

    async def test_a_page_instead_of_json(self, studios: LocalAIStudios, caller: Caller) -> None:
        """A body is sent as it is, as HTML when it is text."""
        studios.faults.add("/model", body="<h1>Bad gateway</h1>", status=502)
        studios.faults.add("/model", body=b'{"success": tr')
        page, half = [await caller.http.get("/model") for _ in range(2)]
        assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html")
        assert page.text == "<h1>Bad gateway</h1>"
        assert (half.status_code, half.content) == (200, b'{"success": tr')

    async def test_only_as_often_as_asked(self, studios: LocalAIStudios, caller: Caller) -> None:
        """`after` calls pass, `times` are disturbed, the rest pass; other paths are left alone."""
        fault = studios.faults.add("/editor/project", status=503, after=1, times=2)
        statuses = []
        for _ in range(4):
            statuses.append((await caller.http.get("/editor/project")).status_code)
            assert (await caller.http.get("/model")).status_code == 200
        assert statuses == [200, 503, 503, 200]
        assert fault.hits == 2

    async def test_until_cleared(self, studios: LocalAIStudios, caller: Caller) -> None:
        """Without a number a fault stays, also for the paths below, until it is cleared."""
        studios.faults.add("/editor/progress", status=503, times=None)
        for project_id in ("one", "two"):
            assert await caller.refusal("GET", f"/editor/progress/{project_id}") == (503, 5000)
        studios.faults.clear()
        assert await caller.refusal("GET", "/editor/progress/one") == (200, 4040)


class TestConnections:
    """Faults of the connection."""

    @pytest.mark.parametrize(("drop", "billed"), [("before", 0), ("after", 1)])
    async def test_a_dropped_call_gets_no_answer(
        self, studios: LocalAIStudios, caller: Caller, drop: str, billed: int
    ) -> None:
        """Dropped before, nothing was done; dropped after, the export is billed all the same."""
        studios.faults.add("/simple/custom", drop="before" if drop == "before" else "after")
        with pytest.raises(httpx.RemoteProtocolError):
            await caller.export()
        assert len(studios.billed) == billed
        assert (studios.calls[-1].status, studios.calls[-1].answer) == (None, None)

    async def test_a_late_answer_is_still_billed(self, studios: LocalAIStudios, caller: Caller) -> None:
        """The call is carried out at once and only its answer is late."""
        studios.faults.add("/simple/custom", delay=30)
        waiting = asyncio.create_task(caller.export())
        await studios.until(lambda: studios.billed, what="the export")
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    async def test_an_accepted_export_without_a_project_id(self, studios: LocalAIStudios, caller: Caller) -> None:
        """The answer is a success that names no project, and the export is billed."""
        studios.faults.missing_project_id = True
        answer = (await caller.http.post("/simple/custom", json=export_body())).json()
        assert answer["success"] is True
        assert set(answer["data"]) == {"taskId"}
        assert len(studios.billed) == 1

    async def test_done_without_an_address(self, studios: LocalAIStudios, caller: Caller) -> None:
        """At 100 there is no address on reading back."""
        studios.faults.done_without_url = True
        project_id = await caller.export()
        await studios.until(lambda: studios.projects[project_id].state == "exported")
        assert await caller.get(f"/editor/progress/{project_id}") == {"progress": 100, "state": "exported"}


class TestDownloads:
    """Faults of the video's download."""

    async def test_a_forbidden_download(self, studios: LocalAIStudios, caller: Caller) -> None:
        """A download can be refused once and then work."""
        address = await finished_video(studios, caller)
        studios.faults.add("/videos", status=403)
        assert [(await caller.http.get(address)).status_code for _ in range(2)] == [403, 200]

    async def test_half_a_file(self, studios: LocalAIStudios, caller: Caller) -> None:
        """The announced length is that of the whole file, but the connection closes half-way."""
        address = await finished_video(studios, caller)
        whole = (await caller.http.get(address)).content
        studios.faults.add("/videos", truncate=True)
        pieces: list[bytes] = []
        with pytest.raises(httpx.RemoteProtocolError):
            await receive(caller, address, pieces, length=len(whole))
        assert b"".join(pieces) == whole[: len(whole) // 2]

    async def test_a_file_of_unknown_length(self, studios: LocalAIStudios, caller: Caller) -> None:
        """The whole file comes without a Content-Length."""
        address = await finished_video(studios, caller)
        whole = await caller.http.get(address)
        studios.faults.add("/videos", without_length=True)
        chunked = await caller.http.get(address)
        assert "Content-Length" not in chunked.headers
        assert chunked.content == whole.content


class TestWebhooks:
    """Faults of the webhooks."""

    async def test_all_lost(self, studios: LocalAIStudios, caller: Caller) -> None:
        """Lost webhooks are recorded and never arrive."""
        studios.faults.disturb_webhooks(seed=1, lost=1.0)
        async with webhook_inbox() as inbox:
            await caller.export(webhookUrl=inbox.url)
            await studios.until(lambda: len(studios.webhooks_sent) == 10, what="the losses")
            assert not inbox.arrived
        assert {call.error for call in studios.webhooks_sent} == {"lost"}

    async def test_all_doubled(self, studios: LocalAIStudios, caller: Caller) -> None:
        """Doubled webhooks arrive twice."""
        studios.faults.disturb_webhooks(seed=1, doubled=1.0)
        async with webhook_inbox() as inbox:
            await caller.export(webhookUrl=inbox.url)
            await studios.until(lambda: len(studios.webhooks_sent) == 20, what="both copies")
            progress = sorted(call.fields["progress"] for call in inbox.arrived)
        assert progress == sorted([*range(10, 101, 10)] * 2)

    async def test_shuffled(self, studios: LocalAIStudios, caller: Caller) -> None:
        """Held back at random, all webhooks arrive, but not in their order."""
        studios.faults.disturb_webhooks(seed=1, delay=0.3)
        async with webhook_inbox() as inbox:
            await caller.export(webhookUrl=inbox.url)
            await studios.until(lambda: len(studios.webhooks_sent) == 10, what="all webhooks")
            progress = [call.fields["progress"] for call in inbox.arrived]
        assert progress != sorted(progress)
        assert sorted(progress) == [*range(10, 101, 10)]

    def test_a_seed_repeats_its_losses(self, tmp_path: Path) -> None:
        """The same seed loses and doubles the same webhooks."""
        first, second = (local_studios(tmp_path).faults for _ in range(2))
        for faults in (first, second):
            faults.disturb_webhooks(seed=7, lost=0.3, doubled=0.3)
        plans = [[len(faults.webhook_delays()) for _ in range(50)] for faults in (first, second)]
        assert plans[0] == plans[1]
        assert set(plans[0]) == {0, 1, 2}
