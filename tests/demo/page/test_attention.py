"""Unread marks and badges, as Slack's sidebar has them."""

from __future__ import annotations

import pytest

from bot.demo.slack import LocalSlack
from tests.demo.page.visitor import ANA, GENERAL, MINJI, Visitor
from tests.demo.slack.app import client


async def marks(visitor: Visitor, channel_id: str = GENERAL) -> tuple[int, int]:
    """How many messages are unread in a conversation, and how many of them make a badge."""
    (channel,) = [one for one in (await visitor.state())["channels"] if one["id"] == channel_id]
    return channel["unread"], channel["mentions"]


async def test_a_new_message_is_unread_until_one_looks(visitor: Visitor) -> None:
    """It marks the channel for others, not for its author, and reading takes the mark away."""
    minji = visitor.as_(MINJI)
    await visitor.done("say", channel=GENERAL, text="Morning")
    assert (await marks(visitor), await marks(minji)) == ((0, 0), (1, 0))
    await minji.done("read", channel=GENERAL)
    assert await marks(minji) == (0, 0)


@pytest.mark.parametrize("text", [f"<@{ANA}> look", "<!here> look", "<!channel> look"])
async def test_a_mention_makes_a_badge(visitor: Visitor, slack: LocalSlack, text: str) -> None:
    """Whoever is mentioned, alone or with all, gets a badge."""
    await client(slack).chat_postMessage(channel=GENERAL, text=text)
    assert await marks(visitor) == (1, 1)


async def test_ones_own_message_makes_no_mark(visitor: Visitor, slack: LocalSlack) -> None:
    """Also when it was written at another client."""
    slack.person(ANA).say(GENERAL, f"<@{ANA}> a note to myself")
    assert await marks(visitor) == (0, 0)


async def test_an_edit_changes_no_mark(visitor: Visitor, slack: LocalSlack) -> None:
    """Neither of a message that was read, nor of one that was not; not even when it mentions somebody then."""
    api = client(slack)
    posted = await api.chat_postMessage(channel=GENERAL, text="Working …")
    await visitor.done("read", channel=GENERAL)
    await api.chat_update(channel=GENERAL, ts=posted["ts"], text=f"<@{ANA}> done")
    assert await marks(visitor) == (0, 0)
    assert await marks(visitor.as_(MINJI)) == (1, 0)


async def test_every_direct_message_makes_a_badge(visitor: Visitor, slack: LocalSlack) -> None:
    """From a person and from the app alike."""
    await visitor.as_(MINJI).done("say", channel="D0ANAMINJ", text="Hi")
    await client(slack).chat_postMessage(channel="D0APPANA1", text="Hi")
    assert await marks(visitor, "D0ANAMINJ") == (1, 1)
    assert await marks(visitor, "D0APPANA1") == (1, 1)


async def test_a_reply_concerns_those_in_the_thread(visitor: Visitor, slack: LocalSlack) -> None:
    """The author of the root, who replied, and who was mentioned are told of replies; others are not."""
    minji, api = visitor.as_(MINJI), client(slack)
    root = await visitor.done("say", channel=GENERAL, text="Who comes?")
    await minji.done("read", channel=GENERAL)
    await api.chat_postMessage(channel=GENERAL, text="Not I", thread_ts=root["ts"])
    assert (await marks(visitor), await marks(minji)) == ((1, 0), (0, 0))
    await minji.done("say", channel=GENERAL, text="I do", thread_ts=root["ts"])
    await api.chat_postMessage(channel=GENERAL, text="Fine", thread_ts=root["ts"])
    assert (await marks(visitor), await marks(minji)) == ((3, 0), (1, 0))


async def test_a_mention_in_a_thread_makes_a_badge_and_a_follower(visitor: Visitor, slack: LocalSlack) -> None:
    """From the mention on, replies of that thread count."""
    api = client(slack)
    root = await api.chat_postMessage(channel=GENERAL, text="A thread")
    await visitor.done("read", channel=GENERAL)
    for text in ("before", f"<@{ANA}> now", "after"):
        await api.chat_postMessage(channel=GENERAL, text=text, thread_ts=root["ts"])
    assert await marks(visitor) == (2, 1)


async def test_what_only_one_person_sees_and_what_is_gone_make_no_mark(visitor: Visitor, slack: LocalSlack) -> None:
    """Ephemeral messages and deleted ones are not unread."""
    api = client(slack)
    await api.chat_postEphemeral(channel=GENERAL, user=ANA, text=f"<@{ANA}> psst")
    posted = await api.chat_postMessage(channel=GENERAL, text=f"<@{ANA}>")
    await api.chat_delete(channel=GENERAL, ts=posted["ts"])
    assert await marks(visitor) == (0, 0)
