"""What has been said already in the workspace that the page shows."""

from __future__ import annotations

import re

from bot.demo.page.snapshot import people
from bot.demo.page.workspace import ANA, MINJI, workspace
from bot.demo.slack import Channel, World

HANGUL = re.compile("[\uac00-\ud7a3]")


def first_conversation(world: World, person: str) -> Channel:
    """Where the page of this person opens."""
    return next(one for one in world.channels.values() if one.kind == "public" or person in one.members)


def test_everybody_speaks_their_own_language() -> None:
    """Whoever has Korean as their language writes Korean, and the others do not."""
    world = workspace()
    said = [message for channel in world.channels.values() for message in channel.messages.values()]
    for message in said:
        is_korean = world.users[message.user].locale == "ko-KR"
        assert bool(HANGUL.search(message.text)) == is_korean, message.text


def test_minji_begins_among_korean_colleagues_and_ana_does_not() -> None:
    """Each one's first conversation has the app in it, and others who have written in that person's language."""
    world = workspace()
    for person, locale in ((ANA, "en-US"), (MINJI, "ko-KR")):
        channel = first_conversation(world, person)
        authors = {message.user for message in channel.messages.values()}
        assert world.bot_user_id in channel.members
        assert authors - {person}
        assert {world.users[author].locale for author in authors} == {locale}


def test_colleagues_are_nobody_whom_one_can_be() -> None:
    """The page lets one be Ana or Minji."""
    assert [person.id for person in people(workspace())] == [ANA, MINJI]
