"""Links to messages: asked for once, since they never change."""

from slack_sdk.errors import SlackApiError

from bot.exports.models import Requester
from bot.slack.api.calls import LOST_ANSWERS
from bot.slack.api.clients import Clients

MOST_REMEMBERED = 2000


class Permalinks:
    """`chat.getPermalink`, with the answers remembered."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._known: dict[tuple[str, str, str], str] = {}

    async def of(self, requester: Requester, channel_id: str, ts: str) -> str | None:
        """The link to a message in the requester's workspace; None when Slack gives none just now.

        One try: a link is never worth a wait.
        """
        key = (requester.team_id, channel_id, ts)
        if key not in self._known:
            client = self._clients.of(requester.team_id, requester.enterprise_id)
            try:
                answer = await client.chat_getPermalink(channel=channel_id, message_ts=ts)
            except (SlackApiError, *LOST_ANSWERS):
                return None
            while len(self._known) >= MOST_REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[key] = str(answer["permalink"])
        return self._known[key]
