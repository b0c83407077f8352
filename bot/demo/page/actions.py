"""What every action of a person on the page has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from bot.demo.page.attention import Attention
from bot.demo.slack import TROUBLE, Channel, ClientRefused, LocalSlack, Message, Person, Reply

Json = dict[str, Any]


@dataclass
class Memory:
    """What the people's clients remember: what was read, and the errors beside fields, by view and block_id."""

    attention: Attention
    errors: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Client:
    """One person at the page."""

    slack: LocalSlack
    person: Person
    memory: Memory

    def channel(self, channel_id: str) -> Channel:
        """A conversation; ClientRefused if there is none."""
        channel = self.slack.world.channels.get(channel_id)
        if channel is None or channel.is_deleted:
            raise ClientRefused("This conversation is not there any more.", code="conversation_gone")
        return channel

    def message(self, channel_id: str, ts: str) -> Message:
        """A message or an ephemeral one; ClientRefused if there is none."""
        channel = self.channel(channel_id)
        shown = {message.ts: message for message in self.person.ephemerals() if message.channel == channel.id}
        message = channel.messages.get(ts) or shown.get(ts)
        if message is None:
            raise ClientRefused("This message is not there any more.", code="message_gone")
        return message

    def announce(self) -> None:
        """Let the page show what changed."""
        self.slack.workspace.changes.announce()


class Action(BaseModel, ABC):
    """Something that a person does."""

    model_config = ConfigDict(extra="forbid")

    @abstractmethod
    async def carry_out(self, client: Client) -> Json:
        """Do it; gives what the answer carries besides `ok`. Raises ClientRefused, AppReplyRefused."""


def accepted(reply: Reply) -> Json:
    """Nothing, if the app took it; ClientRefused with Slack's words if not."""
    if reply.error is not None:
        raise ClientRefused(TROUBLE)
    return {}
