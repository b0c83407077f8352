"""Several accounts at one local AI Studios: a token sees its own account and nothing of the others."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.aistudios import Account, DemoModel, DemoWorkspace, LocalAIStudios
from tests.demo.aistudios.caller import MODEL, Caller, export_body, local_studios

OWN = DemoModel("6a00000000000000000000b1", "Bea (blue)", "베아", "custom")
BLUE_WORKSPACE = DemoWorkspace("6a00000000000000000000b2", "Blue team")


@pytest.fixture
async def studios(tmp_path: Path) -> AsyncIterator[LocalAIStudios]:
    """Two accounts, of which the second has one credit left."""
    blue = Account("blue", "blue-key", models=(OWN,), unlisted=(), workspaces=(BLUE_WORKSPACE,), credits=1)
    async with local_studios(tmp_path, accounts=[blue]) as running:
        yield running


@pytest.fixture
async def red(studios: LocalAIStudios) -> AsyncIterator[Caller]:
    """The first account."""
    async with Caller(studios) as caller:
        yield caller


@pytest.fixture
async def blue(studios: LocalAIStudios) -> AsyncIterator[Caller]:
    """The second account."""
    async with Caller(studios, "blue", "blue-key") as caller:
        yield caller


async def test_each_sees_its_own_avatars_and_workspaces(red: Caller, blue: Caller) -> None:
    """The lists of one account name nothing of the other's."""
    assert [model["id"] for model in (await blue.get("/model"))["models"]] == [OWN.id]
    assert OWN.id not in str([await red.get(path) for path in ("/model", "/dropdown/models")])
    assert (await blue.get("/dropdown/workspaces"))["workspaces"] == [
        {"workspaceId": BLUE_WORKSPACE.id, "workspaceName": BLUE_WORKSPACE.name}
    ]


async def test_anothers_avatar_and_workspace_are_refused(red: Caller, blue: Caller) -> None:
    """An export cannot name what belongs to another account."""
    for caller, body in (
        (red, export_body(model=OWN.id)),
        (red, export_body(workspaceId=BLUE_WORKSPACE.id)),
        (blue, export_body(model=MODEL)),
    ):
        assert await caller.refusal("POST", "/simple/custom", json=body) == (200, 4000)


async def test_anothers_project_is_as_good_as_none(studios: LocalAIStudios, red: Caller, blue: Caller) -> None:
    """It can be neither read, nor listed, nor deleted."""
    project = await red.export()
    assert studios.billed[-1].app_id == "app"
    for path in (f"/editor/progress/{project}", f"/editor/project/{project}"):
        assert await blue.refusal("GET", path) == (200, 4040)
    assert await blue.get("/editor/project") == []
    answer = await blue.http.request("DELETE", "/editor/project", json={"ids": [project]})
    assert answer.json()["data"] == {"deletedCount": 0}
    assert (await red.get(f"/editor/project/{project}"))["project"]["_id"] == project


async def test_credits_run_out_for_one_account_only(studios: LocalAIStudios, red: Caller, blue: Caller) -> None:
    """Without credits an export is refused and not billed; the other account goes on."""
    project = await blue.export(model=OWN.id)
    await studios.until(lambda: studios.projects[project].state == "exported", what="the video")
    assert await blue.refusal("POST", "/simple/custom", json=export_body(model=OWN.id)) == (200, 4030)
    await red.export()
    assert [bill.app_id for bill in studios.billed] == ["blue", "app"]


async def test_keys_open_their_own_account_only(studios: LocalAIStudios, red: Caller) -> None:
    """One account's app id with the other's key is refused; revoking one account's tokens leaves the other's."""
    mixed = {"appId": "blue", "userKey": "key"}
    assert await red.refusal("POST", "/auth/token", json=mixed) == (200, 4010)
    studios.accounts["blue"].tokens.revoke()
    assert await red.get("/auth") == {"isAuthenticated": True}
