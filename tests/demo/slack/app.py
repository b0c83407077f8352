"""A tiny app of our own, so that the local Slack is tried from both of its sides."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import LocalSlack

SECRET = "shhh-signing"
BOT_TOKEN = "xoxb-local-test"
APP_TOKEN = "xapp-local-test"

Json = dict[str, Any]

MANIFEST: Json = {
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [{"command": "/make", "should_escape": True}],
        "shortcuts": [
            {"name": "Make", "type": "global", "callback_id": "make_global"},
            {"name": "Make of", "type": "message", "callback_id": "make_message"},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                *("chat:write", "files:write", "files:read", "users:read", "im:write", "mpim:write"),
                *("channels:read", "groups:read", "im:read", "mpim:read", "channels:join"),
                *("channels:history", "groups:history", "im:history", "mpim:history", "usergroups:read"),
            ]
        }
    },
    "settings": {
        "org_deploy_enabled": True,
        "function_runtime": "remote",
        "interactivity": {"is_enabled": True, "message_menu_options_url": "https://example.com/slack/events"},
        "event_subscriptions": {"bot_events": ["app_home_opened", "function_executed"]},
    },
    "functions": {
        "make_step": {
            "title": "Make it",
            "input_parameters": {"properties": {"script": {"type": "string"}}, "required": ["script"]},
            "output_parameters": {"properties": {"link": {"type": "string"}}, "required": ["link"]},
        }
    },
}


def manifest(*, without_scopes: tuple[str, ...] = (), with_scopes: tuple[str, ...] = ()) -> Json:
    """The manifest with some scopes taken away or added."""
    changed = copy.deepcopy(MANIFEST)
    bot = changed["oauth_config"]["scopes"]["bot"]
    changed["oauth_config"]["scopes"]["bot"] = [s for s in bot if s not in without_scopes] + [*with_scopes]
    return changed


def client(slack: LocalSlack, token: str = BOT_TOKEN) -> AsyncWebClient:
    """A Web API client that retries nothing."""
    return AsyncWebClient(token, base_url=slack.api_url, retry_handlers=[])


async def refusal(call: Awaitable[object]) -> str:
    """The error code with which Slack refuses this call."""
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


def plain(text: str) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def option(value: str, text: str = "") -> Json:
    """An option of a select."""
    return {"text": plain(text or value), "value": value}


def form() -> Json:
    """A modal with one input of each kind that a form needs."""
    script = {"type": "plain_text_input", "action_id": "typed", "multiline": True, "max_length": 20}
    model = {"type": "external_select", "action_id": "chosen", "min_query_length": 2}
    place = {"type": "conversations_select", "action_id": "to", "default_to_current_conversation": True}
    language = {
        "type": "static_select",
        "action_id": "spoken",
        "options": [option("en"), option("ko")],
        "initial_option": option("en"),
    }
    fields = {"script": script, "model": model, "place": place, "language": language}
    return {
        "type": "modal",
        "callback_id": "make",
        "title": plain("Make"),
        "submit": plain("Go"),
        "blocks": [
            {"type": "input", "block_id": name, "label": plain(name), "element": element}
            for name, element in fields.items()
        ],
    }


Answer = Callable[[Json], Awaitable[web.Response]]


class TinyApp:
    """Takes what Slack delivers, checks the signature, and answers as the test says."""

    def __init__(self, slack: LocalSlack) -> None:
        self.slack = slack
        self.api = client(slack)
        self.received: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.answers: dict[str, Answer] = {}
        self._verifier = SignatureVerifier(SECRET)

    async def handle(self, request: web.Request) -> web.Response:
        """One request of Slack."""
        body = await request.text()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not self._verifier.is_valid_request(body, headers):
            return web.Response(status=401)
        payload = _payload(body)
        self.received.append(payload)
        self.headers.append(headers)
        answer = self.answers.get(_kind(payload), _nothing)
        return await answer(payload)

    def on(self, kind: str, answer: Answer) -> None:
        """Answer this kind of payload so."""
        self.answers[kind] = answer

    def reply(self, kind: str, body: Json) -> None:
        """Answer this kind of payload with this JSON."""

        async def answer(_: Json) -> web.Response:
            return web.json_response(body)

        self.on(kind, answer)

    def opens(self, view: Json) -> None:
        """Open this view when the slash command comes."""

        async def answer(payload: Json) -> web.Response:
            await self.api.views_open(trigger_id=payload["trigger_id"], view=view)
            return web.Response()

        self.on("/make", answer)

    def silent(self, kind: str) -> None:
        """Never answer this kind of payload."""

        async def answer(_: Json) -> web.Response:
            await asyncio.Event().wait()
            return web.Response()

        self.on(kind, answer)

    def last(self, kind: str) -> Json:
        """The latest payload of that kind."""
        return next(payload for payload in reversed(self.received) if _kind(payload) == kind)


async def _nothing(_: Json) -> web.Response:
    return web.Response()


def _kind(payload: Json) -> str:
    if "command" in payload:
        return str(payload["command"])
    return str(payload["event"]["type"] if payload["type"] == "event_callback" else payload["type"])


def _payload(body: str) -> Json:
    if body.startswith("{"):
        return dict(json.loads(body))
    fields = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
    return dict(json.loads(fields["payload"])) if "payload" in fields else fields
