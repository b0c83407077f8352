"""Each call of the client: what it sends, and what it makes of the vendor's answers."""

from __future__ import annotations

import json
import logging
import unicodedata
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from bot.aistudios.client import AIStudiosClient, editor_url
from bot.aistudios.errors import Rejected, Transient, Unauthorized
from bot.aistudios.models import CustomExport, ExportProgress, Model, Project, Workspace
from tests.aistudios.conftest import Handler, Vendor, failure, page, reply, success

SCRIPTS = [
    "Hello",
    "  spaces before and after \t ",
    "line\r\nline\nline\r",
    "emoji 👩🏽‍🚀 and flag 🇰🇷",
    unicodedata.normalize("NFD", "안녕하세요 é"),
    unicodedata.normalize("NFC", "안녕하세요 é"),
    '<@U123> & "quotes" \\ backslash \\n </script>',
    "nul \x00, separator \u2028, zero width \u200b, BOM \ufeff",
]


@pytest.mark.parametrize("script", SCRIPTS)
async def test_script_arrives_byte_for_byte(vendor: Vendor, client: AIStudiosClient, script: str) -> None:
    """Nothing is stripped, normalised or escaped on the script's way to the vendor."""
    vendor.answer("POST", "/simple/custom", success({"projectId": "p", "taskId": "t"}))
    await client.create_export(CustomExport(language="ko", text=script, model="m"))
    sent = json.loads(vendor.calls_to("/simple/custom")[0].raw)
    assert sent["text"].encode() == script.encode()


async def test_export_sends_all_seven_parameters(vendor: Vendor, client: AIStudiosClient) -> None:
    """The request has the vendor's names and types, JSON as content type and the raw token."""
    vendor.answer("POST", "/simple/custom", success({"projectId": "p", "taskId": "t"}))
    export = CustomExport(
        language="ko",
        text="안녕",
        model="67da28f034b05ae2e4385a2b",
        is_export=False,
        workspace_id="w",
        resolution="4k",
        webhook_url="https://bot.example/hook",
    )
    accepted = await client.create_export(export)
    (call,) = vendor.calls_to("/simple/custom")
    assert call.json == {
        "language": "ko",
        "text": "안녕",
        "model": "67da28f034b05ae2e4385a2b",
        "isExport": False,
        "workspaceId": "w",
        "resolution": "4k",
        "webhookUrl": "https://bot.example/hook",
    }
    assert call.headers["Content-Type"] == "application/json"
    assert call.headers["Authorization"] == "token-1"
    assert (accepted.project_id, accepted.task_id) == ("p", "t")


async def test_export_leaves_out_what_was_not_given(vendor: Vendor, client: AIStudiosClient) -> None:
    """Optional parameters without a value are absent, not null."""
    vendor.answer("POST", "/simple/custom", success({"projectId": 42}))
    accepted = await client.create_export(CustomExport(language="en", text="Hi", model="m"))
    assert vendor.calls_to("/simple/custom")[0].json == {
        "language": "en",
        "text": "Hi",
        "model": "m",
        "isExport": True,
        "resolution": "1080",
    }
    assert (accepted.project_id, accepted.task_id) == ("42", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"model": ""},
        {"language": ""},
        {"resolution": "720p"},
        {"is_export": "yes"},
        {"text": 5},
        {"webhook_url": "ftp://bot.example"},
        {"workspace_id": ""},
        {"voice": "x"},
        {"text": "\ud800"},
    ],
)
def test_wrong_exports_cannot_be_made(wrong: dict[str, object]) -> None:
    """What the vendor would not understand does not leave the house."""
    with pytest.raises(ValidationError):
        CustomExport.model_validate({"language": "en", "text": "Hi", "model": "m"} | wrong)


