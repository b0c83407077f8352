"""What a person has not looked at yet: bold names and badges, as Slack's sidebar has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from bot.demo.slack import Channel, Message, World


@dataclass(frozen=True)
class Marks:
    """How many messages are new in a conversation, and how many of them make a badge."""

    unread: int
    mentions: int


class Attention:
    """Remembers up to where each person has read each conversation.

    Only a new message makes a mark. An edit makes none: the message keeps its ts, and whom it notified.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._read_up_to: defaultdict[tuple[str, str], str] = defaultdict(str)

    def read(self, person: str, channel_id: str) -> None:
        """The person looks at everything in a conversation."""
        self._read_up_to[person, channel_id] = max(self._world.channels[channel_id].messages, default="")

    def marks(self, person: str, channel: Channel) -> Marks:
        """What the sidebar shows at this conversation."""
        if person not in channel.members:
            return Marks(0, 0)
        new = list(self._new(person, channel))
        is_direct = channel.kind in {"im", "mpim"}
        return Marks(len(new), sum(is_direct or person in message.notified for message in new))

    def _new(self, person: str, channel: Channel) -> Iterator[Message]:
        read_up_to = self._read_up_to[person, channel.id]
        for message in channel.messages.values():
            is_news = message.ts > read_up_to and message.user != person and not message.deleted
            if is_news and (not message.is_reply or _follows(person, channel, message)):
                yield message


def _follows(person: str, channel: Channel, reply: Message) -> bool:
    """Whether a reply concerns somebody: they began the thread, wrote in it, or were mentioned in it."""
    root = channel.messages.get(reply.thread_ts or "")
    thread = [*([root] if root else []), *channel.replies.get(reply.thread_ts or "", [])]
    said_so_far = [message for message in thread if message.ts <= reply.ts]
    return any(message.user == person or person in message.notified for message in said_so_far)
