"""Edits messages: an edit of progress is tried once, an edit of an outcome until Slack accepts it."""

import logging
import time
from collections import defaultdict

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import MessageReference
from bot.slack.api.calls import LOST_ANSWERS, call_until_answered, code_of, is_passing, refusal, retry_after
from bot.slack.blocks import Message

logger = logging.getLogger(__name__)

DEFAULT_REST = 3.0


async def edit_until_taken(client: AsyncWebClient, reference: MessageReference, message: Message) -> None:
    """Retries until Slack accepts the edit. Logs a warning and returns when the message or the place is gone."""
    try:
        await call_until_answered(lambda: _edit(client, reference, message))
    except SlackApiError as error:
        logger.warning("the outcome was not shown in an edit: %s", refusal(error))


class ProgressEdits:
    """Edits that may fail, because the next one shows newer progress. Skips edits while Slack is rate limiting."""

    def __init__(self) -> None:
        # Slack counts the calls of each workspace for itself (docs.slack.dev/apis/web-api/rate-limits).
        self._rest_until: defaultdict[str, float] = defaultdict(float)

    async def edit(self, client: AsyncWebClient, team_id: str, reference: MessageReference, message: Message) -> bool:
        """Tries the edit once.

        Returns True when it was accepted or refused for good, False when a retry makes sense.
        """
        if time.monotonic() < self._rest_until[team_id]:
            return False
        try:
            await _edit(client, reference, message)
        except SlackApiError as error:
            self._rest(team_id, retry_after(error) or 0, code_of(error))
            return not is_passing(error)
        except LOST_ANSWERS as error:
            self._rest(team_id, DEFAULT_REST, type(error).__name__)
            return False
        return True

    def _rest(self, team_id: str, seconds: float, why: str) -> None:
        self._rest_until[team_id] = time.monotonic() + seconds
        logger.info("progress was not shown: %s", why)


async def _edit(client: AsyncWebClient, reference: MessageReference, message: Message) -> bool:
    await client.chat_update(channel=reference.channel_id, ts=reference.ts, text=message.text, blocks=message.blocks)
    return True