def test_export_does_not_show_script_and_webhook() -> None:
    """The repr of an export, as in a log, contains neither its script nor its webhook's address."""
    export = CustomExport(language="en", text="our plans", model="m", webhook_url="https://bot.example/s3cret")
    assert "plans" not in repr(export)
    assert "s3cret" not in repr(export)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"progress": 12.5, "state": "exporting"},
            ExportProgress(progress=12.5, state="exporting"),
        ),
        (
            {"progress": 100, "downloadUrl": "https://v/1.mp4"},
            ExportProgress(progress=100, download_url="https://v/1.mp4"),
        ),
        (
            {"progress": "99.9", "download_url": "https://v/1.mp4", "state": None, "new": [1]},
            ExportProgress(progress=99.9, download_url="https://v/1.mp4"),
        ),
        ({}, ExportProgress()),
        ({"progress": None, "downloadUrl": ""}, ExportProgress()),
        ({"progress": 250}, ExportProgress(progress=100)),
        ({"progress": -3}, ExportProgress(progress=0)),
        ({"progress": 1, "downloadUrl": {"url": "x"}, "state": True}, ExportProgress(progress=1)),
    ],
)
async def test_progress_is_read_tolerantly(
    vendor: Vendor, client: AIStudiosClient, data: object, expected: ExportProgress
) -> None:
    """Numbers as text, both spellings, missing, odd and unknown fields are taken in stride."""
    vendor.answer("GET", "/editor/progress/p1", success(data))
    assert await client.progress("p1") == expected


@pytest.mark.parametrize("progress", ["nearly", "NaN", "Infinity", [], True, "1e999"])
async def test_progress_that_is_no_number_is_transient(
    vendor: Vendor, client: AIStudiosClient, progress: object
) -> None:
    """A progress that cannot be read is asked for again, not guessed."""
    vendor.answer("GET", "/editor/progress/p1", success({"progress": progress}))
    with pytest.raises(Transient):
        await client.progress("p1")


@pytest.mark.parametrize("wrapped", [True, False])
async def test_project_is_read(vendor: Vendor, client: AIStudiosClient, wrapped: bool) -> None:
    """The vendor's names, its misspelling included, become ours."""
    project = {
        "_id": "p1",
        "name": "Hi",
        "state": "exported",
        "thumbnailUrl": "https://v/t.png",
        "backendTaskId": "b",
        "progress": "100",
        "creditSubstracted": 3,
        "createdAt": "2026-01-02T03:04:05Z",
        "updatedAt": "2026-01-02T03:05:05Z",
        "download_url": "https://v/1.mp4",
    }
    vendor.answer("GET", "/editor/project/p1", success({"project": project} if wrapped else project))
    assert await client.project("p1") == Project(
        id="p1",
        name="Hi",
        state="exported",
        thumbnail_url="https://v/t.png",
        backend_task_id="b",
        progress=100,
        credit=3,
        created_at="2026-01-02T03:04:05Z",
        updated_at="2026-01-02T03:05:05Z",
        download_url="https://v/1.mp4",
    )


async def test_project_may_know_little(vendor: Vendor, client: AIStudiosClient) -> None:
    """A project with nothing but its id is a project."""
    vendor.answer("GET", "/editor/project/p1", success({"project": {"_id": "p1", "creditSubstracted": "x"}}))
    assert await client.project("p1") == Project(id="p1")


@pytest.mark.parametrize("hostile", ["../../auth", "..", "a/b?c=d#e", "%2e%2e", "한글 id"])
async def test_project_id_stays_one_segment(vendor: Vendor, client: AIStudiosClient, hostile: str) -> None:
    """No id leads to another endpoint."""
    with pytest.raises(Rejected):
        await client.progress(hostile)
    path = vendor.calls[-1].path
    assert path.startswith("/api/odin/v3/editor/progress/")
    assert path.count("/") == 6
    assert "/editor/" in editor_url(vendor.base_url, hostile)
    assert editor_url(vendor.base_url, hostile).count("/") == 4


async def test_empty_project_id_asks_nothing(vendor: Vendor, client: AIStudiosClient) -> None:
    """An empty id would be the list of all projects: it is a bug of the caller."""
    with pytest.raises(ValueError, match="empty"):
        await client.project("")
    assert vendor.calls == []


