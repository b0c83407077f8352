"""Workspaces besides the demo's."""

from bot.demo.slack import Channel, Enterprise, User, World


def further_world(team_id: str, name: str, *, enterprise: Enterprise | None = None) -> World:
    """Another workspace: an admin and a member, and the app in one of two channels.

    Its people are others than the demo's, but bear the same ids: a user id alone names nobody
    (https://docs.slack.dev/reference/objects/user-object). An organisation has one bot user.
    """
    mark, bot_mark = team_id[2:6], (enterprise.id if enterprise else team_id)[2:6]
    admin = User("U0ANA0001", "anton", f"Anton of {name}", is_admin=True)
    member = User("U0MINJI01", "mia", f"Mia of {name}")
    bot = User(f"U0BOT{bot_mark}", "avatar", "avatar", is_bot=True)
    people = {admin.id, member.id}
    channels = [
        Channel(f"C0{mark}GENERAL", "general", "public", {*people, bot.id}, admin.id),
        Channel(f"C0{mark}SECRET", "secret", "private", {*people}, admin.id),
    ]
    return World(
        {user.id: user for user in (admin, member, bot)},
        {channel.id: channel for channel in channels},
        team_id=team_id,
        team_name=name,
        team_domain=name.lower().replace(" ", "-"),
        bot_id=f"B0BOT{bot_mark}",
        bot_user_id=bot.id,
        enterprise=enterprise,
    )
