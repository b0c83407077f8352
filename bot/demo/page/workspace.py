"""The workspace that the page shows: small, and with something said in it already."""

from __future__ import annotations

from bot.demo.slack import Message, World, demo_world
from bot.demo.stage import read_manifest

SHOWN = {"C0GENERAL", "C0LAUNCH1", "C0LEADER1", "D0ANAMINJ", "D0APPANA1", "D0APPMINJ"}
ANA, MINJI = "U0ANA0001", "U0MINJI01"
SAID = (
    ("C0GENERAL", MINJI, "Welcome to the team! Coffee is on the second floor, and the best questions are yours."),
    ("C0GENERAL", ANA, "That would make a lovely video for everybody who starts on Monday."),
    ("C0LAUNCH1", ANA, "The launch is on Thursday."),
    ("D0ANAMINJ", MINJI, "안녕하세요, 아나! 새 영상 기대할게요."),
)


def workspace() -> World:
    """Two people, the app under the name of its manifest, and a few conversations with and without it."""
    world, manifest = demo_world(), read_manifest()
    world.channels = {id_: channel for id_, channel in world.channels.items() if id_ in SHOWN}
    world.app_name = manifest["display_information"]["name"]
    world.users[world.bot_user_id].real_name = manifest["features"]["bot_user"]["display_name"]
    for channel, person, words in SAID:
        world.add(Message(world.new_ts(), channel, person, words))
    return world
