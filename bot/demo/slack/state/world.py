"""The state of one workspace: people, conversations, messages, files, views. Plain data, no I/O."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["public", "private", "im", "mpim"]


@dataclass
class User:
    """A person or a bot user, with what users.info tells about them. Without a display_name the name is shown."""

    id: str
    name: str
    real_name: str
    locale: str = "en-US"
    tz: str = "America/Los_Angeles"
    tz_label: str = "Pacific Standard Time"
    tz_offset: int = -28800
    display_name: str | None = None
    is_admin: bool = False
    is_owner: bool = False
    is_primary_owner: bool = False
    is_bot: bool = False


@dataclass
class Usergroup:
    """A group of people that can be mentioned together, by their user ids."""

    id: str
    handle: str
    name: str
    users: list[str]


@dataclass
class Edit:
    """One chat.update: what the message said afterwards, and when (monotonic seconds)."""

    text: str
    blocks: list[Json]
    at: float


@dataclass
class Message:
    """A message as it reads now; `notified` are the people whom its posting notified."""

    ts: str
    channel: str
    user: str
    text: str
    bot_id: str | None = None
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    files: list[File] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    notified: set[str] = field(default_factory=set)
    attachments: list[Json] = field(default_factory=list)
    mrkdwn: bool = True
    parse: str = "client"
    link_names: bool = False
    ephemeral_to: str | None = None
    deleted: bool = False
    subtype: str | None = None

    @property
    def is_reply(self) -> bool:
        """Whether it stands in the thread of another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    def bury(self) -> None:
        """Leave nothing but the tombstone over a thread."""
        self.deleted, self.text, self.metadata = True, "This message was deleted.", None
        self.blocks, self.files, self.attachments = [], [], []


@dataclass
class Channel:
    """A conversation of any kind; messages and replies are kept in the order of posting.

    A deleted one is kept for whoever looks at the world from outside; Slack knows nothing of it any more.
    """

    id: str
    name: str
    kind: Kind
    members: set[str]
    creator: str
    is_archived: bool = False
    is_deleted: bool = False
    is_read_only: bool = False
    is_thread_only: bool = False
    is_non_threadable: bool = False
    created: int = 1_700_000_000
    messages: dict[str, Message] = field(default_factory=dict)
    replies: dict[str, list[Message]] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)

    @property
    def scope_family(self) -> str:
        """The first half of the scopes that open this kind of conversation, as in `groups:read`."""
        return {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}[self.kind]

    def delete(self, message: Message) -> None:
        """Take a message away; the parent of a thread leaves a tombstone."""
        if self.replies.get(message.ts):
            message.bury()
            return
        self.messages.pop(message.ts, None)
        siblings = self.replies.get(message.thread_ts or "", [])
        if message in siblings:
            siblings.remove(message)


@dataclass
class Share:
    """Where a file was posted."""

    channel: str
    ts: str
    thread_ts: str | None


@dataclass
class File:
    """An upload: `pending` until its bytes arrived, `uploaded` until completed, then `complete`.

    `owner` is the user id of whoever uploaded it.
    """

    id: str
    name: str
    size: int
    upload_token: str
    path: Path
    owner: str
    title: str = ""
    alt_txt: str = ""
    state: Literal["pending", "uploaded", "complete", "deleted"] = "pending"
    mimetype: str = ""
    created: int = 0
    shares: list[Share] = field(default_factory=list)


@dataclass
class View:
    """A modal or Home tab of one person: `body` is what the app sent, `typed` what the person entered.

    `focus` is the block in which the caret is at first; an update of the view does not move it.
    """

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    channel: str | None = None
    focus: str | None = None
    typed: dict[str, dict[str, Json]] = field(default_factory=dict)
    offered: dict[str, list[Json]] = field(default_factory=dict)


@dataclass
class Stack:
    """The modals one person has on top of each other, opened from one trigger."""

    user: str
    trigger_id: str
    views: list[View]


@dataclass
class Execution:
    """A run of a Workflow Builder step; `outputs` or `error` once the app completed it."""

    id: str
    callback_id: str
    token: str
    started: float
    state: Literal["running", "succeeded", "failed"] = "running"
    outputs: Json = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class Enterprise:
    """An Enterprise Grid organisation, to which several workspaces belong."""

    id: str
    name: str


