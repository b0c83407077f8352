"""Several workspaces at one local Slack: a token sees its own and nothing of the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import ClientRefused, File
from tests.demo.slack.app import form, refusal
from tests.demo.slack.install.installing_app import ANA, BLUE, RED, InstallingApp, installing

RED_GENERAL, BLUE_GENERAL = "C0RED0GENERAL", "C0BLUEGENERAL"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[InstallingApp]:
    """An app that is installed in two workspaces, which speaks as the one of red."""
    async with installing(tmp_path) as ready:
        ready.api = await ready.client_of(RED)
        yield ready


@pytest.fixture
async def blue(app: InstallingApp) -> AsyncWebClient:
    """The app as blue has it."""
    return await app.client_of(BLUE)


async def test_a_channel_is_its_own_workspaces(app: InstallingApp, blue: AsyncWebClient) -> None:
    """Another workspace's channel is not found, whatever is to be done there."""
    posted = await blue.chat_postMessage(channel=BLUE_GENERAL, text="Ours")
    for call in (
        app.api.conversations_info(channel=BLUE_GENERAL),
        app.api.conversations_join(channel=BLUE_GENERAL),
        app.api.chat_postMessage(channel=BLUE_GENERAL, text="Theirs"),
        app.api.chat_update(channel=BLUE_GENERAL, ts=posted["ts"], text="Theirs"),
        app.api.chat_getPermalink(channel=BLUE_GENERAL, message_ts=posted["ts"]),
    ):
        assert await refusal(call) == "channel_not_found"


async def test_one_user_id_is_two_people(app: InstallingApp, blue: AsyncWebClient) -> None:
    """The same id is somebody else in each workspace, and an id of one only is unknown in the other."""
    infos = [await api.users_info(user=ANA) for api in (app.api, blue)]
    assert [info["user"]["real_name"] for info in infos] == ["Anton of Red", "Anton of Blue"]
    assert await refusal(app.api.users_info(user="U0BOTBLUE")) == "user_not_found"


async def test_a_trigger_opens_its_own_workspaces_view(app: InstallingApp, blue: AsyncWebClient) -> None:
    """Another workspace's token cannot use it; neither does it see the view that was opened with it."""
    trigger = app.slack.teams[RED].workspace.triggers.issue(ANA, RED_GENERAL)
    assert await refusal(blue.views_open(trigger_id=trigger, view=form())) == "invalid_trigger_id"
    opened = (await app.api.views_open(trigger_id=trigger, view=form()))["view"]["id"]
    assert await refusal(blue.views_update(view_id=opened, view=form())) == "not_found"


async def test_a_home_tab_is_of_one_workspace(app: InstallingApp, blue: AsyncWebClient) -> None:
    """What is published for an id in one workspace shows nothing to the same id in the other."""
    note = {"type": "section", "text": {"type": "plain_text", "text": "Red only"}}
    await app.api.views_publish(user_id=ANA, view={"type": "home", "blocks": [note]})
    assert app.slack.teams[RED].person(ANA).home() is not None
    assert app.slack.teams[BLUE].person(ANA).home() is None
    assert (await blue.views_publish(user_id=ANA, view={"type": "home", "blocks": []}))["ok"]


async def test_a_file_is_its_own_workspaces(app: InstallingApp, blue: AsyncWebClient, tmp_path: Path) -> None:
    """Another workspace's token neither finds it nor downloads it."""
    world, path = app.slack.teams[RED].world, tmp_path / "plan.txt"
    path.write_text("the plan")
    file = File("F0PLAN001", "plan.txt", 8, "", path, ANA, state="complete", mimetype="text/plain")
    world.files[file.id] = file
    address = (await app.api.files_info(file=file.id))["file"]["url_private"]
    assert await refusal(blue.files_info(file=file.id)) == "file_not_found"
    assert await _downloaded(address, app.api.token) == "the plan"
    assert "Sign in" in await _downloaded(address, blue.token)


async def _downloaded(address: str, token: str | None) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http, http.get(address, headers=headers) as answer:
        return await answer.text()


async def test_payloads_say_which_workspace(app: InstallingApp, blue: AsyncWebClient) -> None:
    """Each command and event names its workspace, and a response_url answers into it."""
    app.reply("/make", {"text": "Hello"})
    for team_id, channel in ((RED, RED_GENERAL), (BLUE, BLUE_GENERAL)):
        person = app.slack.teams[team_id].person(ANA)
        await person.slash_command("/make", channel=channel)
        await person.open_home()
        assert app.last("/make")["team_id"] == app.last("app_home_opened")["team_id"] == team_id
        assert [message.text for message in person.ephemerals()] == ["Hello"]
    assert blue.token != app.api.token


async def test_faults_and_rates_are_a_workspaces_own(app: InstallingApp, blue: AsyncWebClient) -> None:
    """What goes wrong in one does not in the other."""
    app.slack.teams[RED].faults.add("auth.test", error="internal_error")
    assert (await blue.auth_test())["ok"]
    assert await refusal(app.api.auth_test()) == "internal_error"
    assert [call.team_id for call in app.slack.calls_to("auth.test")] == [BLUE, RED]


async def test_uninstalling_leaves_the_others_alone(app: InstallingApp, blue: AsyncWebClient) -> None:
    """Only the token of that workspace ends."""
    await app.slack.uninstall(RED)
    assert await refusal(app.api.auth_test()) == "account_inactive"
    assert (await blue.auth_test())["team_id"] == BLUE


async def test_where_the_app_is_not_nobody_reaches_it(app: InstallingApp) -> None:
    """In a workspace without the app there is neither its command nor its Home."""
    person = app.slack.teams[BLUE].person(ANA)
    with pytest.raises(ClientRefused):
        await person.slash_command("/make", channel=BLUE_GENERAL)
    with pytest.raises(ClientRefused):
        await person.open_home()
    assert app.received == []
