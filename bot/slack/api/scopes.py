"""The bot scopes that the app asks for, each with its reason. The manifest asks for exactly these.

https://docs.slack.dev/reference/scopes
"""

from collections.abc import Mapping

_POSTED_BEFORE = "whether a reply was already posted before a crash, so that it is never posted twice"

BOT_SCOPES: Mapping[str, str] = {
    "commands": "/avatar and the shortcuts",
    "chat:write": "the announcement and the replies in its thread",
    "files:write": "the video in the thread",
    "files:read": "scripts in files, and whether a video is already shown, so that it is never shown twice",
    "usergroups:read": "who may make videos, where ALLOWED_USERGROUPS says so",
    "users:read": "each person's language and time zone",
    "im:write": "a direct message when the chosen place is gone",
    "channels:join": "joining a public channel that the bot is not in yet",
    "channels:read": "whether the bot can post in the chosen place: public channels",
    "groups:read": "whether the bot can post in the chosen place: private channels",
    "im:read": "whether the bot can post in the chosen place: direct messages",
    "mpim:read": "whether the bot can post in the chosen place: group messages",
    "channels:history": f"{_POSTED_BEFORE}: public channels",
    "groups:history": f"{_POSTED_BEFORE}: private channels",
    "im:history": f"{_POSTED_BEFORE}: direct messages",
    "mpim:history": f"{_POSTED_BEFORE}: group messages",
}
