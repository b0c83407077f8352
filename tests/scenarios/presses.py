"""Pressing the buttons below the messages of an export, by the labels that people know them by."""

from typing import Any

from bot.demo.slack import Message, Reply, View
from bot.demo.stage import Stage
from tests.scenarios.scene import ANA, is_content, text_of

NOT_YOURS = "Only the person who asked for this video"
CLOSED = "That has been decided already"


def buttons(message: Message) -> dict[str, dict[str, Any]]:
    """The buttons of a message by their labels."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {one["text"]["text"]: one for row in rows for one in row}


async def until_offers(stage: Stage, message: Message, label: str) -> None:
    """Waits until a message has this button."""
    await stage.slack.until(lambda: label in buttons(message), what=f"the button {label} in {text_of(message)}")


async def press(stage: Stage, message: Message, label: str, person: str = ANA) -> Reply:
    """Presses a button, which the bot must acknowledge in time."""
    reply = await stage.slack.person(person).press(message, buttons(message)[label]["action_id"])
    assert is_content(reply)
    return reply


async def form_of(stage: Stage, message: Message, label: str, person: str = ANA) -> View:
    """The form that a button opens."""
    reply = await press(stage, message, label, person)
    return await stage.slack.person(person).view(of=reply)


async def is_refused(stage: Stage, message: Message, label: str, person: str = ANA) -> str:
    """Presses a button that does nothing but bring a message that only the person sees; gives its text."""
    somebody = stage.slack.person(person)
    known = len(somebody.ephemerals())
    await press(stage, message, label, person)
    told = await stage.slack.until(lambda: somebody.ephemerals()[known:], what="a message to the person")
    return text_of(told[0])
