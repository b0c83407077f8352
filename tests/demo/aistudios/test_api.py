"""The local AI Studios takes what the documentation allows, and nothing else."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.demo.aistudios import DEMO_MODELS, DEMO_WORKSPACES, UNLISTED_MODELS, DemoWorkspace, LocalAIStudios
from tests.demo.aistudios.caller import (
    MODEL,
    SCRIPT,
    Caller,
    calling,
    export_body,
    local_studios,
    webhook_inbox,
)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[tuple[LocalAIStudios, Caller]]:
    """An AI Studios on which every export stands still."""
    studios = local_studios(tmp_path)
    studios.hold()
    async with calling(studios) as pair:
        yield pair


@pytest.fixture
def studios(running: tuple[LocalAIStudios, Caller]) -> LocalAIStudios:
    """The server."""
    return running[0]


@pytest.fixture
def caller(running: tuple[LocalAIStudios, Caller]) -> Caller:
    """Somebody with a token."""
    return running[1]


class TestTokens:
    """`POST /auth/token` and what comes of a token."""

    async def test_a_token_opens_the_account(self, caller: Caller) -> None:
        """A fresh token counts as authenticated."""
        assert await caller.get("/auth") == {"isAuthenticated": True}

    @pytest.mark.parametrize(
        "body",
        [
            {"appId": "app", "userKey": "wrong"},
            {"appId": "app"},
            {"appId": "app", "userKey": 1},
            {"appId": "app", "userKey": "key", "extra": "x"},
        ],
    )
    async def test_wrong_credentials_get_no_token(self, caller: Caller, body: dict[str, Any]) -> None:
        """Credentials that are wrong, missing, mistyped or padded are refused in the envelope."""
        status, code = await caller.refusal("POST", "/auth/token", json=body)
        assert (status, code) in {(200, 4000), (200, 4010)}

    async def test_the_token_goes_raw(self, caller: Caller) -> None:
        """A `Bearer ` before the token is refused."""
        token = caller.http.headers["Authorization"]
        refused = await caller.refusal("GET", "/auth", headers={"Authorization": f"Bearer {token}"})
        assert refused == (401, 4010)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/auth"),
            ("POST", "/simple/custom"),
            ("GET", "/editor/progress/any"),
            ("GET", "/editor/project/any"),
            ("GET", "/editor/project"),
            ("DELETE", "/editor/project"),
            ("GET", "/model"),
            ("GET", "/dropdown/models"),
            ("GET", "/dropdown/workspaces"),
        ],
    )
    async def test_every_call_needs_a_token(self, caller: Caller, method: str, path: str) -> None:
        """Without a valid token each call is refused with 401, before its body is looked at."""
        assert await caller.refusal(method, path, headers={"Authorization": "unknown"}) == (401, 4010)

    async def test_expired_and_revoked_tokens_are_refused(self, studios: LocalAIStudios, caller: Caller) -> None:
        """A token stops working when it expires or is revoked, and a new one works."""
        for end_tokens in (studios.expire_tokens, studios.revoke_tokens):
            end_tokens()
            assert await caller.refusal("GET", "/auth") == (401, 4010)
            await caller.log_in()
            assert await caller.get("/auth") == {"isAuthenticated": True}

    async def test_a_token_dies_of_age(self, tmp_path: Path) -> None:
        """A token that lives no time at all is refused at once."""
        async with calling(local_studios(tmp_path, token_seconds=0)) as (_, caller):
            assert await caller.refusal("GET", "/auth") == (401, 4010)


class TestExport:
    """`POST /simple/custom`."""

    async def test_an_export_is_billed_as_written(self, studios: LocalAIStudios, caller: Caller) -> None:
        """The accepted export is remembered with its script character for character."""
        workspace = DEMO_WORKSPACES[0].id
        project_id = await caller.export(
            workspaceId=workspace, resolution="4k", webhookUrl="https://bot.example/hook", isExport=True
        )
        (billed,) = studios.billed
        assert billed.text == SCRIPT
        assert (billed.project_id, billed.model, billed.language) == (project_id, MODEL, "en")
        assert (billed.workspace_id, billed.resolution) == (workspace, "4k")
        assert billed.webhook_url == "https://bot.example/hook"

    async def test_the_answer_names_project_and_task(self, studios: LocalAIStudios, caller: Caller) -> None:
        """The answer carries both ids, and the webhook's backendTaskId is neither."""
        answer = (await caller.http.post("/simple/custom", json=export_body())).json()
        project = studios.projects[answer["data"]["projectId"]]
        assert answer == {"success": True, "data": {"projectId": project.id, "taskId": project.task_id}}
        assert len({project.id, project.task_id, project.backend_task_id}) == 3

    async def test_a_draft_costs_nothing(self, studios: LocalAIStudios, caller: Caller) -> None:
        """With isExport false a project is kept, not listed as an export, and not billed."""
        project_id = await caller.export(isExport=False)
        assert studios.projects[project_id].state == "draft"
        assert not studios.billed
        assert await caller.get("/editor/project") == []

    async def test_a_draft_renders_nothing(self, tmp_path: Path) -> None:
        """Its progress stays 0 and its webhook silent, while an export beside it is finished; its editor opens."""
        async with webhook_inbox() as inbox, calling(local_studios(tmp_path)) as (studios, caller):
            draft = await caller.export(isExport=False, webhookUrl=f"{inbox.url}?draft")
            export = await caller.export(webhookUrl=inbox.url)
            await studios.until(lambda: studios.webhooks_sent and studios.webhooks_sent[-1].progress == 100)
            assert {call.project_id for call in studios.webhooks_sent} == {export}
            assert await caller.get(f"/editor/progress/{draft}") == {"progress": 0.0, "state": "draft"}
            for project_id, status in ((draft, 200), ("none", 404)):
                assert (await caller.http.get(f"{studios.base_url}/editor/{project_id}")).status_code == status

    async def test_the_editor_shows_the_project(self, studios: LocalAIStudios, caller: Caller) -> None:
        """Its state and its script, which is never markup."""
        project_id = await caller.export(isExport=False, text="<b>Hello</b> & welcome")
        page = (await caller.http.get(f"{studios.base_url}/editor/{project_id}")).text
        assert "stand-in for AI Studios" in page
        assert "<strong>draft</strong>" in page
        assert "<pre>&lt;b&gt;Hello&lt;/b&gt; &amp; welcome</pre>" in page
        assert "<b>" not in page

    @pytest.mark.parametrize("resolution", ["4k", "1080", "720", "480"])
    async def test_documented_resolutions_are_taken(
        self, studios: LocalAIStudios, caller: Caller, resolution: str
    ) -> None:
        """All four of them."""
        await caller.export(resolution=resolution)
        assert studios.billed[0].resolution == resolution

    @pytest.mark.parametrize("names", [(), ("Only one",), ("One", "Two", "Three")], ids=len)
    async def test_an_export_goes_to_one_of_the_workspaces(self, tmp_path: Path, names: tuple[str, ...]) -> None:
        """An account has as many as it is given, and no others can be named."""
        own = [DemoWorkspace(f"w{number}", name) for number, name in enumerate(names)]
        async with calling(local_studios(tmp_path, workspaces=own)) as (studios, caller):
            rows = (await caller.get("/dropdown/workspaces"))["workspaces"]
            assert [(row["workspaceId"], row["workspaceName"]) for row in rows] == [(w.id, w.name) for w in own]
            for workspace in own:
                await caller.export(workspaceId=workspace.id)
            body = export_body(workspaceId=DEMO_WORKSPACES[0].id)
            assert await caller.refusal("POST", "/simple/custom", json=body) == (200, 4000)
            assert [bill.workspace_id for bill in studios.billed] == [workspace.id for workspace in own]

    async def test_an_unlisted_avatar_can_be_named(self, studios: LocalAIStudios, caller: Caller) -> None:
        """A custom avatar that no list shows can be exported."""
        await caller.export(model=UNLISTED_MODELS[0])
        assert studios.billed[0].model == UNLISTED_MODELS[0]

    @pytest.mark.parametrize("language", ["en", "ko", "zh", "ja", "pt-PT", "ko-KR"])
    async def test_documented_languages_are_taken(self, studios: LocalAIStudios, caller: Caller, language: str) -> None:
        """Short codes and the dubbing page's locales are both taken."""
        await caller.export(language=language)
        assert studios.billed[0].language == language

    @pytest.mark.parametrize(
        "changes",
        [
            {"language": None},
            {"text": None},
            {"model": None},
            {"language": "english"},
            {"language": 1},
            {"text": ""},
            {"text": " \n\t"},
            {"text": ["Hello"]},
            {"model": "no-such-avatar"},
            {"isExport": "true"},
            {"isExport": 1},
            {"resolution": "1080p"},
            {"resolution": 1080},
            {"workspaceId": "somebody-elses"},
            {"webhookUrl": "ftp://bot.example/hook"},
            {"webhookUrl": "bot.example/hook"},
            {"webhookUrl": "http:///hook"},
            {"webhookUrl": "https://bot.example:port/hook"},
            {"webhookUrl": "https://bot.example/a hook"},
            {"webhookURL": "https://bot.example/hook"},
            {"script": "Hello"},
        ],
        ids=str,
    )
    async def test_what_is_not_documented_is_refused(
        self, studios: LocalAIStudios, caller: Caller, changes: dict[str, Any]
    ) -> None:
        """Missing, unknown, mistyped and impossible values are refused with 200, and nothing is billed."""
        assert await caller.refusal("POST", "/simple/custom", json=export_body(**changes)) == (200, 4000)
        assert not studios.projects
        assert not studios.billed

    async def test_half_a_character_is_refused(self, caller: Caller) -> None:
        """A script with one half of a surrogate pair is no text."""
        content = json.dumps(export_body(text="Hello \ud83d"))
        headers = {"Content-Type": "application/json"}
        refused = await caller.refusal("POST", "/simple/custom", content=content, headers=headers)
        assert refused == (200, 4000)

    async def test_null_is_no_value(self, caller: Caller) -> None:
        """An optional key given as null is refused: its type is String."""
        body = export_body() | {"webhookUrl": None}
        assert await caller.refusal("POST", "/simple/custom", json=body) == (200, 4000)

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"\xff", b"[" * 100_000])
    async def test_the_body_must_be_a_json_object(self, caller: Caller, content: bytes) -> None:
        """Bodies that are no JSON object are refused."""
        headers = {"Content-Type": "application/json"}
        refused = await caller.refusal("POST", "/simple/custom", content=content, headers=headers)
        assert refused == (200, 4000)

    async def test_the_body_must_say_that_it_is_json(self, caller: Caller) -> None:
        """A form, or JSON under another content type, is refused."""
        assert await caller.refusal("POST", "/simple/custom", data=export_body()) == (200, 4000)
        assert await caller.refusal("POST", "/simple/custom", content=b"{}") == (200, 4000)


