"""The payloads that Slack sends to the app.

Shapes: https://docs.slack.dev/reference/interaction-payloads
"""

from __future__ import annotations

import time
from typing import Any

from bot.demo.slack.state.shapes import message_json, view_json
from bot.demo.slack.state.world import Channel, Json, Message, User, View, World

# The legacy verification token; apps verify the signature instead.
VERIFICATION_TOKEN = "legacy0verification0token"


def now_ts() -> str:
    """`action_ts` and `event_ts`: epoch seconds with microseconds."""
    return f"{time.time():.6f}"


def channel_name(channel: Channel) -> str:
    """How payloads name a conversation whose name is not for everybody."""
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)


def slash_command(
    world: World, user: User, channel: Channel, command: str, text: str, trigger_id: str, response_url: str
) -> Json:
    """The form fields of a slash command."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": world.team_id,
        "team_domain": world.team_domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        **_enterprise_fields(world),
        "command": command,
        "text": text,
        "api_app_id": world.app_id,
        "is_enterprise_install": str(world.is_enterprise_install).lower(),
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def _enterprise_fields(world: World) -> Json:
    """What fields of their own say about the organisation, empty outside of one."""
    org = world.enterprise
    return {"enterprise_id": org.id, "enterprise_name": org.name} if org else {}


def _interaction(world: World, user: User, kind: str) -> Json:
    return {
        "type": kind,
        "team": {"id": world.team_id, "domain": world.team_domain, **_enterprise_fields(world)},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": world.team_id},
        "api_app_id": world.app_id,
        "token": VERIFICATION_TOKEN,
        "enterprise": {"id": world.enterprise.id, "name": world.enterprise.name} if world.enterprise else None,
        "is_enterprise_install": world.is_enterprise_install,
    }


def _with_view(world: World, user: User, kind: str) -> Json:
    """Where the app was installed for the organisation, `team` is null
    (https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload).
    """
    return _interaction(world, user, kind) | ({"team": None} if world.is_enterprise_install else {})


def view_submission(
    world: World, user: User, view: View, values: Json, trigger_id: str, response_urls: list[Json]
) -> Json:
    """The person pressed Submit."""
    return _with_view(world, user, "view_submission") | {
        "trigger_id": trigger_id,
        "view": view_json(world, view, values),
        "response_urls": response_urls,
    }


def view_closed(world: World, user: User, view: View, values: Json, *, is_cleared: bool) -> Json:
    """The person dismissed a modal; `values` are without the input blocks."""
    view_shape = view_json(world, view, values)
    return _with_view(world, user, "view_closed") | {"view": view_shape, "is_cleared": is_cleared}


def block_suggestion(
    world: World, user: User, block_id: str, action_id: str, value: str, source: View | Message
) -> Json:
    """The person typed into an external select."""
    payload = _interaction(world, user, "block_suggestion")
    payload |= {"action_id": action_id, "block_id": block_id, "value": value}
    if world.enterprise and world.is_enterprise_install:
        payload["user"] |= {"team_id": world.enterprise.id}
    if isinstance(source, View):
        # What stands in the other fields is not sent along.
        return payload | {
            "container": {"type": "view", "view_id": source.id},
            "view": view_json(world, source, {}),
        }
    return payload | _message_place(world, source)


def _message_place(world: World, message: Message) -> Json:
    channel = world.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    place: Json = {"container": container, "channel": {"id": channel.id, "name": channel_name(channel)}}
    # An ephemeral message is not sent along.
    return place | ({} if message.ephemeral_to else {"message": message_json(world, message)})


def block_actions_in_view(world: World, user: User, view: View, action: Json, trigger_id: str, values: Json) -> Json:
    """The person used an element of a modal or of the Home tab."""
    return _interaction(world, user, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger_id,
        "view": view_json(world, view, values),
        "actions": [action],
    }


def block_actions_in_message(
    world: World,
    user: User,
    message: Message,
    action: Json,
    trigger_id: str,
    response_url: str,
    values: Json,
) -> Json:
    """The person used an element of a message."""
    return (
        _interaction(world, user, "block_actions")
        | _message_place(world, message)
        | {
            "trigger_id": trigger_id,
            "state": {"values": values},
            "response_url": response_url,
            "actions": [action],
        }
    )


def shortcut(world: World, user: User, callback_id: str, trigger_id: str) -> Json:
    """A global shortcut: it has neither a conversation nor a response_url."""
    payload = _interaction(world, user, "shortcut")
    del payload["api_app_id"], payload["user"]["name"]
    return payload | {"action_ts": now_ts(), "callback_id": callback_id, "trigger_id": trigger_id}


def message_action(
    world: World, user: User, callback_id: str, message: Message, trigger_id: str, response_url: str
) -> Json:
    """A message shortcut."""
    payload = _interaction(world, user, "message_action")
    del payload["api_app_id"], payload["user"]["username"]
    channel = world.channels[message.channel]
    return payload | {
        "action_ts": now_ts(),
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "response_url": response_url,
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": message_json(world, message),
    }


def event_callback(world: World, event: Json) -> Json:
    """The envelope of an event; an installation for an organisation is authorized for no single team."""
    enterprise_id = world.enterprise.id if world.enterprise else None
    authorization = {
        "enterprise_id": enterprise_id,
        "team_id": None if world.is_enterprise_install else world.team_id,
        "user_id": world.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": world.is_enterprise_install,
    }
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": world.team_id,
        **({"enterprise_id": enterprise_id} if enterprise_id else {}),
        "api_app_id": world.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": world.new_id("Ev"),
        "event_time": int(time.time()),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": f"4-{world.new_id('E')}",
    }


def app_home_opened(world: World, user: User, channel: Channel, tab: str, home: View | None, values: Json) -> Json:
    """The person opened a tab of the app; with the Home tab comes the `view` once one was published."""
    event: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": channel.id,
        "tab": tab,
        "event_ts": now_ts(),
    }
    return event | ({"view": view_json(world, home, values)} if home else {})


def app_uninstalled() -> Json:
    """Somebody removed the app from the workspace."""
    return {"type": "app_uninstalled", "event_ts": now_ts()}


def tokens_revoked(bot_user_id: str) -> Json:
    """The token of the bot became void; the ids are users', not tokens."""
    return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot_user_id]}, "event_ts": now_ts()}


def function_executed(world: World, callback_id: str, declared: Json, inputs: Json, run: Any) -> Json:
    """A workflow reached the app's step."""
    parameters = {
        kind: [
            {
                "name": name,
                "type": spec["type"],
                "title": spec.get("title", name),
                "is_required": name in required,
            }
            for name, spec in declared.get(kind, {}).get("properties", {}).items()
        ]
        for kind in ("input_parameters", "output_parameters")
        for required in [declared.get(kind, {}).get("required", [])]
    }
    function = {
        "id": world.new_id("Fn"),
        "callback_id": callback_id,
        "title": declared["title"],
        "description": declared.get("description", ""),
        "type": "app",
        "app_id": world.app_id,
        **parameters,
    }
    return {
        "type": "function_executed",
        "function": function,
        "inputs": inputs,
        "function_execution_id": run.id,
        "workflow_execution_id": world.new_id("Wx"),
        "event_ts": now_ts(),
        "bot_access_token": run.token,
    }
