"""How Slack writes people, conversations, messages, files and views in JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bot.demo.slack.blockkit import settle
from bot.demo.slack.state.world import Channel, File, Json, Message, Share, User, View, World


def user_json(world: World, user: User, *, include_locale: bool) -> Json:
    """The `user` of users.info; `locale` is there only when asked for."""
    display_name = user.name if user.display_name is None else user.display_name
    is_owner = user.is_owner or user.is_primary_owner
    shape: Json = {
        "id": user.id,
        "team_id": world.team_id,
        "name": user.name,
        "deleted": False,
        "color": "9f69e7",
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz_label,
        "tz_offset": user.tz_offset,
        "profile": {
            "title": "",
            "phone": "",
            "skype": "",
            "real_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name": display_name,
            "display_name_normalized": display_name,
            "status_text": "",
            "status_emoji": "",
            "status_expiration": 0,
            "avatar_hash": "g0000000000",
            "team": world.team_id,
        },
        # Owners are admins too, and the primary owner is an owner.
        "is_admin": user.is_admin or is_owner,
        "is_owner": is_owner,
        "is_primary_owner": user.is_primary_owner,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }
    return shape | ({"locale": user.locale} if include_locale else {})


def channel_json(world: World, channel: Channel) -> Json:
    """The `channel` of conversations.info."""
    shape: Json = {
        "id": channel.id,
        "created": channel.created,
        "creator": channel.creator,
        "is_channel": channel.kind in {"public", "private"},
        "is_group": channel.kind == "private",
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "is_archived": channel.is_archived,
        "is_ext_shared": False,
        "is_org_shared": False,
        "is_shared": False,
        "context_team_id": world.team_id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        other = channel.members - {world.bot_user_id}
        return shape | {"user": next(iter(other)), "is_open": True}
    flags = ("is_read_only", "is_thread_only", "is_non_threadable")
    return shape | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_general": channel.name == "general",
        "is_member": world.bot_user_id in channel.members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
        **{flag: True for flag in flags if getattr(channel, flag)},
    }


def message_json(world: World, message: Message) -> Json:
    """A message as the Web API and message payloads show it."""
    shape: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
    if message.deleted:
        shape |= {"subtype": "tombstone", "user": "USLACKBOT", "hidden": True}
    elif message.bot_id is not None:
        shape |= {"bot_id": message.bot_id, "app_id": world.app_id}
    elif message.subtype is not None:
        shape["subtype"] = message.subtype
    shape["team"] = world.team_id
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.thread_ts is not None:
        shape["thread_ts"] = message.thread_ts
    if message.files:
        shape["files"] = [file_json(world, file) for file in message.files]
    replies = world.channels[message.channel].replies.get(message.ts, [])
    if replies:
        shape |= {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}
    if message.metadata is not None:
        shape["metadata"] = message.metadata
    return shape


# Where Slack's name for a kind of file is not its extension.
_FILETYPES = {"txt": "text", "md": "markdown"}


def file_json(world: World, file: File) -> Json:
    """A file; where it was shared and what it is are known only after Slack processed it."""
    private = f"{world.files_url}/files-pri/{world.team_id}-{file.id}"
    extension = file.name.rpartition(".")[2].lower()
    name = quote(file.name, safe="")
    shape: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": _FILETYPES.get(extension, extension) if file.mimetype else "",
        "pretty_type": extension.upper() if file.mimetype else "",
        "user": file.owner,
        "user_team": world.team_id,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(file.shares),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{private}/{name}",
        "url_private_download": f"{private}/download/{name}",
        "permalink": f"https://{world.team_domain}.slack.com/files/{file.owner}/{file.id}/{name}",
        "channels": _shared_in(world, file, "public"),
        "groups": _shared_in(world, file, "private", "mpim"),
        "ims": _shared_in(world, file, "im"),
    }
    return shape | ({"shares": _shares(world, file)} if file.shares else {})


def _shared_in(world: World, file: File, *kinds: str) -> list[str]:
    return [share.channel for share in file.shares if world.channels[share.channel].kind in kinds]


def _shares(world: World, file: File) -> Json:
    shares: dict[str, dict[str, list[Json]]] = {}
    for share in file.shares:
        channel = world.channels[share.channel]
        visibility = "public" if channel.kind == "public" else "private"
        shares.setdefault(visibility, {}).setdefault(channel.id, []).append(_share(world, channel, share))
    return shares


def _share(world: World, channel: Channel, share: Share) -> Json:
    shape: Json = {
        "reply_users": [],
        "reply_users_count": 0,
        "reply_count": 0,
        "ts": share.ts,
        "channel_name": channel.name,
        "team_id": world.team_id,
        "share_user_id": world.bot_user_id,
    }
    return shape | ({"thread_ts": share.thread_ts} if share.thread_ts else {})


def view_json(world: World, view: View, values: Json) -> Json:
    """A view as answers and payloads show it, with the given state."""
    body = view.body
    shape: Json = {
        "id": view.id,
        "team_id": world.team_id,
        "type": body["type"],
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "state": {"values": values},
        "hash": view.hash,
        "title": body.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "clear_on_close": body.get("clear_on_close", False),
        "notify_on_close": body.get("notify_on_close", False),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": world.app_id,
        "external_id": body.get("external_id", ""),
        # For an organisation's installation an organisation's id, as in
        # https://docs.slack.dev/messaging/work-objects-implementation
        "app_installed_team_id": world.enterprise.id
        if world.enterprise and world.is_enterprise_install
        else world.team_id,
        "bot_id": world.bot_id,
    }
    return shape


def settled_view(body: Json) -> Json:
    """A view body as Slack keeps it, with generated identifiers and default flags of its text."""
    kept: dict[str, Any] = {**body, "blocks": settle(body["blocks"])}
    for name in ("title", "submit", "close"):
        if name in kept:
            kept[name] = {"emoji": True, **kept[name]}
    return kept


def permalink(world: World, message: Message) -> str:
    """The address of a message."""
    link = f"https://{world.team_domain}.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return f"{link}?thread_ts={message.thread_ts}&cid={message.channel}" if message.is_reply else link
