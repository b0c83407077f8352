"""chat.*: posting, editing and deleting the app's messages.

Rules: https://docs.slack.dev/reference/methods/chat.postMessage, chat.update
"""

from __future__ import annotations

import time
from typing import Any

from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.shapes import message_json, permalink
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Channel, Edit, Json, Message
from bot.demo.slack.web_api.registry import Arguments, method

UPDATE_TEXT = 4000
MARKDOWN_TEXT = 12_000


def conversation_for(slack: Workspace, address: str) -> Channel:
    """The conversation of a `channel` argument; a user id means the person's DM with the app."""
    user = slack.world.users.get(address)
    if user is None:
        return slack.channel(address)
    if user.is_bot:
        raise SlackError("channel_not_found")
    return slack.world.direct_message(user.id)


def require_postable(slack: Workspace, channel: Channel, thread_ts: str | None) -> None:
    """Raise the error with which Slack refuses a message of the app here."""
    if not slack.is_member(channel) and "chat:write.public" not in slack.manifest.scopes:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.is_read_only:
        raise SlackError("restricted_action_read_only_channel")
    if channel.is_thread_only and thread_ts is None:
        raise SlackError("restricted_action_thread_only_channel")
    if channel.is_non_threadable and thread_ts is not None:
        raise SlackError("restricted_action_non_threadable_channel")
    if channel.kind == "im" and not slack.manifest.app_home("messages_tab_enabled"):
        raise SlackError("messages_tab_disabled")
    if thread_ts is not None:
        slack.require_parent(channel, thread_ts)


def _blocks(args: Arguments) -> Any:
    blocks = args.structure("blocks", error="invalid_blocks_format")
    if blocks is not None and not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    return blocks


def _attachments(args: Arguments) -> list[Json]:
    attachments = args.structure("attachments") or []
    if not isinstance(attachments, list) or len(attachments) > 100:
        raise SlackError("too_many_attachments" if isinstance(attachments, list) else "invalid_attachments")
    return attachments


def _metadata(args: Arguments) -> Json | None:
    metadata = args.structure("metadata", error="invalid_metadata_format")
    if metadata is None:
        return None
    well_formed = isinstance(metadata, dict) and set(metadata) <= {"event_type", "event_payload", "entities"}
    if not well_formed or (metadata and not isinstance(metadata.get("event_type"), str)):
        raise SlackError("invalid_metadata_format")
    return dict(metadata)


def _content(slack: Workspace, args: Arguments) -> Json:
    """The fields of a message that say something; raises no_text when none does."""
    text, blocks, attachments = args.optional("text") or "", _blocks(args), _attachments(args)
    markdown = args.optional("markdown_text")
    if markdown is not None:
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > MARKDOWN_TEXT:
            raise SlackError("msg_too_long")
        blocks = [{"type": "markdown", "text": markdown}]
    if not (text or blocks or attachments):
        raise SlackError("no_text")
    return {
        "text": text or markdown or "",
        "blocks": slack.accepted_blocks(blocks),
        "attachments": attachments,
        "mrkdwn": "mrkdwn" not in args or args.flag("mrkdwn"),
        "parse": args.optional("parse") or "client",
        "link_names": args.flag("link_names"),
    }


def _refuse_custom_identity(slack: Workspace, args: Arguments) -> None:
    if any(name in args for name in ("username", "icon_url", "icon_emoji")):
        slack.manifest.require_scope("chat:write.customize")


@method("chat.postMessage", "chat:write")
def chat_post_message(slack: Workspace, args: Arguments) -> Json:
    """Post a message, or a reply if `thread_ts` is given."""
    channel, thread_ts = conversation_for(slack, args.text("channel")), args.optional("thread_ts")
    require_postable(slack, channel, thread_ts)
    _refuse_custom_identity(slack, args)
    fields = {**_content(slack, args), "thread_ts": thread_ts, "metadata": _metadata(args)}
    message = slack.post_as_bot(channel.id, **fields)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(slack.world, message)}


@method("chat.postEphemeral", "chat:write")
def chat_post_ephemeral(slack: Workspace, args: Arguments) -> Json:
    """Show a message to one member of a conversation that the bot is in."""
    channel, user = slack.channel(args.text("channel")), args.text("user")
    if not slack.is_member(channel):
        raise SlackError("not_in_channel")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    thread_ts = args.optional("thread_ts")
    require_postable(slack, channel, thread_ts)
    fields = _content(slack, args)
    message = slack.post_as_bot(channel.id, **fields, thread_ts=thread_ts, ephemeral_to=user)
    return {"message_ts": message.ts}


def _own_message(slack: Workspace, args: Arguments, refusal: str) -> Message:
    """A message of the app; `channel` must be the conversation itself, not a person."""
    channel = slack.channel(args.text("channel"))
    if not slack.is_member(channel) and "chat:write.public" not in slack.manifest.scopes:
        raise SlackError("not_in_channel")
    message = channel.messages.get(args.text("ts"))
    if message is None or message.deleted:
        raise SlackError("message_not_found")
    if message.bot_id != slack.world.bot_id:
        raise SlackError(refusal)
    return message


@method("chat.update", "chat:write")
def chat_update(slack: Workspace, args: Arguments) -> Json:
    """Edit a message of the app: text alone removes the blocks, neither of them keeps both."""
    message = _own_message(slack, args, "cant_update_message")
    if slack.world.channels[message.channel].is_archived:
        raise SlackError("is_inactive")
    text, blocks, metadata = args.optional("text"), _blocks(args), _metadata(args)
    if len(text or "") > UPDATE_TEXT:
        raise SlackError("msg_too_long")
    if args.flag("reply_broadcast") and not (text is None and blocks is None):
        raise SlackError("no_dual_broadcast_content_update")
    if blocks is not None or text is not None:
        message.blocks = slack.accepted_blocks(blocks)
    if text is not None:
        message.text = text
    if not (message.text or message.blocks or message.files or message.attachments):
        raise SlackError("no_text")
    if metadata is not None:
        message.metadata = metadata or None
    message.edits.append(Edit(message.text, message.blocks, time.monotonic()))
    shape = message_json(slack.world, message)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shape}


@method("chat.delete", "chat:write")
def chat_delete(slack: Workspace, args: Arguments) -> Json:
    """Delete a message of the app; the parent of a thread leaves a tombstone."""
    message = _own_message(slack, args, "cant_delete_message")
    slack.world.channels[message.channel].delete(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.getPermalink")
def chat_get_permalink(slack: Workspace, args: Arguments) -> Json:
    """The address of a message."""
    channel = slack.channel(args.text("channel"))
    message = channel.messages.get(args.text("message_ts"))
    if message is None or message.deleted:
        raise SlackError("message_not_found")
    return {"channel": channel.id, "permalink": permalink(slack.world, message)}
