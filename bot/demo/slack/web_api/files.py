"""files.*: the three steps of an upload, and reading back.

Flow: https://docs.slack.dev/messaging/working-with-files#upload
"""

from __future__ import annotations

import mimetypes
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.shapes import file_json
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Channel, File, Json, Share
from bot.demo.slack.web_api.registry import Arguments, method

CONVERSATION = re.compile(r"[CGDZ][A-Z0-9]{8,}")
UNSAFE_IN_PATHS = re.compile(r"[^\w.-]")
ALT_TEXT = 1000


@method("files.getUploadURLExternal", "files:write")
def files_get_upload_url_external(slack: Workspace, args: Arguments) -> Json:
    """An address for exactly `length` bytes."""
    name, length = args.text("filename"), args.integer("length", 0)
    if length <= 0:
        raise SlackError("missing_argument", ["[ERROR] missing required field: length"])
    if length > slack.max_file_bytes:
        raise SlackError("file_upload_size_restricted")
    if len(args.optional("alt_txt") or "") > ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    file_id, token = slack.world.new_id("F"), secrets.token_urlsafe(16)
    path = slack.files / f"{file_id}-{UNSAFE_IN_PATHS.sub('_', name)[-80:]}"
    owner = slack.world.bot_user_id
    file = File(file_id, name, length, token, path, owner, alt_txt=args.optional("alt_txt") or "")
    slack.world.files[file_id] = file
    return {"upload_url": f"{slack.base_url}/upload/v1/{file_id}/{token}", "file_id": file_id}


@dataclass(frozen=True)
class _Posting:
    """Where completed files go, and what is said with them."""

    channels: list[Channel]
    thread_ts: str | None
    text: str
    blocks: list[Json]


@method("files.completeUploadExternal", "files:write")
def files_complete_upload_external(slack: Workspace, args: Arguments) -> Json:
    """Finish uploads, once; Slack then processes and shares them on its own time."""
    titles = _titles(args.structure("files"))
    posting = _posting(slack, args)
    files = [_uploaded(slack, file_id) for file_id in titles]
    for file in files:
        file.state, file.title, file.created = "complete", titles[file.id] or file.name, int(time.time())
    slack.later(slack.share_delay, lambda: _share(slack, files, posting))
    return {"files": [file_json(slack.world, file) for file in files]}


def _titles(files: Any) -> dict[str, str]:
    if not isinstance(files, list) or not files:
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: files"])
    if any(not isinstance(f, dict) or not isinstance(f.get("id"), str) for f in files):
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: id [json-pointer:/files]"])
    return {file["id"]: str(file.get("title") or "") for file in files}


def _uploaded(slack: Workspace, file_id: str) -> File:
    file = slack.world.files.get(file_id)
    if file is None or file.state in {"pending", "deleted"} or file.owner != slack.world.bot_user_id:
        raise SlackError("file_not_found")
    if file.state == "complete":
        raise SlackError("file_update_failed")
    return file


def _posting(slack: Workspace, args: Arguments) -> _Posting:
    listed = args.optional("channel_id") or args.optional("channels") or ""
    ids = [channel_id for channel_id in listed.split(",") if channel_id]
    thread_ts, comment = args.optional("thread_ts"), args.optional("initial_comment")
    if len(ids) > 100:
        raise SlackError("channels_limit_exceeded")
    if any(not CONVERSATION.fullmatch(channel_id) for channel_id in ids):
        raise SlackError("invalid_arguments", ["[ERROR] failed to match pattern [json-pointer:/channel_id]"])
    if thread_ts is not None and len(ids) != 1:
        raise SlackError("invalid_arguments", ["[ERROR] thread_ts needs exactly one channel"])
    channels = [_postable(slack, channel_id, thread_ts) for channel_id in ids]
    # Slack ignores the blocks when there is an initial_comment.
    blocks = None if comment else args.structure("blocks", error="invalid_blocks")
    return _Posting(channels, thread_ts, comment or "", slack.accepted_blocks(blocks))


def _postable(slack: Workspace, channel_id: str, thread_ts: str | None) -> Channel:
    """Files need membership, also where chat:write.public lets messages pass."""
    channel = slack.channel(channel_id)
    if not slack.is_member(channel):
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    unthreaded, threaded = thread_ts is None, thread_ts is not None
    closed = (channel.is_thread_only and unthreaded) or (channel.is_non_threadable and threaded)
    if channel.is_read_only or closed:
        raise SlackError("posting_to_channel_denied")
    if thread_ts is not None:
        slack.require_parent(channel, thread_ts)
    return channel


def _share(slack: Workspace, files: list[File], posting: _Posting) -> None:
    present = [file for file in files if file.state == "complete"]
    for file in present:
        file.mimetype = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    places = [channel for channel in posting.channels if not (channel.is_deleted or channel.is_archived)]
    for channel in places if present else []:
        said = {"text": posting.text, "blocks": posting.blocks}
        message = slack.post_as_bot(channel.id, **said, thread_ts=posting.thread_ts, files=present)
        for file in present:
            file.shares.append(Share(channel.id, message.ts, posting.thread_ts))


def _completed(slack: Workspace, args: Arguments) -> File:
    file = slack.world.files.get(args.text("file"))
    if file is None or file.state in {"pending", "uploaded"}:
        raise SlackError("file_not_found")
    if file.state == "deleted":
        raise SlackError("file_deleted")
    return file


@method("files.info", "files:read")
def files_info(slack: Workspace, args: Arguments) -> Json:
    """One file; `shares` appears once it was posted."""
    return {"file": file_json(slack.world, _completed(slack, args)), "comments": []}


@method("files.delete", "files:write")
def files_delete(slack: Workspace, args: Arguments) -> Json:
    """Delete a file of the app."""
    file = _completed(slack, args)
    if file.owner != slack.world.bot_user_id:
        raise SlackError("cant_delete_file")
    file.state, file.shares = "deleted", []
    file.path.unlink(missing_ok=True)
    return {}
