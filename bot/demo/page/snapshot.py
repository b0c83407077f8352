"""Everything that one person sees in their Slack client, as JSON for the page."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from bot.demo.page.attention import Attention
from bot.demo.slack import Channel, File, LocalSlack, Message, Person, User, View, World, state_values
from bot.demo.slack.state.shapes import file_json, permalink

Json = dict[str, Any]

# White letters are readable on each of them.
COLOURS = ("#7c3085", "#1d6f5c", "#9a3b1f", "#2a5d9f", "#6b5b12")


def people(world: World) -> list[User]:
    """Those whom one can be on the page: who has a conversation with the app. The others are colleagues."""
    conversations = [channel.members for channel in world.channels.values() if channel.kind == "im"]
    return [user for user in world.users.values() if {user.id, world.bot_user_id} in conversations]


def snapshot(slack: LocalSlack, person: Person, attention: Attention, errors: dict[str, dict[str, str]]) -> Json:
    """What the person sees now; `errors` are those beside the fields of views, by view and block_id."""
    world, me = slack.world, person.user
    visible = [channel for channel in world.channels.values() if _is_visible(channel, me)]
    home = person.home()
    return {
        "me": {"id": me.id, "name": me.real_name, "locale": me.locale},
        "people": [
            {"id": one.id, "name": one.real_name, "handle": one.name, "locale": one.locale} for one in people(world)
        ],
        "users": _users(world),
        "app": _app(slack),
        "channels": [_channel(slack, channel, me, attention) for channel in visible],
        "messages": {channel.id: _messages(world, slack.messages(channel.id)) for channel in visible},
        "threads": {
            root: _messages(world, replies) for channel in visible for root, replies in channel.replies.items()
        },
        "ephemerals": _ephemerals(person),
        "home": _view(home, {}) if home else None,
        "views": [_view(view, errors.get(view.id, {})) for view in open_views(world, me.id)],
    }


def open_views(world: World, user_id: str) -> list[View]:
    """The modals in front of a person, the lowest first."""
    return [view for stack in world.stacks.values() if stack.user == user_id for view in stack.views]


def _is_visible(channel: Channel, me: User) -> bool:
    return not channel.is_deleted and (channel.kind == "public" or me.id in channel.members)


def _users(world: World) -> dict[str, Json]:
    return {
        user.id: {"name": user.real_name, "is_bot": user.is_bot, "colour": colour, "locale": user.locale}
        for user, colour in zip(world.users.values(), cycle(COLOURS), strict=False)
    }


def _app(slack: LocalSlack) -> Json:
    features = slack.workspace.manifest.source.get("features", {})
    return {
        "name": slack.world.app_name,
        "id": slack.world.app_id,
        "bot_user": slack.world.bot_user_id,
        "commands": features.get("slash_commands", []),
        "shortcuts": features.get("shortcuts", []),
    }


def _channel(slack: LocalSlack, channel: Channel, me: User, attention: Attention) -> Json:
    marks, bot = attention.marks(me.id, channel), slack.world.bot_user_id
    shape = {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "has_bot": bot in channel.members,
        "is_member": me.id in channel.members,
        "is_archived": channel.is_archived,
        "read_only": channel.is_read_only or (channel.kind == "im" and bot in channel.members and _is_mute(slack)),
        "unread": marks.unread,
        "mentions": marks.mentions,
    }
    return shape | ({"with": next(iter(channel.members - {me.id}), me.id)} if channel.kind == "im" else {})


def _is_mute(slack: LocalSlack) -> bool:
    return slack.workspace.manifest.app_home("messages_tab_read_only_enabled")


def _messages(world: World, messages: list[Message]) -> list[Json]:
    return [_message(world, message) for message in messages]


def _message(world: World, message: Message) -> Json:
    replies = world.channels[message.channel].replies.get(message.ts, [])
    return {
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "files": [_file(world, file) for file in message.files if file.state == "complete"],
        "thread_ts": message.thread_ts,
        "reply_count": len(replies),
        "last_reply": replies[-1].ts if replies else None,
        # Slack marks an edit of plain text only.
        "edited": bool(message.edits) and not message.blocks,
        "permalink": permalink(world, message),
        "is_tombstone": message.deleted,
        "is_join": message.subtype == "channel_join",
    }


def _file(world: World, file: File) -> Json:
    shape = file_json(world, file)
    return {key: shape[key] for key in ("id", "name", "title", "mimetype", "size", "permalink")}


def _ephemerals(person: Person) -> dict[str, list[Json]]:
    shown: dict[str, list[Json]] = {}
    for message in person.ephemerals():
        shape = {
            "id": message.ts,
            "is_ephemeral": True,
            "user": message.user,
            "text": message.text,
            "blocks": message.blocks,
            "ts": message.ts,
            "thread_ts": message.thread_ts,
        }
        shown.setdefault(message.channel, []).append(shape)
    return shown


def _view(view: View, errors: dict[str, str]) -> Json:
    body, state = view.body, state_values(view)
    shape = {key: body.get(key) for key in ("type", "callback_id", "title", "submit", "close", "blocks")}
    values = {block_id: one for block_id, elements in state.items() for one in elements.values()}
    return shape | {
        "id": view.id,
        "focus": view.focus,
        "hash": view.hash,
        "values": values,
        "state": state,
        "errors": errors,
    }
