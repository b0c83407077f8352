"""A render rises, calls the webhook on the way, and ends with a video that plays."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.aistudios import DEMO_MODELS, LocalAIStudios
from bot.demo.video import VideoFacts, probe, short_video
from tests.demo.aistudios.caller import MODEL, SCRIPT, Inbox, calling, local_studios, webhook_inbox

EVERY_TENTH = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    """Somebody who takes webhooks."""
    async with webhook_inbox() as taking:
        yield taking


async def exported(studios: LocalAIStudios, project_id: str) -> None:
    """Wait until a project's video is ready."""
    await studios.until(lambda: studios.projects[project_id].state == "exported", what="the video")


class TestResult:
    """What there is at 100."""

    async def test_the_video_can_be_downloaded(self, tmp_path: Path) -> None:
        """At 100 the address serves a playable file whose length is announced, without a token."""
        async with calling(local_studios(tmp_path)) as (studios, caller):
            project_id = await caller.export()
            await exported(studios, project_id)
            progress = await caller.get(f"/editor/progress/{project_id}")
            del caller.http.headers["Authorization"]
            video = await caller.http.get(progress["downloadUrl"])
        assert (progress["progress"], progress["state"]) == (100.0, "exported")
        assert video.headers["Content-Type"] == "video/mp4"
        assert int(video.headers["Content-Length"]) == len(video.content)
        copy = tmp_path / "copy.mp4"
        copy.write_bytes(video.content)
        assert probe(copy).seconds > 0

    async def test_the_project_shows_the_credits(self, tmp_path: Path) -> None:
        """A finished project carries its credits and its address, in the list too."""
        async with calling(local_studios(tmp_path)) as (studios, caller):
            project_id = await caller.export()
            await exported(studios, project_id)
            project = (await caller.get(f"/editor/project/{project_id}"))["project"]
            (row,) = await caller.get("/editor/project")
        assert project["creditSubstracted"] == 1
        assert row == {key: project.get(key, project_id) for key in row}

    async def test_credits_grow_with_the_video(self, tmp_path: Path) -> None:
        """A credit is used for every ten seconds that have begun."""

        def twenty_one_seconds(path: Path, **order: Any) -> VideoFacts:
            short_video(path, **order)
            return VideoFacts(21.0, 16, 16, 1)

        async with calling(local_studios(tmp_path, render=twenty_one_seconds)) as (studios, caller):
            project_id = await caller.export()
            await exported(studios, project_id)
            assert studios.projects[project_id].credit == 3

    async def test_the_avatar_is_named_in_the_language_of_the_script(self, tmp_path: Path) -> None:
        """The renderer gets the script as written and the avatar's name in the script's language."""
        orders: list[dict[str, Any]] = []

        def render(path: Path, **order: Any) -> VideoFacts:
            orders.append(order)
            return short_video(path, **order)

        async with calling(local_studios(tmp_path, render=render)) as (studios, caller):
            await exported(studios, await caller.export(language="ko", resolution="480"))
        assert orders == [{"script": SCRIPT, "speaker": DEMO_MODELS[0].korean, "language": "ko", "resolution": "480"}]
        assert orders[0]["speaker"].model == MODEL

    async def test_equal_exports_share_one_file(self, tmp_path: Path) -> None:
        """The same script by the same avatar is drawn once; another avatar is drawn anew."""
        drawn: list[Path] = []

        def render(path: Path, **order: Any) -> VideoFacts:
            drawn.append(path)
            return short_video(path, **order)

        async with calling(local_studios(tmp_path, render=render)) as (studios, caller):
            for model in (MODEL, MODEL, DEMO_MODELS[1].id):
                await exported(studios, await caller.export(model=model))
        assert len(drawn) == len(set(drawn)) == 2

    async def test_a_drawing_that_breaks_is_a_failed_render(self, tmp_path: Path) -> None:
        """When no video can be made the project fails and never reaches 100."""

        def broken(path: Path, **order: Any) -> VideoFacts:
            raise OSError(f"no space left for {path.name} of {order['speaker']}")

        async with calling(local_studios(tmp_path, render=broken)) as (studios, caller):
            project_id = await caller.export()
            await studios.until(lambda: studios.projects[project_id].state == "failed")
            progress = await caller.get(f"/editor/progress/{project_id}")
        assert progress["state"] == "failed"
        assert progress["progress"] < 100


