"""Links to messages, cached because they never change."""

from cachetools import LRUCache
from slack_sdk.errors import SlackApiError

from bot.exports.models import Requester
from bot.slack.api.calls import LOST_ANSWERS
from bot.slack.api.clients import Clients

MOST_REMEMBERED = 2000


class Permalinks:
    """Calls `chat.getPermalink` and caches the answers."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._known = LRUCache[tuple[str, str, str], str](MOST_REMEMBERED)

    async def of(self, requester: Requester, channel_id: str, ts: str) -> str | None:
        """The link to a message in the requester's workspace; None when Slack returns none.

        A failed call is not retried: a message without a link is better than a late message.
        """
        key = (requester.team_id, channel_id, ts)
        if known := self._known.get(key):
            return known
        client = self._clients.of(requester.team_id, requester.enterprise_id)
        try:
            answer = await client.chat_getPermalink(channel=channel_id, message_ts=ts)
        except (SlackApiError, *LOST_ANSWERS):
            return None
        url = self._known[key] = str(answer["permalink"])
        return url
