"""response_url: five uses within thirty minutes.

Rules: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from aiohttp import web

from bot.demo.slack.delivery.http import parsed
from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Json, Message

USES = 5
LIFETIME_SECONDS = 30 * 60


@dataclass
class ResponseUrl:
    """One address: for whom, where, and the message it was caused in, if any."""

    user: str
    channel: str
    source: Message | None
    issued: float
    uses: int = 0


class ResponseUrls:
    """The addresses that were handed out."""

    def __init__(self, slack: Workspace) -> None:
        self._slack = slack
        self._issued: dict[str, ResponseUrl] = {}

    def issue(self, user: str, channel: str, source: Message | None = None) -> str:
        """A fresh response_url."""
        token = secrets.token_urlsafe(18)
        self._issued[token] = ResponseUrl(user, channel, source, time.monotonic())
        kind = "actions" if source else "commands"
        return f"{self._slack.base_url}/{kind}/{self._slack.world.team_id}/{token}"

    async def answer(self, request: web.Request) -> web.Response:
        """Take one response of the app."""
        target = self._issued.get(request.match_info["token"])
        if target is None or time.monotonic() - target.issued > LIFETIME_SECONDS:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        if target.uses >= USES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        target.uses += 1
        body = parsed(await request.text())
        try:
            respond(self._slack, target, body)
        except SlackError as error:
            return web.json_response(error.answer(), status=400)
        self._slack.changes.announce()
        return web.json_response({"ok": True})

    def inline(self, user: str, channel: str, body: Json) -> None:
        """A message in the reply to a slash command; raises SlackError."""
        respond(self._slack, ResponseUrl(user, channel, None, time.monotonic()), body)


def respond(slack: Workspace, target: ResponseUrl, body: Json | None) -> None:
    """Post, replace or delete as the body says; ephemeral unless in_channel. Raises SlackError."""
    if body is None:
        raise SlackError("invalid_payload")
    if slack.world.channels[target.channel].is_deleted:
        raise SlackError("channel_not_found")
    if body.get("delete_original"):
        _delete(slack, target)
        return
    text, blocks = body.get("text") or "", slack.accepted_blocks(body.get("blocks"))
    if not (text or blocks):
        raise SlackError("no_text")
    if body.get("replace_original") and target.source is not None:
        target.source.text, target.source.blocks = text, blocks
        return
    _post(slack, target, body, text, blocks)


def _post(slack: Workspace, target: ResponseUrl, body: Json, text: str, blocks: list[Json]) -> None:
    response_type = body.get("response_type", "ephemeral")
    if response_type not in {"ephemeral", "in_channel"}:
        raise SlackError("invalid_response_type")
    thread_ts = body.get("thread_ts")
    if thread_ts is not None:
        slack.require_parent(slack.world.channels[target.channel], thread_ts)
    shown_to = target.user if response_type == "ephemeral" else None
    slack.post_as_bot(target.channel, text=text, blocks=blocks, thread_ts=thread_ts, ephemeral_to=shown_to)


def _delete(slack: Workspace, target: ResponseUrl) -> None:
    if target.source is None:
        raise SlackError("cant_delete_message")
    channel = slack.world.channels[target.channel]
    channel.messages.pop(target.source.ts, None)
    if target.source in channel.ephemerals:
        channel.ephemerals.remove(target.source)