def test_editor_url_is_the_vendors_page() -> None:
    """The link in the thread leads to the project in the editor."""
    assert editor_url("https://app.aistudios.com/", "67da28f0") == "https://app.aistudios.com/editor/67da28f0"


Shape = Callable[[list[object]], Handler]
LISTS = [
    pytest.param(reply, id="bare"),
    pytest.param(success, id="data"),
    pytest.param(lambda items: success({"total": 2, "models": items, "workspaces": items}), id="named"),
    pytest.param(lambda items: success({"list": items}), id="named-otherwise"),
]


@pytest.mark.parametrize("shape", LISTS)
async def test_workspaces_in_every_shape(vendor: Vendor, client: AIStudiosClient, shape: Shape) -> None:
    """The list itself, data as the list and a named list are read alike; broken entries are left out."""
    items: list[object] = [
        {"workspaceId": "w1", "workspaceName": "Team"},
        "junk",
        {"workspaceName": "no id"},
        {"id": 7},
    ]
    vendor.answer("GET", "/dropdown/workspaces", shape(items))
    assert await client.workspaces() == [Workspace(id="w1", name="Team"), Workspace(id="7")]


@pytest.mark.parametrize("answer", [success({"count": 0}), success("none"), success(5)])
async def test_list_that_is_none_is_transient(vendor: Vendor, client: AIStudiosClient, answer: Handler) -> None:
    """An answer without any list is not an empty list."""
    vendor.answer("GET", "/dropdown/workspaces", answer)
    with pytest.raises(Transient):
        await client.workspaces()


async def test_projects_are_listed(vendor: Vendor, client: AIStudiosClient) -> None:
    """The account's exported projects come with their state and address."""
    vendor.answer(
        "GET",
        "/editor/project",
        success([{"id": "a", "state": "exported", "download_url": "https://v/a"}, {"_id": "b", "name": "B"}]),
    )
    listed = await client.projects()
    assert [(project.id, project.name, project.state, project.download_url) for project in listed] == [
        ("a", None, "exported", "https://v/a"),
        ("b", "B", None, None),
    ]


async def test_projects_are_deleted(vendor: Vendor, client: AIStudiosClient) -> None:
    """The ids go in the body, the count comes back."""
    vendor.answer("DELETE", "/editor/project", success({"deletedCount": 2}))
    assert await client.delete_projects(["a", "b"]) == 2
    assert vendor.calls[-1].json == {"ids": ["a", "b"]}


async def test_deletion_without_a_count_is_transient(vendor: Vendor, client: AIStudiosClient) -> None:
    """Deleting again is harmless, so an answer without a count may be asked for again."""
    vendor.answer("DELETE", "/editor/project", success({}))
    with pytest.raises(Transient):
        await client.delete_projects(["a"])


FULL: list[object] = [
    {
        "id": "stock-b",
        "label": {"ko": "보라", "en": "bora"},
        "thumbnail": "https://v/b.png",
        "clothes": [{"id": 1}],
    },
    {"id": "mine", "label": {"ko": "민", "en": "Min"}, "thumbnail": None},
    {"id": "stock-a", "label": {"ko": "아라", "en": "Ara"}},
]
SHORT: list[object] = [
    {"id": "stock-b", "label": "Bora", "avatarType": "stock"},
    {"id": "mine", "label": "Min", "avatarType": "Custom"},
    {"id": "mine", "label": "Min again", "avatarType": "custom"},
    {"id": "extra", "label": {"ko": "한나"}, "avatarType": "stock"},
    {"id": "nameless", "label": None, "avatarType": "stock"},
]
MINE = Model(id="mine", label_en="Min", label_ko="민", custom=True)
BORA = Model(id="stock-b", label_en="bora", label_ko="보라", thumbnail="https://v/b.png")
ARA = Model(id="stock-a", label_en="Ara", label_ko="아라")
HANNA = Model(id="extra", label_en="한나", label_ko="한나")
NAMELESS = Model(id="nameless", label_en="nameless", label_ko="nameless")


