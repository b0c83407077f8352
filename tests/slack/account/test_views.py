"""The AI Studios account in the Home tab, and the form that connects one: accepted by Slack, and without a secret."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.accounts.connection import Connection
from bot.demo.slack.blockkit import check_view
from bot.exports.history.summaries import Summary, Usage
from bot.exports.states import State
from bot.i18n import t
from bot.slack import ids
from bot.slack.account.views import account_form, account_notice
from bot.slack.blocks import Block
from bot.slack.home.views import home
from tests.scenarios.scene import texts
from tests.slack.home.test_views import live_in, summary
from tests.slack.oracle import HOSTILE, LOCALES, MANIFEST

MOMENT = datetime.fromtimestamp(1_700_000_000, UTC)
OWN = Connection("own", app_id_end="1234", connected_by="U0ANA0001", connected_at=MOMENT, avatars=7)
CONNECTIONS = {
    "own": OWN,
    "own beside the operator's": Connection("own", True, app_id_end="1234", connected_by="U1", connected_at=MOMENT),
    "hostile": Connection("own", app_id_end=HOSTILE, connected_by="U0ANA0001", connected_at=MOMENT, avatars=10**9),
    "the operator's": Connection("operator", True, avatars=7),
    "the operator's, not read": Connection("operator", True),
    "unreadable": Connection("none", True, is_unreadable=True),
    "none": Connection("none"),
    "none, unreadable": Connection("none", is_unreadable=True),
}
STATES: tuple[State, ...] = ("ready", "failed", "rendering")


def shown(locale: str, connection: Connection | None, *, is_admin: bool, videos: int = 0) -> Block:
    """The Home tab, once Slack has accepted it."""
    newest: list[Summary] = [summary(f"V{number}", state=STATES[number % 3]) for number in range(videos)]
    view = home(locale, newest, {}, Usage(), connection, is_admin=is_admin)
    check_view(view, "home", MANIFEST)
    return view


def actions(view: Block) -> dict[str, Any]:
    """What can be pressed, by its id."""
    elements = [element for block in view["blocks"] for element in block.get("elements", ())]
    return {element["action_id"]: element for element in elements if "action_id" in element}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", CONNECTIONS)
def test_slack_takes_every_state(locale: str, name: str) -> None:
    """Whatever an admin sees of the account, with no video and with more than are shown."""
    for videos in (0, 30):
        shown(locale, CONNECTIONS[name], is_admin=True, videos=videos)


def test_an_admin_reads_whose_account_it_is() -> None:
    """The end of the app id, who connected it and when, and what it has."""
    said = "\n".join(texts(shown("en-US", OWN, is_admin=True)["blocks"]))
    for words in ("••••1234", "<@U0ANA0001>", "<!date^1700000000^", "Avatars: 7"):
        assert words in said


def test_what_an_app_id_ends_with_is_never_live() -> None:
    """Nothing in it mentions anybody."""
    view = shown("en-US", CONNECTIONS["hostile"], is_admin=True)
    assert live_in(view) == {"<@U0ANA0001>"}


BUTTONS = {
    "own": {ids.MAKE_VIDEO, ids.CONNECT_ACCOUNT, ids.DISCONNECT_ACCOUNT},
    "the operator's": {ids.MAKE_VIDEO, ids.CONNECT_ACCOUNT},
    "unreadable": {ids.CONNECT_ACCOUNT, ids.DISCONNECT_ACCOUNT},
    "none": {ids.CONNECT_ACCOUNT},
}


@pytest.mark.parametrize("name", BUTTONS)
def test_admins_have_the_buttons_that_can_work(name: str) -> None:
    """Only an own account can be disconnected, and without any account no video can be begun."""
    assert set(actions(shown("en-US", CONNECTIONS[name], is_admin=True))) == BUTTONS[name]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", CONNECTIONS)
def test_others_see_nothing_of_it(locale: str, name: str) -> None:
    """Who is no admin sees the tab as it always is, or that an admin has to connect an account."""
    connection = CONNECTIONS[name]
    view = shown(locale, connection, is_admin=False)
    if connection.kind == "none":
        assert actions(view) == {}
        assert t(locale, "account.none") in texts(view["blocks"])
        assert t(locale, "home.begin") not in "\n".join(texts(view["blocks"]))
    else:
        assert view == home(locale, [], {}, Usage())


def test_where_none_can_be_connected_nothing_is_said() -> None:
    """An admin of an ordinary install sees the tab as it always is."""
    assert shown("en-US", None, is_admin=True) == home("en-US", [], {}, Usage())


@pytest.mark.parametrize("locale", LOCALES)
def test_disconnecting_is_asked_about(locale: str) -> None:
    """The question says what happens to new videos, which depends on whether the operator has an account."""
    asked = [
        actions(shown(locale, CONNECTIONS[name], is_admin=True))[ids.DISCONNECT_ACCOUNT]["confirm"]["text"]["text"]
        for name in ("own", "own beside the operator's")
    ]
    assert asked == [t(locale, "account.disconnect_to_none"), t(locale, "account.disconnect_to_operator")]


@pytest.mark.parametrize("locale", LOCALES)
def test_slack_takes_the_form_and_the_notices(locale: str) -> None:
    """The form has two fields, empty and remembering nothing; a notice has no field at all."""
    form = account_form(locale)
    check_view(form, "modal", MANIFEST)
    assert [block["block_id"] for block in form["blocks"] if block["type"] == "input"] == [ids.APP_ID, ids.USER_KEY]
    assert "initial_value" not in str(form)
    assert "private_metadata" not in form
    for key in ("account.admins_only", "account.admin_unsure", "account.not_changed"):
        check_view(account_notice(locale, t(locale, key)), "modal", MANIFEST)
