"""trigger_ids: good for one view, for three seconds.

Source: https://docs.slack.dev/interactivity/handling-user-interaction#trigger-id
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.world import View

LIFETIME_SECONDS = 3.0


@dataclass
class Trigger:
    """Who did something, where, and in which modal."""

    id: str
    user: str
    channel: str | None
    view: View | None
    issued: float
    exchanged: bool = False


class Triggers:
    """The triggers that were handed out."""

    def __init__(self) -> None:
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, channel: str | None = None, view: View | None = None) -> str:
        """A fresh trigger_id for what this person just did."""
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = Trigger(trigger_id, user, channel, view, time.monotonic())
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """Use it up; raises invalid_, exchanged_ or expired_trigger_id."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.exchanged:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - trigger.issued > LIFETIME_SECONDS:
            raise SlackError("expired_trigger_id")
        trigger.exchanged = True
        return trigger
