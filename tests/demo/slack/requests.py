"""Requests that a test sends itself: their bodies as Slack writes them, and a way to post them with any headers."""

from __future__ import annotations

from collections.abc import Mapping

from bot.demo.slack import LocalSlack, Reply
from bot.demo.slack.delivery import payloads
from bot.demo.slack.delivery.http import HttpDelivery, encode
from bot.demo.slack.state.world import Json


def slash_body(slack: LocalSlack, user_id: str, command: str, text: str = "", channel: str = "C0GENERAL") -> bytes:
    """The body of a slash command."""
    world = slack.world
    trigger_id = slack.workspace.triggers.issue(user_id, channel)
    url = slack.teams[world.team_id].response_urls.issue(user_id, channel)
    user, place = world.users[user_id], world.channels[channel]
    return encode("slash_commands", payloads.slash_command(world, user, place, command, text, trigger_id, url))[0]


def interaction_body(payload: Json) -> bytes:
    """The body of an interaction."""
    return encode("interactive", payload)[0]


async def post(slack: LocalSlack, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Posts these very bytes and headers to the app's request URL."""
    delivery = HttpDelivery("")
    delivery.request_url = slack.request_url
    await delivery.start()
    try:
        return await delivery.send(body, headers)
    finally:
        await delivery.stop()