@dataclass
class World:
    """One workspace. `files_url` is the address under which the content of files lies.

    `is_enterprise_install` says whether its app was installed for the whole `enterprise`.
    """

    users: dict[str, User]
    channels: dict[str, Channel]
    team_id: str = "T0AVATARS"
    team_name: str = "Avatar Works"
    team_domain: str = "avatar-works"
    app_id: str = "A0AVATARB"
    app_name: str = "avatar-bot"
    bot_id: str = "B0AVATARB"
    bot_user_id: str = "U0AVATARB"
    files_url: str = "https://files.slack.com"
    usergroups: dict[str, Usergroup] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    stacks: dict[str, Stack] = field(default_factory=dict)
    home_tabs: dict[str, View] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    enterprise: Enterprise | None = None
    is_enterprise_install: bool = False
    serial: count[int] = field(default_factory=lambda: count(1))
    _last_ts: int = 0

    def share_ids_with(self, other: World) -> None:
        """Give out no id that another workspace gives out; share what all workspaces of an organisation have.

        People, their views and their files belong to the organisation: https://docs.slack.dev/enterprise
        """
        self.serial = other.serial
        if self.enterprise is not None and self.enterprise == other.enterprise:
            self.users, self.files = other.users, other.files
            self.views, self.stacks, self.home_tabs = other.views, other.stacks, other.home_tabs

    def new_id(self, prefix: str) -> str:
        """An id that was not given out before, shaped like Slack's."""
        return f"{prefix}{next(self.serial):010X}"

    def new_ts(self) -> str:
        """A message timestamp, later than every earlier one."""
        self._last_ts = max(self._last_ts + 1, time.time_ns() // 1000)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_hash(self) -> str:
        """The version mark of a view."""
        return f"{int(time.time())}.{secrets.token_hex(4)}"

    def file(self, file_id: str) -> File:
        """The file of that id; KeyError if there is none."""
        return self.files[file_id]

    def direct_message(self, user_id: str) -> Channel:
        """The person's conversation with the app, opened if need be."""
        return self._conversation({user_id, self.bot_user_id}, "im")

    def group_message(self, user_ids: Iterable[str]) -> Channel:
        """The group conversation of these people with the app, opened if need be."""
        return self._conversation({*user_ids, self.bot_user_id}, "mpim")

    def _conversation(self, members: set[str], kind: Kind) -> Channel:
        for channel in self.channels.values():
            if channel.kind == kind and channel.members == members:
                return channel
        names = "--".join(sorted(self.users[user].name for user in members))
        name = "" if kind == "im" else f"mpdm-{names}-1"
        prefix = "D" if kind == "im" else "G"
        channel = Channel(self.new_id(prefix), name, kind, members, creator=self.bot_user_id)
        self.channels[channel.id] = channel
        return channel

    def add(self, message: Message) -> Message:
        """Put a message into its conversation, or show it to one person if it is ephemeral."""
        channel = self.channels[message.channel]
        if message.ephemeral_to is not None:
            channel.ephemerals.append(message)
            return message
        channel.messages[message.ts] = message
        if message.is_reply and message.thread_ts is not None:
            channel.replies.setdefault(message.thread_ts, []).append(message)
        return message

    def stack_of(self, view: View) -> Stack | None:
        """The open stack that holds this very view, None once it was closed."""
        stack = self.stacks.get(view.root_id)
        return stack if stack is not None and view in stack.views else None

    def is_home(self, view: View) -> bool:
        """Whether this is the Home tab that its person sees."""
        return self.home_tabs.get(view.user) is view

    def close(self, view: View) -> None:
        """Take a modal and everything above it off its stack."""
        stack = self.stack_of(view)
        if stack is None:
            return
        del stack.views[stack.views.index(view) :]
        if not stack.views:
            del self.stacks[view.root_id]

    def view_by_external_id(self, external_id: str) -> View | None:
        """The open view that carries this external_id."""
        open_views = [*self.home_tabs.values(), *(v for s in self.stacks.values() for v in s.views)]
        return next((v for v in open_views if v.body.get("external_id") == external_id), None)


def demo_world() -> World:
    """Two people, the app, and one conversation of each kind that an app has to tell apart."""
    ana = User("U0ANA0001", "ana", "Ana Silva", is_admin=True)
    minji = User("U0MINJI01", "minji", "김민지", "ko-KR", "Asia/Seoul", "Korea Standard Time", 32400)
    bot = User("U0AVATARB", "avatar", "avatar", is_bot=True)
    people = {ana.id, minji.id}
    channels = [
        Channel("C0GENERAL", "general", "public", {*people, bot.id}, ana.id),
        Channel("C0LAUNCH1", "launch", "public", {*people}, ana.id),
        Channel("C0LEADER1", "leadership", "private", {*people}, ana.id),
        Channel("C0STUDIO1", "studio", "private", {*people, bot.id}, ana.id),
        Channel("C0OLDNEWS", "old-news", "public", {*people, bot.id}, ana.id, is_archived=True),
        Channel("D0ANAMINJ", "", "im", {*people}, ana.id),
        Channel("D0APPANA1", "", "im", {ana.id, bot.id}, bot.id),
        Channel("D0APPMINJ", "", "im", {minji.id, bot.id}, bot.id),
        Channel("G0GROUPDM", "mpdm-ana--minji--avatar-1", "mpim", {*people, bot.id}, ana.id),
    ]
    makers = Usergroup("S0MAKERS1", "video-makers", "Video makers", [ana.id])
    return World({u.id: u for u in (ana, minji, bot)}, {c.id: c for c in channels}, usergroups={makers.id: makers})
