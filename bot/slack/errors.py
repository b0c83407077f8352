"""Shows people the errors of listeners, in their language and in the surface that they use."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.limits import OverLimit
from bot.exports.ports import NoAccount
from bot.i18n import t
from bot.slack import ids
from bot.slack.api.calls import LOST_ANSWERS, code_of
from bot.slack.api.people import People
from bot.slack.blocks import escaped, quoted, section
from bot.slack.form.view import submit_label
from bot.slack.limit_words import FIELDS, words_for_limit

logger = logging.getLogger(__name__)

# Bolt looks for a listener's acknowledgement every 0.01 s, and forgets it when its error is handled sooner
# (slack_bolt/listener/asyncio_runner.py); Slack would show a timeout (seconds).
UNTIL_ACK_IS_SEEN = 0.03

# The reference and the guide name the same errors differently; both are matched.
_EXPIRED = frozenset(
    {
        "expired_trigger_id",
        "exchanged_trigger_id",
        "invalid_trigger_id",
        "trigger_expired",
        "trigger_exchanged",
    }
)


def words_for(locale: str, error: Exception) -> str:
    """The error as a sentence for the person."""
    if isinstance(error, NoAccount):
        return t(locale, "account.none")
    if not isinstance(error, SlackApiError):
        return t(locale, "error.unexpected")
    code = code_of(error)
    if code in _EXPIRED:
        return t(locale, "error.form_expired")
    return t(locale, "error.form_failed", detail=escaped(code))


class ErrorHandler:
    """The error handler of all listeners."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def handle(
        self,
        error: Exception,
        body: Mapping[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        response: BoltResponse | None,
    ) -> BoltResponse | None:
        """Logs the error and shows it to the person. `response` is None when the listener has acknowledged the payload.

        Slack takes no response after an acknowledgement, so the person gets a message instead.
        """
        level = logging.INFO if isinstance(error, OverLimit | NoAccount) else logging.ERROR
        logger.log(level, "a %s could not be handled: %s", _kind(body), _described(error))
        if response is None:
            await asyncio.sleep(UNTIL_ACK_IS_SEEN)
        if response is not None and body.get("type") == "event_callback":
            # What is not acknowledged Slack sends again, but for what it would never send.
            return None if isinstance(body.get("event"), Mapping) else BoltResponse(status=400)
        locale = await self._people.locale(client, context.team_id or "", context.user_id or "", within=0.5)
        if response is not None and body.get("type") == "view_submission":
            return await _kept_open(client, body, locale, error)
        if response is not None and body.get("type") == "block_suggestion":
            return _answer({"options": []})
        over = error if isinstance(error, OverLimit) else None
        words = await words_for_limit(client, locale, over) if over else words_for(locale, error)
        await _notify(client, body, context, words, locale)
        return None if response is None else BoltResponse(status=200)


async def _kept_open(client: AsyncWebClient, body: Mapping[str, Any], locale: str, error: Exception) -> BoltResponse:
    """Keeps the form open with an error beside a field: typed text stays, and Submit can be pressed again."""
    if isinstance(error, OverLimit):
        field, words = FIELDS[error.reason], await words_for_limit(client, locale, error)
    elif isinstance(error, NoAccount):
        field, words = ids.SCRIPT, t(locale, "account.none")
    elif body["view"]["callback_id"] == ids.FORM:
        field, words = ids.SCRIPT, t(locale, "problem.try_again", submit=submit_label(locale, body["view"]))
    else:
        field, words = _first_field(body["view"]), t(locale, "error.unexpected")
    return _answer({"response_action": "errors", "errors": {field: words}})


def _first_field(view: Mapping[str, Any]) -> str:
    return next(str(block["block_id"]) for block in view["blocks"] if block["type"] == "input")


def _answer(body: Mapping[str, Any]) -> BoltResponse:
    return BoltResponse(status=200, body=json.dumps(body), headers={"content-type": "application/json"})


async def _notify(
    client: AsyncWebClient, body: Mapping[str, Any], context: AsyncBoltContext, words: str, locale: str
) -> None:
    """Sends the words to the payload's response_url or as a direct message, with the text typed after the command."""
    blocks = [section(words)]
    if typed := str(body.get("text") or ""):
        blocks += [section(t(locale, "error.your_words")), quoted(typed)]
    try:
        if context.response_url and context.respond:
            await context.respond(text=words, blocks=blocks, response_type="ephemeral", replace_original=False)
        elif context.user_id:
            await client.chat_postMessage(channel=context.user_id, text=words, blocks=blocks)
    except (SlackApiError, *LOST_ANSWERS, OSError) as error:
        logger.error("a person could not be notified: %s", type(error).__name__)


def _kind(body: Mapping[str, Any]) -> str:
    return str(body.get("type") or body.get("command") or "request")


def _described(error: Exception) -> str:
    """The error for the log, without its request, which may contain a script."""
    return code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