class TestWebhooks:
    """What arrives at the `webhookUrl`."""

    @pytest.mark.parametrize(
        ("encoding", "method", "content_type"),
        [
            ("json", "POST", "application/json"),
            ("form", "POST", "application/x-www-form-urlencoded"),
            ("get-query", "GET", "application/octet-stream"),
            ("post-query", "POST", "application/octet-stream"),
        ],
    )
    async def test_each_encoding_carries_the_documented_fields(
        self, tmp_path: Path, inbox: Inbox, encoding: str, method: str, content_type: str
    ) -> None:
        """Progress and backendTaskId on the way, credit and download_url at 100, and nothing else."""
        async with calling(local_studios(tmp_path, webhook_encoding=encoding)) as (studios, caller):
            project_id = await caller.export(webhookUrl=inbox.url)
            await studios.until(lambda: len(studios.webhooks_sent) == 10, what="ten webhooks")
            project = studios.projects[project_id]
        arrived = {int(call.fields["progress"]): call for call in inbox.arrived}
        assert sorted(arrived) == EVERY_TENTH
        assert {call.method for call in inbox.arrived} == {method}
        assert {call.content_type for call in inbox.arrived} == {content_type}
        on_the_way = {"progress": 50, "backendTaskId": project.backend_task_id}
        result = {"credit": 1, "download_url": project.download_url}
        for progress, fields in {50: on_the_way, 100: on_the_way | {"progress": 100} | result}.items():
            wanted = fields if encoding == "json" else {key: str(value) for key, value in fields.items()}
            assert dict(arrived[progress].fields) == wanted

    async def test_the_query_of_the_address_is_kept(self, tmp_path: Path, inbox: Inbox) -> None:
        """Fields in the query string are added to what the address already has."""
        async with calling(local_studios(tmp_path, webhook_encoding="get-query")) as (studios, caller):
            await exported(studios, await caller.export(webhookUrl=f"{inbox.url}?key=a%2Fb"))
            await studios.until(lambda: len(studios.webhooks_sent) == 10)
        assert {call.query["key"] for call in inbox.arrived} == {"a/b"}

    async def test_failed_calls_are_recorded_and_not_repeated(self, tmp_path: Path, inbox: Inbox) -> None:
        """An error answer and a closed port each leave one record per call, and rendering goes on."""
        inbox.status = 500
        async with calling(local_studios(tmp_path)) as (studios, caller):
            await exported(studios, await caller.export(webhookUrl=inbox.url))
            await exported(studios, await caller.export(webhookUrl="http://127.0.0.1:1/closed"))
            await studios.until(lambda: len(studios.webhooks_sent) == 20, what="all calls")
        refused = [call for call in studios.webhooks_sent if call.url == inbox.url]
        unreachable = [call for call in studios.webhooks_sent if call.url != inbox.url]
        assert [(call.status, call.error) for call in refused] == [(500, None)] * 10
        assert all(call.status is None and call.error for call in unreachable)
        assert len(inbox.arrived) == 10

    async def test_a_webhook_can_be_sent_by_hand(self, tmp_path: Path, inbox: Inbox) -> None:
        """Repeated, backward and altered calls can be made at any time, and their status comes back."""
        inbox.status = 404
        async with calling(local_studios(tmp_path)) as (studios, caller):
            studios.hold()
            project_id = await caller.export(webhookUrl=inbox.url)
            assert await studios.send_webhook(project_id, 70) == 404
            assert await studios.send_webhook(project_id, 30, encoding="form") == 404
            assert await studios.send_webhook(project_id, 100, url=f"{inbox.url}/else", credit=9) == 404
            with pytest.raises(ConnectionError):
                await studios.send_webhook(project_id, 50, url="http://127.0.0.1:1/closed")
        assert [int(call.fields["progress"]) for call in inbox.arrived] == [70, 30, 100]
        assert inbox.arrived[2].fields["credit"] == 9

    async def test_an_export_without_a_webhook_has_none_to_send(self, tmp_path: Path) -> None:
        """Without webhookUrl nothing is sent, and sending by hand says so."""
        async with calling(local_studios(tmp_path)) as (studios, caller):
            project_id = await caller.export()
            await exported(studios, project_id)
            with pytest.raises(ValueError, match="no webhookUrl"):
                await studios.send_webhook(project_id, 50)
        assert not studios.webhooks_sent


