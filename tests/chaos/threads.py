"""Reading the threads: which messages belong to which request, and how far it is."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice

from bot.demo.slack import LocalSlack, Message
from bot.slack import ids
from tests.chaos.plan import Request

_TOKEN = re.compile(r"request-\d{5}")
_MADE, _FAILED, _LEFT = "✅", "⚠️", "⚪"


class Threads:
    """Finds the announcements of each request; what was read once is not read again."""

    def __init__(self, slack: LocalSlack) -> None:
        self._slack = slack
        self._read: dict[str, int] = defaultdict(int)
        self._roots: dict[str, list[Message]] = defaultdict(list)

    def look(self) -> None:
        """Takes in what was posted since."""
        for channel in self._slack.world.channels.values():
            for message in islice(channel.messages.values(), self._read[channel.id], None):
                self._take_in(message)
            self._read[channel.id] = len(channel.messages)

    def roots(self, request: Request) -> Sequence[Message]:
        """The messages outside threads that quote this request's script."""
        return self._roots[request.token]

    def replies(self, request: Request) -> list[Message]:
        """The replies to all of them, in the order of posting."""
        return [reply for root in self.roots(request) for reply in self._slack.thread(root.channel, root.ts)[1:]]

    def show_end_of(self, request: Request) -> bool:
        """Whether they show how the request ended: to the person they mention, and in the edited messages too."""
        return has_ended(request, self.roots(request), self.replies(request))

    def _take_in(self, message: Message) -> None:
        if message.is_reply:
            return
        for token in set(_TOKEN.findall(json.dumps(message.blocks))):
            self._roots[token].append(message)


def open_question(replies: Sequence[Message]) -> Message | None:
    """The question that still waits for its answer."""
    return next((reply for reply in replies if ids.SUBMIT_AGAIN in buttons(reply)), None)


def buttons(message: Message) -> dict[str, str]:
    """The action ids of the message's buttons."""
    elements = [one for block in message.blocks if block["type"] == "actions" for one in block["elements"]]
    return {str(one["action_id"]): str(one["text"]["text"]) for one in elements}


def mentions(replies: Sequence[Message], person: str) -> list[Message]:
    """The replies that told the person about an outcome."""
    return [reply for reply in replies if person in reply.notified]


def videos(replies: Sequence[Message]) -> list[Message]:
    return [reply for reply in replies if reply.files]


def progress_replies(replies: Sequence[Message], person: str) -> list[Message]:
    """The replies that are kept up to date: neither a video nor a mention."""
    return [reply for reply in replies if not reply.files and person not in reply.notified]


def has_ended(request: Request, roots: Sequence[Message], replies: Sequence[Message]) -> bool:
    """Whether the thread shows how the request ended: to the person it mentions, and in the edited messages too."""
    if open_question(replies) or not mentions(replies, request.person):
        return False
    edited = progress_replies(replies, request.person)
    return any(
        root.text.startswith(sign) and reply.text.startswith(sign)
        for sign in (_MADE, _FAILED, _LEFT)
        for root in roots
        for reply in edited
    )
