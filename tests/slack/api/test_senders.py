"""Which workspace a request is about, and which one its sender belongs to."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.async_app import AsyncBoltRequest

from bot.slack.api.senders import identify_sender, is_from_elsewhere

USER = {"id": "U1", "team_id": "T1"}
VIEW = {"team_id": "T1", "app_installed_team_id": "E1"}

HERE: dict[str, dict[str, Any]] = {
    "a command": {"command": "/avatar", "team_id": "T1", "user_id": "U1"},
    "a button": {"type": "block_actions", "team": {"id": "T1"}, "user": USER},
    "an organisation's form": {"type": "view_submission", "team": None, "user": USER, "view": VIEW},
    "an organisation's type-ahead": {
        "type": "block_suggestion",
        "team": None,
        "user": {"id": "U1", "team_id": "E1"},
        "view": VIEW,
    },
    "an organisation's event": {
        "type": "event_callback",
        "team_id": "T1",
        "authorizations": [{"enterprise_id": "E1", "team_id": None, "is_enterprise_install": True}],
        "event": {"type": "app_home_opened", "user": "U1"},
    },
}


async def read(body: dict[str, Any]) -> AsyncBoltRequest:
    """The request as it goes on to Bolt."""

    async def go_on() -> None:
        pass

    request = AsyncBoltRequest(body=body, mode="socket_mode")
    await identify_sender(body, request.context, go_on)
    return request


@pytest.mark.parametrize("body", HERE.values(), ids=HERE)
async def test_the_workspace_is_known_however_a_payload_names_it(body: dict[str, Any]) -> None:
    """Also where the app was installed for a whole organisation."""
    context = (await read(body)).context
    assert (context.team_id, is_from_elsewhere(context)) == ("T1", False)


async def test_a_person_of_another_workspace_is_from_elsewhere() -> None:
    """A channel that is shared shows them the buttons of this one."""
    context = (await read({**HERE["a button"], "user": {"id": "U1", "team_id": "T2"}})).context
    assert (context.team_id, is_from_elsewhere(context)) == ("T1", True)