class TestReadingBack:
    """Projects, avatars and workspaces."""

    async def test_a_rendering_project_has_no_result(self, caller: Caller) -> None:
        """Before 100 there is a Float progress and neither address nor credit."""
        project_id = await caller.export()
        progress = await caller.get(f"/editor/progress/{project_id}")
        assert progress == {"progress": 0.0, "state": "exporting"}
        assert isinstance(progress["progress"], float)
        project = (await caller.get(f"/editor/project/{project_id}"))["project"]
        assert (project["download_url"], project["creditSubstracted"]) == (None, None)

    async def test_a_project_has_the_documented_fields(self, studios: LocalAIStudios, caller: Caller) -> None:
        """A single project and the list carry exactly the documented fields."""
        project_id = await caller.export()
        project = (await caller.get(f"/editor/project/{project_id}"))["project"]
        documented = "_id name state thumbnailUrl backendTaskId progress creditSubstracted createdAt updatedAt"
        assert set(project) == {*documented.split(), "download_url"}
        assert project["backendTaskId"] == studios.projects[project_id].backend_task_id
        (row,) = await caller.get("/editor/project")
        assert (row["id"], set(row)) == (project_id, {"id", "name", "state", "download_url"})

    async def test_deleted_projects_are_gone(self, studios: LocalAIStudios, caller: Caller) -> None:
        """Deleting counts the projects that were there, and reading one then fails."""
        project_id = await caller.export()
        answer = await caller.http.request("DELETE", "/editor/project", json={"ids": [project_id, "none"]})
        assert answer.json()["data"] == {"deletedCount": 1}
        assert await caller.refusal("GET", f"/editor/progress/{project_id}") == (200, 4040)
        assert await caller.refusal("GET", f"/editor/project/{project_id}") == (200, 4040)
        assert not studios.projects

    @pytest.mark.parametrize("body", [{}, {"ids": "one"}, {"ids": [1]}, {"ids": [], "all": True}])
    async def test_delete_wants_a_list_of_ids(self, caller: Caller, body: dict[str, Any]) -> None:
        """Anything but a list of strings under `ids` is refused."""
        assert await caller.refusal("DELETE", "/editor/project", json=body) == (200, 4000)

    async def test_models_have_names_in_two_languages(self, caller: Caller) -> None:
        """`GET /model` lists every avatar with Korean and English names."""
        models = (await caller.get("/model"))["models"]
        assert [model["id"] for model in models] == [model.id for model in DEMO_MODELS]
        assert all(set(model) == {"id", "label", "thumbnail", "clothes"} for model in models)
        assert models[0]["label"] == {"ko": DEMO_MODELS[0].korean, "en": DEMO_MODELS[0].english}

    async def test_a_thumbnail_is_a_picture(self, caller: Caller) -> None:
        """An avatar's thumbnail can be fetched without a token; an unknown avatar has none."""
        address = (await caller.get("/model"))["models"][0]["thumbnail"]
        async with httpx.AsyncClient() as anybody:
            picture = await anybody.get(address)
            missing = await anybody.get(address.replace(MODEL, "nobody"))
        assert picture.content.startswith(b"\x89PNG")
        assert missing.status_code == 404

    async def test_the_dropdown_is_the_short_list(self, caller: Caller) -> None:
        """`GET /dropdown/models` leaves out avatars that are not meant for pickers."""
        rows = (await caller.get("/dropdown/models"))["models"]
        assert [row["id"] for row in rows] == [model.id for model in DEMO_MODELS if model.in_dropdown]
        assert all(set(row) == {"id", "label", "avatarType"} for row in rows)

    @pytest.mark.parametrize("shape", ["list", "data", "named"])
    async def test_dropdowns_come_in_three_shapes(self, tmp_path: Path, shape: str) -> None:
        """The list itself, `data` as the list, or a named list inside `data`."""
        rows = [{"workspaceId": one.id, "workspaceName": one.name} for one in DEMO_WORKSPACES]
        async with calling(local_studios(tmp_path, dropdown_shape=shape)) as (_, caller):
            answer = (await caller.http.get("/dropdown/workspaces")).json()
        by_shape: dict[str, Any] = {
            "list": rows,
            "data": {"success": True, "data": rows},
            "named": {"success": True, "data": {"workspaces": rows}},
        }
        assert answer == by_shape[shape]


class TestEdges:
    """Calls that are none of the API's, and the record of all calls."""

    async def test_unknown_paths_and_methods_fail_in_the_envelope(self, caller: Caller) -> None:
        """404 and 405 carry the failure envelope."""
        assert await caller.refusal("GET", "/no/such/call") == (404, 4040)
        assert await caller.refusal("GET", "/simple/custom") == (405, 4000)

    async def test_every_call_is_recorded(self, studios: LocalAIStudios, caller: Caller) -> None:
        """A call is kept with what was sent, the status and what was answered."""
        project_id = await caller.export()
        call = studios.calls[-1]
        assert (call.method, call.path, call.status) == ("POST", "/api/odin/v3/simple/custom", 200)
        assert call.json == export_body()
        assert call.answer["data"]["projectId"] == project_id

    async def test_an_unfinished_video_cannot_be_downloaded(self, studios: LocalAIStudios, caller: Caller) -> None:
        """The address of a video that is not ready, or of none, is 404."""
        project_id = await caller.export()
        for name in (project_id, "none"):
            answer = await caller.http.get(f"{studios.base_url}/videos/{name}.mp4")
            assert answer.status_code == 404
