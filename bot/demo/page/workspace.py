"""The workspace that the page shows: small, and with something said in it already."""

from __future__ import annotations

from bot.demo.slack import Channel, Message, User, World, demo_world
from bot.demo.stage import read_manifest

SHOWN = {"C0GENERAL", "C0LAUNCH1", "C0LEADER1", "D0ANAMINJ", "D0APPANA1", "D0APPMINJ"}
SEOUL = "C0SEOUL01"
ANA, MINJI, LEO, JIHOON, SEOYEON = "U0ANA0001", "U0MINJI01", "U0LEO0001", "U0JIHOON1", "U0SEOYEON"
COLLEAGUES = (
    User(LEO, "leo", "Leo Martin"),
    User(JIHOON, "jihoon", "박지훈", "ko-KR", "Asia/Seoul", "Korea Standard Time", 32400),
    User(SEOYEON, "seoyeon", "이서연", "ko-KR", "Asia/Seoul", "Korea Standard Time", 32400),
)
SAID = (
    ("C0GENERAL", LEO, "Welcome to the team! Coffee is on floor two."),
    ("C0GENERAL", ANA, "That would make a lovely video for everybody who starts on Monday."),
    ("C0LAUNCH1", ANA, "The launch is on Thursday."),
    (SEOUL, SEOYEON, "서울 팀에 오신 것을 환영해요! 커피는 2층에 있고, 궁금한 것은 언제든 편하게 물어보세요."),
    (SEOUL, JIHOON, "월요일에 새로 오시는 분들께 이 인사말을 영상으로 보여 드리면 좋겠네요."),
    ("D0ANAMINJ", MINJI, "안녕하세요, 아나! 새 영상 기대할게요."),
)


def workspace() -> World:
    """Ana, Minji and their colleagues, the app under the name of its manifest, and a few conversations.

    Minji's first one is the Korean team's own. The app is in some of them, and not in others.
    """
    world, manifest = demo_world(), read_manifest()
    world.users |= {colleague.id: colleague for colleague in COLLEAGUES}
    seoul = Channel(SEOUL, "서울-팀", "private", {MINJI, JIHOON, SEOYEON, world.bot_user_id}, SEOYEON)
    shown = {id_: channel for id_, channel in world.channels.items() if id_ in SHOWN}
    world.channels = {SEOUL: seoul} | shown
    world.channels["C0GENERAL"].members |= {colleague.id for colleague in COLLEAGUES}
    world.channels["C0LAUNCH1"].members |= {LEO}
    world.app_name = manifest["display_information"]["name"]
    world.users[world.bot_user_id].real_name = manifest["features"]["bot_user"]["display_name"]
    for channel, person, words in SAID:
        world.add(Message(world.new_ts(), channel, person, words))
    return world
