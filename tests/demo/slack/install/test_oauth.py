"""Installing an app at the local Slack: consent, codes, tokens, rotation, and the end of it all."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.demo.slack import ClientRefused
from tests.demo.slack.app import client, refusal
from tests.demo.slack.install.browser import browser_of
from tests.demo.slack.install.installing_app import (
    ANA,
    CLIENT_ID,
    CLIENT_SECRET,
    GRID,
    MINJI,
    NORTH,
    RED,
    SCOPES,
    SOUTH,
    InstallingApp,
    brought,
    installing,
)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[InstallingApp]:
    """An app that is installed nowhere."""
    async with installing(tmp_path) as ready:
        yield ready


@pytest.fixture
async def rotating(tmp_path: Path) -> AsyncIterator[InstallingApp]:
    """An app whose tokens expire."""
    async with installing(tmp_path, token_rotation=True) as ready:
        yield ready


async def test_consent_brings_a_code_and_the_code_a_token(app: InstallingApp) -> None:
    """Who allows everything is sent back with code and state; the code buys a token of that workspace."""
    async with browser_of(app.slack, ANA, RED) as browser:
        consent = await browser.consent(app.install_url)
        assert "Red" in consent.text
        back = brought(await browser.allow(consent))
    assert back["state"] == "s"
    answer = await app.token(back["code"])
    assert answer["team"] == {"id": RED, "name": "Red"}
    assert (answer["enterprise"], answer["is_enterprise_install"]) == (None, False)
    assert (answer["token_type"], answer["authed_user"]) == ("bot", {"id": ANA})
    assert answer["scope"].split(",") == list(SCOPES)
    assert answer["access_token"].startswith("xoxb-")
    assert "refresh_token" not in answer
    assert (await client(app.slack, answer["access_token"]).auth_test())["team_id"] == RED


async def test_a_code_is_good_once(app: InstallingApp) -> None:
    """The second exchange is refused."""
    async with browser_of(app.slack, ANA, RED) as browser:
        code = brought(await browser.install(app.install_url))["code"]
    await app.token(code)
    assert await refusal(app.token(code)) == "code_already_used"


async def test_a_code_expires(tmp_path: Path) -> None:
    """After its ten minutes a code is unknown."""
    async with installing(tmp_path, time_scale=1e9) as app, browser_of(app.slack, ANA, RED) as browser:
        code = brought(await browser.install(app.install_url))["code"]
        assert await refusal(app.token(code)) == "invalid_code"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "1.2.3"}, "invalid_code"),
        ({"client_secret": "guessed"}, "bad_client_secret"),
        ({"client_id": "3.4"}, "invalid_client_id"),
        ({"redirect_uri": "https://elsewhere.example/slack/oauth_redirect"}, "bad_redirect_uri"),
        ({"redirect_uri": None}, "bad_redirect_uri"),
        ({"grant_type": "password"}, "invalid_grant_type"),
    ],
)
async def test_a_code_is_for_whom_it_was_given(app: InstallingApp, changes: dict[str, Any], error: str) -> None:
    """An exchange with anything wrong is refused and spoils nothing."""
    async with browser_of(app.slack, ANA, RED) as browser:
        code = brought(await browser.install(app.install_url))["code"]
    assert await refusal(app.token(**({"code": code} | changes))) == error
    assert not app.slack.teams[RED].is_installed
    assert (await app.token(code))["ok"]


async def test_the_client_may_show_itself_by_basic_authentication(app: InstallingApp) -> None:
    """Slack takes id and secret as HTTP Basic too."""
    async with browser_of(app.slack, ANA, RED) as browser:
        code = brought(await browser.install(app.install_url))["code"]
    headers = {"Authorization": f"Basic {b64encode(f'{CLIENT_ID}:{CLIENT_SECRET}'.encode()).decode()}"}
    url, form = f"{app.slack.api_url}oauth.v2.access", {"code": code, "redirect_uri": app.redirect_uri}
    async with aiohttp.ClientSession() as http, http.post(url, data=form, headers=headers) as answer:
        assert (await answer.json())["ok"]


async def test_who_declines_is_sent_back_without_a_code(app: InstallingApp) -> None:
    """Cancel brings access_denied and the state."""
    async with browser_of(app.slack, ANA, RED) as browser:
        back = brought(await browser.deny(await browser.consent(app.install_url)))
    assert back == {"error": "access_denied", "state": "s"}
    assert not app.slack.teams[RED].is_installed


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"client_id": "3.4"}, "client_id"),
        ({"scope": ""}, "permissions"),
        ({"scope": "admin.users:write"}, "permissions"),
        ({"user_scope": "chat:write"}, "permissions"),
        ({"redirect_uri": "https://elsewhere.example/slack/oauth_redirect"}, "redirect_uri"),
    ],
)
async def test_slack_asks_nobody_for_what_the_app_may_not_ask(
    app: InstallingApp, changes: dict[str, str], problem: str
) -> None:
    """A request that the manifest does not cover ends at Slack, which sends nobody anywhere."""
    async with browser_of(app.slack, ANA, RED) as browser:
        page = await browser.open(app.authorize_url(**changes))
    assert not page.asks_for_consent
    assert problem in page.text


async def test_a_redirect_uri_may_lie_below_the_configured_one(app: InstallingApp) -> None:
    """A sub-path matches, an address that merely begins alike does not."""
    async with browser_of(app.slack, ANA, RED) as browser:
        below = await browser.open(app.authorize_url(redirect_uri=f"{app.redirect_uri}/red"))
        alike = await browser.open(app.authorize_url(redirect_uri=f"{app.redirect_uri}_of_mine"))
    assert below.asks_for_consent
    assert not alike.asks_for_consent


async def test_scopes_add_up(app: InstallingApp) -> None:
    """A further installation adds to what was granted, and calls show it."""
    async with browser_of(app.slack, ANA, RED) as browser:
        for scope in ("users:read", "chat:write"):
            page = await browser.allow(await browser.open(app.authorize_url(scope=scope)))
            answer = await app.token(brought(page)["code"])
    assert answer["scope"] == "users:read,chat:write"
    test = await client(app.slack, answer["access_token"]).auth_test()
    assert test.headers["X-OAuth-Scopes"] == "users:read,chat:write"
    assert await refusal(client(app.slack, answer["access_token"]).usergroups_users_list(usergroup="S1")) == (
        "missing_scope"
    )


async def test_uninstalling_ends_the_token_and_the_app_is_told(app: InstallingApp) -> None:
    """The token is void, both events arrive, and nobody can reach the app any more."""
    api = await app.client_of(RED)
    replies = await app.slack.uninstall(RED)
    assert [reply.error for reply in replies] == [None, None]
    assert app.last("app_uninstalled")["team_id"] == RED
    assert app.last("tokens_revoked")["event"]["tokens"]["bot"] == [app.slack.teams[RED].world.bot_user_id]
    assert await refusal(api.auth_test()) == "account_inactive"
    with pytest.raises(ClientRefused):
        await app.slack.teams[RED].person(ANA).slash_command("/make", channel="C0RED0GENERAL")


async def test_after_uninstalling_it_can_be_installed_again(app: InstallingApp) -> None:
    """The new token works, the old one stays void."""
    old = await app.client_of(RED)
    await app.slack.uninstall(RED)
    new = await app.client_of(RED)
    assert (await new.auth_test())["team_id"] == RED
    assert await refusal(old.auth_test()) == "account_inactive"


async def test_revoked_tokens_are_refused(app: InstallingApp) -> None:
    """A revoked token says so, and only one event tells of it."""
    api = await app.client_of(RED)
    assert len(await app.slack.revoke_tokens(RED)) == 1
    assert await refusal(api.auth_test()) == "token_revoked"


async def test_tokens_rotate(rotating: InstallingApp) -> None:
    """A refresh token buys one new pair; the access token before it stays good until it expires."""
    first = await rotating.installed(RED)
    assert first["access_token"].startswith("xoxe.xoxb-")
    assert first["expires_in"] == 43_200
    renewal = {"code": "", "grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = await rotating.token(**renewal)
    assert second["team"] == {"id": RED, "name": "Red"}
    assert second["token_type"] == "bot"
    assert await refusal(rotating.token(**renewal)) == "invalid_refresh_token"
    for pair in (first, second):
        assert (await client(rotating.slack, pair["access_token"]).auth_test())["team_id"] == RED


async def test_tokens_that_rotate_expire(rotating: InstallingApp) -> None:
    """Past its life a token is refused, and its refresh token still brings another."""
    pair = await rotating.installed(RED)
    rotating.slack.expire_tokens(RED)
    assert await refusal(client(rotating.slack, pair["access_token"]).auth_test()) == "token_expired"
    renewed = await rotating.token(code="", grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert (await client(rotating.slack, renewed["access_token"]).auth_test())["ok"]


async def test_an_organisation_installs_for_all_its_workspaces(app: InstallingApp) -> None:
    """One token for both workspaces, with the enterprise in place of a team."""
    answer = await app.installed(NORTH, for_organisation=True)
    assert answer["team"] is None
    assert answer["enterprise"] == {"id": GRID.id, "name": GRID.name}
    assert answer["is_enterprise_install"] is True
    api = client(app.slack, answer["access_token"])
    for channel in ("C0NORTGENERAL", "C0SOUTGENERAL"):
        assert (await api.chat_postMessage(channel=channel, text="Hello"))["ok"]
    assert await refusal(api.chat_postMessage(channel="C0SOUTGENERAL", text="Hi", team_id=NORTH)) == "channel_not_found"
    assert not app.slack.teams[RED].is_installed


async def test_only_an_admin_installs_for_the_organisation(app: InstallingApp) -> None:
    """A member's attempt ends at Slack; so does one outside of any organisation."""
    for user, team in ((MINJI, NORTH), (ANA, RED)):
        async with browser_of(app.slack, user, team) as browser:
            page = await browser.install(app.install_url, for_organisation=True)
        assert "organization" in page.text
    assert not any(team.is_installed for team in app.slack.teams.values())


