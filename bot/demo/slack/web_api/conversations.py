"""conversations.*: what the bot may know of a conversation depends on its kind and on membership."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import TypeVar

from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.shapes import channel_json, message_json
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Channel, Json, Message
from bot.demo.slack.web_api.registry import Arguments, method

T = TypeVar("T")


def _readable(slack: Workspace, args: Arguments, permission: str) -> Channel:
    channel = slack.channel(args.text("channel"))
    slack.manifest.require_scope(f"{channel.scope_family}:{permission}")
    return channel


@method("conversations.info", "channels:read", "groups:read", "im:read", "mpim:read")
def conversations_info(slack: Workspace, args: Arguments) -> Json:
    """One conversation."""
    channel = _readable(slack, args, "read")
    shape = channel_json(slack.world, channel)
    if args.flag("include_num_members") and channel.kind != "im":
        shape["num_members"] = len(channel.members)
    return {"channel": shape}


@method("conversations.members", "channels:read", "groups:read", "im:read", "mpim:read")
def conversations_members(slack: Workspace, args: Arguments) -> Json:
    """Who is in a conversation, in pages."""
    members = sorted(_readable(slack, args, "read").members)
    page, cursor = _page(members, args, default_limit=100)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def _page(items: list[T], args: Arguments, default_limit: int) -> tuple[list[T], str]:
    """The items that `limit` and `cursor` ask for, and the cursor of the next page, empty on the last."""
    limit = args.integer("limit", default_limit)
    if not 1 <= limit <= 1000:
        raise SlackError("invalid_limit")
    start = _position(args.optional("cursor") or "")
    following = start + limit
    return items[start:following], _cursor(following) if following < len(items) else ""


def _cursor(position: int) -> str:
    return base64.b64encode(f"next:{position}".encode()).decode()


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except ValueError:
        raise SlackError("invalid_cursor") from None


@method("conversations.join", "channels:join")
def conversations_join(slack: Workspace, args: Arguments) -> Json:
    """Enter a public channel; nothing else can be joined without an invitation."""
    channel = slack.channel(args.text("channel"))
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    already = slack.is_member(channel)
    channel.members.add(slack.world.bot_user_id)
    answer: Json = {"channel": channel_json(slack.world, channel)}
    if already:
        answer |= {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return answer


@method("conversations.open", "im:write", "mpim:write", "groups:write", "channels:manage")
def conversations_open(slack: Workspace, args: Arguments) -> Json:
    """Open, or find, the conversation of the bot with these people."""
    if "channel" in args:
        channel = slack.channel(args.text("channel"))
        known = True
    else:
        before = len(slack.world.channels)
        channel = _conversation_with(slack, args)
        known = len(slack.world.channels) == before
    answer: Json = {"no_op": True, "already_open": True} if known else {}
    full = channel_json(slack.world, channel)
    return answer | {"channel": full if args.flag("return_im") else {"id": channel.id}}


def _conversation_with(slack: Workspace, args: Arguments) -> Channel:
    users = [user.strip() for user in args.text("users").split(",")]
    if any(user not in slack.world.users for user in users):
        raise SlackError("user_not_found")
    if users == [slack.world.bot_user_id]:
        raise SlackError("cannot_dm_bot")
    if len(users) > 8:
        raise SlackError("too_many_users")
    slack.manifest.require_scope("im:write" if len(users) == 1 else "mpim:write")
    if len(users) == 1:
        return slack.world.direct_message(users[0])
    return slack.world.group_message(users)


@method("conversations.replies", "channels:history", "groups:history", "im:history", "mpim:history")
def conversations_replies(slack: Workspace, args: Arguments) -> Json:
    """A thread: the parent and its replies."""
    channel = _member_of(slack, args)
    parent = channel.messages.get(args.text("ts"))
    if parent is None:
        raise SlackError("thread_not_found")
    replies = [reply for reply in channel.replies.get(parent.ts, []) if _in_time(reply, args)]
    return _messages(slack, [parent, *replies], args)


@method("conversations.history", "channels:history", "groups:history", "im:history", "mpim:history")
def conversations_history(slack: Workspace, args: Arguments) -> Json:
    """The latest messages outside threads, newest first."""
    channel = _member_of(slack, args)
    messages = [m for m in channel.messages.values() if not m.is_reply and _in_time(m, args)]
    return _messages(slack, messages[::-1], args)


def _member_of(slack: Workspace, args: Arguments) -> Channel:
    channel = _readable(slack, args, "history")
    if not slack.is_member(channel):
        raise SlackError("not_in_channel")
    return channel


def _in_time(message: Message, args: Arguments) -> bool:
    """Whether it lies between `oldest` and `latest`, which themselves count only if `inclusive`."""
    ts = Decimal(message.ts)
    oldest, latest = Decimal(args.optional("oldest") or 0), Decimal(args.optional("latest") or "Infinity")
    return oldest < ts < latest or (args.flag("inclusive") and ts in (oldest, latest))


def _messages(slack: Workspace, messages: list[Message], args: Arguments) -> Json:
    page, cursor = _page(messages, args, default_limit=100)
    shapes = [message_json(slack.world, message) for message in page]
    if not args.flag("include_all_metadata"):
        for shape in shapes:
            shape.pop("metadata", None)
    answer: Json = {"messages": shapes, "has_more": bool(cursor)}
    return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})