@pytest.mark.parametrize("shape", LISTS)
async def test_models_are_joined(vendor: Vendor, client: AIStudiosClient, shape: Shape) -> None:
    """Both lists become one: custom first, then by English name, each id once, both names filled."""
    vendor.answer("GET", "/model", success({"models": FULL}))
    vendor.answer("GET", "/dropdown/models", shape(SHORT))
    assert await client.models() == [MINE, ARA, BORA, NAMELESS, HANNA]


async def test_models_without_the_full_list(
    vendor: Vendor, client: AIStudiosClient, caplog: pytest.LogCaptureFixture
) -> None:
    """When /model fails, the picker's list is what there is, and the log says so."""
    caplog.set_level(logging.WARNING)
    vendor.answer("GET", "/model", page(status=500))
    vendor.answer("GET", "/dropdown/models", success(SHORT))
    assert [model.id for model in await client.models()] == ["mine", "stock-b", "nameless", "extra"]
    assert "/model could not be read" in caplog.text


async def test_models_without_the_short_list(vendor: Vendor, client: AIStudiosClient) -> None:
    """When the picker's list fails, the full one is what there is."""
    vendor.answer("GET", "/model", success({"models": FULL}))
    vendor.answer("GET", "/dropdown/models", failure(4030, "not in your plan"))
    assert [model.id for model in await client.models()] == ["stock-a", "stock-b", "mine"]


async def test_models_when_both_lists_fail(vendor: Vendor, client: AIStudiosClient) -> None:
    """Nothing to show is an error, so that a cache keeps what it has."""
    vendor.answer("GET", "/model", page(status=500))
    vendor.answer("GET", "/dropdown/models", failure(4030, "not in your plan"))
    with pytest.raises(Rejected, match="not in your plan"):
        await client.models()


@pytest.mark.parametrize(
    ("answer", "valid"),
    [
        (success({"isAuthenticated": True}), True),
        (success({"isAuthenticated": "true"}), True),
        (success({"isAuthenticated": False}), False),
        (success({}), False),
        (reply({"success": True, "isAuthenticated": True}), True),
        (failure(4010, "no"), False),
    ],
)
async def test_credentials_are_checked(vendor: Vendor, client: AIStudiosClient, answer: Handler, valid: bool) -> None:
    """The vendor's field decides, and a refusal is an answer too."""
    vendor.answer("GET", "/auth", answer)
    assert await client.is_authenticated() is valid


async def test_refused_key_is_not_authenticated(vendor: Vendor, client: AIStudiosClient) -> None:
    """A key for which no token is issued is not valid."""
    vendor.answer("POST", "/auth/token", failure(4010, "unknown key"))
    assert await client.is_authenticated() is False


async def test_vendor_that_is_down_is_no_verdict(vendor: Vendor, client: AIStudiosClient) -> None:
    """An outage says nothing about the key."""
    vendor.answer("GET", "/auth", page(status=502))
    with pytest.raises(Transient):
        await client.is_authenticated()


async def test_reads_renew_the_token_too(vendor: Vendor, client: AIStudiosClient) -> None:
    """A read that meets an expired token is asked again with a new one, once."""
    vendor.answer("GET", "/editor/progress/p1", failure(1, "expired", status=401), success({"progress": 7}))
    assert (await client.progress("p1")).progress == 7
    vendor.answer("GET", "/editor/progress/p1", failure(1, "expired", status=401))
    with pytest.raises(Unauthorized):
        await client.progress("p1")
    assert len(vendor.calls_to("/editor/progress/p1")) == 4


async def test_nothing_secret_is_logged(
    vendor: Vendor, client: AIStudiosClient, caplog: pytest.LogCaptureFixture
) -> None:
    """At the most talkative log level neither token nor key nor script appears."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("aiohttp").setLevel(logging.WARNING)
    vendor.answer("POST", "/simple/custom", page(status=401), success({"projectId": "p"}))
    await client.create_export(CustomExport(language="en", text="our secret plans", model="m"))
    lines = [record.getMessage() for record in caplog.records]
    assert any("simple/custom" in line for line in lines)
    for secret in ("token-1", "token-2", "user-key-that", "secret plans"):
        assert not any(secret in line for line in lines)
