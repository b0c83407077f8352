"""Edits messages: progress with one try each, an outcome until Slack has taken it."""

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
    """Tries until Slack takes the edit; gives up, with a warning, when the message or the place is gone."""
    try:
        await call_until_answered(lambda: _edit(client, reference, message))
    except SlackApiError as error:
        logger.warning("the outcome was not shown in an edit: %s", refusal(error))


class ProgressEdits:
    """Edits that may be lost, since the next one shows newer progress; none while Slack asks for a rest."""

    def __init__(self) -> None:
        # Slack counts the calls of each workspace for itself (docs.slack.dev/apis/web-api/rate-limits).
        self._rest_until: defaultdict[str, float] = defaultdict(float)

    async def edit(self, client: AsyncWebClient, team_id: str, reference: MessageReference, message: Message) -> bool:
        """One try; gives whether no other is needed: it was taken, or Slack refuses it for good."""
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
