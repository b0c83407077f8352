"""What a person does in conversations and with the app's shortcuts: one class each, its fields are the JSON."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from bot.demo.page.actions import Action, Client, Json, accepted
from bot.demo.slack import ClientRefused

# How Slack names what went wrong with a slash command, by how the delivery ended.
_COMMAND_ERRORS = {
    "operation_timeout": "operation_timeout",
    "connection_failed": "dispatch_failed",
    "http_error": "dispatch_unknown_error",
}
_MENTION = re.compile(r"<@(\w+)>")


class Say(Action):
    """Write a message, or with `thread_ts` a reply; the text is in Slack's own format."""

    do: Literal["say"]
    channel: str
    text: str = Field(max_length=40_000)
    thread_ts: str | None = None

    async def carry_out(self, client: Client) -> Json:
        """Post it, and count the conversation as read."""
        if not self.text.strip():
            raise ClientRefused("There is nothing to send.")
        client.channel(self.channel)
        if self.thread_ts is not None and client.message(self.channel, self.thread_ts).is_reply:
            raise ClientRefused("A reply has no thread of its own.")
        said = client.person.say(self.channel, self.text, self.thread_ts)
        client.memory.attention.read(client.person.user.id, self.channel)
        return {"ts": said.ts}


class Command(Action):
    """Type a slash command."""

    do: Literal["command"]
    command: str
    channel: str
    text: str = ""

    async def carry_out(self, client: Client) -> Json:
        """Send it to the app; a failed delivery reads as Slackbot would tell it."""
        client.channel(self.channel)
        reply = await client.person.slash_command(self.command, self.text, self.channel)
        if reply.error is not None:
            error = _COMMAND_ERRORS.get(reply.error, reply.error)
            raise ClientRefused(f"{self.command} failed with the error “{error}”")
        return {}


class Invite(Action):
    """Type `/invite` with a mention; Slack's own command, the app is not asked."""

    do: Literal["invite"]
    channel: str
    text: str

    async def carry_out(self, client: Client) -> Json:
        """Bring the one who is mentioned into the channel."""
        client.channel(self.channel)
        mention = _MENTION.search(self.text)
        if mention is None or mention[1] not in client.slack.world.users:
            raise ClientRefused("Nobody is mentioned.", code="nobody_to_invite")
        client.person.invite(self.channel, mention[1])
        return {}


class Shortcut(Action):
    """Choose a global shortcut."""

    do: Literal["shortcut"]
    callback_id: str

    async def carry_out(self, client: Client) -> Json:
        """Send it to the app."""
        return accepted(await client.person.shortcut(self.callback_id))


class MessageShortcut(Action):
    """Choose a shortcut in the menu of a message."""

    do: Literal["message_shortcut"]
    callback_id: str
    channel: str
    ts: str

    async def carry_out(self, client: Client) -> Json:
        """Send it to the app."""
        message = client.message(self.channel, self.ts)
        return accepted(await client.person.message_shortcut(self.callback_id, message))


class OpenHome(Action):
    """Open the app's Home tab."""

    do: Literal["open_home"]

    async def carry_out(self, client: Client) -> Json:
        """Tell the app; the tab shows what was published last, whatever becomes of it."""
        await client.person.open_home()
        return {}


class Read(Action):
    """Look at a conversation."""

    do: Literal["read"]
    channel: str

    async def carry_out(self, client: Client) -> Json:
        """Take its marks away."""
        client.memory.attention.read(client.person.user.id, client.channel(self.channel).id)
        client.announce()
        return {}


class Dismiss(Action):
    """Take an ephemeral message away."""

    do: Literal["dismiss"]
    ephemeral: str

    async def carry_out(self, client: Client) -> Json:
        """Forget it; nobody else ever saw it."""
        for message in client.person.ephemerals():
            if message.ts == self.ephemeral:
                client.slack.world.channels[message.channel].ephemerals.remove(message)
        client.announce()
        return {}


ChatAction = Say | Command | Invite | Shortcut | MessageShortcut | OpenHome | Read | Dismiss