async def test_a_workspace_does_not_install_what_its_organisation_has(app: InstallingApp) -> None:
    """The exchange is refused."""
    await app.installed(NORTH, for_organisation=True)
    assert await refusal(app.installed(SOUTH)) == "cannot_install_an_org_installed_app"


async def test_payloads_of_an_organisation_name_it(app: InstallingApp) -> None:
    """Its payloads carry the enterprise; the submission of a view and the authorization of an event no team."""
    token = (await app.installed(NORTH, for_organisation=True))["access_token"]
    app.api = client(app.slack, token)
    app.opens({"type": "modal", "title": _plain("T"), "submit": _plain("S"), "blocks": [_note()]})
    person = app.slack.teams[SOUTH].person(ANA)
    reply = await person.slash_command("/make", channel="C0SOUTGENERAL")
    await person.submit(await person.view(of=reply))
    await person.open_home()
    command, submission, event = (app.last(kind) for kind in ("/make", "view_submission", "app_home_opened"))
    assert (command["team_id"], command["enterprise_id"], command["is_enterprise_install"]) == (SOUTH, GRID.id, "true")
    assert (submission["team"], submission["enterprise"]["id"]) == (None, GRID.id)
    assert submission["is_enterprise_install"] is True
    assert submission["user"]["team_id"] == submission["view"]["team_id"] == SOUTH
    assert (event["team_id"], event["enterprise_id"]) == (SOUTH, GRID.id)
    assert event["authorizations"][0]["team_id"] is None
    assert event["authorizations"][0]["is_enterprise_install"] is True


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def _note() -> dict[str, Any]:
    return {"type": "section", "text": _plain("Nothing to fill in")}
