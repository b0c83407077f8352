"""Links to messages: asked for once, since they never change."""

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import LOST_ANSWERS

MOST_REMEMBERED = 2000


class Permalinks:
    """`chat.getPermalink`, with the answers remembered."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._known: dict[tuple[str, str], str] = {}

    async def of(self, channel_id: str, ts: str) -> str | None:
        """The link to a message; None when Slack gives none just now. One try: a link is never worth a wait."""
        key = (channel_id, ts)
        if key not in self._known:
            try:
                answer = await self._client.chat_getPermalink(channel=channel_id, message_ts=ts)
            except (SlackApiError, *LOST_ANSWERS):
                return None
            while len(self._known) >= MOST_REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[key] = str(answer["permalink"])
        return self._known[key]