class TestControl:
    """Holding, failing and scripting a render."""

    async def test_a_held_render_is_silent_until_released(self, tmp_path: Path, inbox: Inbox) -> None:
        """One that is held stands still while another finishes, and finishes once released."""
        async with calling(local_studios(tmp_path)) as (studios, caller):
            studios.hold()
            held, other = [await caller.export(webhookUrl=inbox.url) for _ in range(2)]
            studios.release(other)
            await exported(studios, other)
            assert (await caller.get(f"/editor/progress/{held}"))["progress"] == 0.0
            assert {call.project_id for call in studios.webhooks_sent} <= {other}
            studios.release()
            await exported(studios, held)

    async def test_a_failed_render_says_so_only_when_asked(self, tmp_path: Path, inbox: Inbox) -> None:
        """A failed render sends no webhook; reading back shows the state."""
        async with calling(local_studios(tmp_path)) as (studios, caller):
            studios.hold()
            project_id = await caller.export(webhookUrl=inbox.url)
            studios.fail_render(project_id)
            studios.release()
            await exported(studios, await caller.export())
            assert (await caller.get(f"/editor/progress/{project_id}"))["state"] == "failed"
        assert not studios.webhooks_sent

    @pytest.mark.parametrize(("script", "last"), [((20, 60, 40.5, 100), 100), ((35, 35, 99), 99), ((100, 50), 100)])
    async def test_progress_follows_a_script(
        self, tmp_path: Path, inbox: Inbox, script: tuple[float, ...], last: float
    ) -> None:
        """Scripted values come one after the other, backwards too, and stick without a 100."""
        expected = [int(value) for value in script[: script.index(last) + 1]]
        async with calling(local_studios(tmp_path)) as (studios, caller):
            studios.faults.progress_script = script
            project_id = await caller.export(webhookUrl=inbox.url)
            await studios.until(lambda: len(studios.webhooks_sent) == len(expected), what="the script")
            assert (await caller.get(f"/editor/progress/{project_id}"))["progress"] == last
        assert sorted(call.progress for call in studios.webhooks_sent) == sorted(expected)

    async def test_progress_rises_between_the_webhooks(self, tmp_path: Path) -> None:
        """Reading back shows values that the webhooks do not report."""
        async with calling(local_studios(tmp_path, render_seconds=30)) as (studios, caller):
            project_id = await caller.export()
            await studios.until(lambda: studios.projects[project_id].progress, what="progress")
            assert (await caller.get(f"/editor/progress/{project_id}"))["progress"] not in EVERY_TENTH

    async def test_a_deleted_project_stops_rendering(self, tmp_path: Path, inbox: Inbox) -> None:
        """Nothing more is heard of a project that was deleted."""
        async with calling(local_studios(tmp_path)) as (studios, caller):
            studios.hold()
            project_id = await caller.export(webhookUrl=inbox.url)
            await caller.http.request("DELETE", "/editor/project", json={"ids": [project_id]})
            studios.release()
            await exported(studios, await caller.export())
        assert not studios.webhooks_sent

    async def test_an_outage_interrupts_rendering(self, tmp_path: Path) -> None:
        """After a stop the server starts again on the same port and finishes what it had accepted."""
        studios = local_studios(tmp_path)
        studios.hold()
        async with calling(studios) as (_, caller):
            project_id = await caller.export()
        studios.release()
        await studios.start(port=int(studios.base_url.rpartition(":")[2]))
        try:
            await exported(studios, project_id)
        finally:
            await studios.stop()

    async def test_waiting_in_vain_says_for_what(self, tmp_path: Path) -> None:
        """A condition that never holds ends in a TimeoutError that names it."""
        async with local_studios(tmp_path) as studios:
            with pytest.raises(TimeoutError, match="a miracle"):
                await studios.until(lambda: False, timeout=0.01, what="a miracle")


@pytest.mark.long
async def test_hundreds_of_exports_render_at_once(tmp_path: Path, inbox: Inbox) -> None:
    """Three hundred different scripts are rendered side by side, each billed once, no webhook missing."""
    async with calling(local_studios(tmp_path, render_seconds=0.5)) as (studios, caller):
        scripts = [f"Script number {number}" for number in range(300)]
        await asyncio.gather(*(caller.export(text=text, webhookUrl=inbox.url) for text in scripts))
        await studios.until(lambda: len(studios.webhooks_sent) == 3000, timeout=60, what="all webhooks")
        assert {project.state for project in studios.projects.values()} == {"exported"}
    assert sorted(billed.text for billed in studios.billed) == sorted(scripts)
    assert len(inbox.arrived) == 3000
