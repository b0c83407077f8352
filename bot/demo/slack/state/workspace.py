"""What every part of the local Slack shares: the workspace's state, the app's manifest, and background tasks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.demo.changes import Changes
from bot.demo.slack.blockkit import check_message, image_pointers, settle
from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.faults import IMAGE_DOWNLOAD, Faults
from bot.demo.slack.state.manifest import AppManifest
from bot.demo.slack.state.markup import mentioned
from bot.demo.slack.state.triggers import Triggers
from bot.demo.slack.state.world import Channel, Json, Message, World

WORKFLOW_TOKEN_SECONDS = 15 * 60
TEXT_TRUNCATED_AT = 40_000


@dataclass
class Workspace:
    """One workspace and the app in it. `base_url` is where the local Slack listens, set at start."""

    world: World
    manifest: AppManifest
    files: Path
    app_token: str | None = None
    is_installed: bool = False
    base_url: str = ""
    time_scale: float = 1.0
    functions_accept_bot_token: bool = True
    replies_under_tombstones: bool = False
    max_file_bytes: int = 1_000_000_000
    share_delay: float = 0.05
    changes: Changes = field(default_factory=Changes)
    faults: Faults = field(default_factory=Faults)
    triggers: Triggers = field(default_factory=Triggers)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the background until `stop`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def later(self, delay: float, action: Callable[[], object]) -> None:
        """Do something after `delay` seconds and announce the change."""

        async def wait_and_act() -> None:
            await asyncio.sleep(delay)
            action()
            self.changes.announce()

        self.spawn(wait_and_act())

    async def stop(self) -> None:
        """End what still runs in the background."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def is_step_token(self, token: str) -> bool:
        """Whether this is the token of a step that ran here; raises token_revoked or token_expired if it is dead.

        It lives 15 minutes, or until the step completes, whichever comes first.
        """
        run = next((run for run in self.world.executions.values() if run.token == token), None)
        if run is None:
            return False
        if run.state != "running":
            raise SlackError("token_revoked")
        if (time.monotonic() - run.started) * self.time_scale >= WORKFLOW_TOKEN_SECONDS:
            raise SlackError("token_expired")
        return True

    def is_member(self, channel: Channel) -> bool:
        """Whether the bot is in the conversation."""
        return self.world.bot_user_id in channel.members

    def channel(self, channel_id: str) -> Channel:
        """A conversation that the bot may know of; raises channel_not_found."""
        channel = self.world.channels.get(channel_id)
        known = channel is not None and (channel.kind == "public" or self.is_member(channel))
        if channel is None or channel.is_deleted or not known:
            raise SlackError("channel_not_found")
        return channel

    def post(self, message: Message) -> Message:
        """Add a message to its conversation and notify whom it mentions. Validates nothing."""
        channel = self.world.channels[message.channel]
        message.text = message.text[:TEXT_TRUNCATED_AT]
        names = mentioned(message.text, message.blocks)
        message.notified = set(channel.members) if names & {"here", "channel", "everyone"} else names
        message.notified &= channel.members - {message.user}
        return self.world.add(message)

    def post_as_bot(self, channel: str, **fields: Any) -> Message:
        """Post a message of the app; its blocks must have been accepted."""
        ts, user, bot_id = self.world.new_ts(), self.world.bot_user_id, self.world.bot_id
        return self.post(Message(ts=ts, channel=channel, user=user, bot_id=bot_id, **fields))

    def accepted_blocks(self, blocks: object) -> list[Json]:
        """The blocks as Slack keeps them; raises invalid_blocks, msg_blocks_too_long."""
        if blocks is None:
            return []
        check_message(blocks, self.manifest)
        assert isinstance(blocks, list)  # noqa: S101 - check_message refuses everything else
        self.require_images(blocks, "/blocks", "invalid_blocks")
        return settle(blocks)

    def require_images(self, blocks: list[Json], pointer: str, error: str) -> None:
        """Raise this error if a planned fault keeps Slack from fetching the pictures in the blocks."""
        pictures = image_pointers(blocks, pointer)
        if pictures and self.faults.planned(IMAGE_DOWNLOAD):
            refused = [f"[ERROR] downloading image failed [json-pointer:{picture}]" for picture in pictures]
            raise SlackError(error, refused)

    def require_parent(self, channel: Channel, thread_ts: str) -> None:
        """Raise thread_not_found unless a thread can hang on this message.

        Whether Slack takes replies under the tombstone of a deleted message is not documented.
        """
        parent = channel.messages.get(thread_ts)
        if parent is None or parent.is_reply or (parent.deleted and not self.replies_under_tombstones):
            raise SlackError("thread_not_found")
