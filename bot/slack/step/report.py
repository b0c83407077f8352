"""Completes the step of Workflow Builder that requested a video, with the outcome."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import Caller, ExportRequest, Outcome
from bot.exports.states import FAILURES, RESULTS
from bot.i18n import t
from bot.slack.api.calls import call_until_answered, code_of
from bot.slack.blocks import escaped

logger = logging.getLogger(__name__)

LONGEST_DETAIL = 500

_TOKEN_IS_OVER = frozenset(
    {"token_expired", "token_revoked", "invalid_auth", "not_authed", "not_allowed_token_type", "account_inactive"}
)
# It was completed earlier: by a try whose answer was lost, or before somebody tried again.
_STEP_IS_OVER = "execution_not_in_running_state"


async def report(client: AsyncWebClient, request: ExportRequest, outcome: Outcome) -> None:
    """Completes the step with its outputs, or fails it with the reason.

    A step that has already ended is left as it is.
    """
    if request.caller is None:
        return
    locale = request.requester.locale
    # What counts was made; it may be gone from Slack by now.
    if not RESULTS[outcome.result].counts:
        await fail(client, request.caller, _reason(locale, outcome))
    elif outputs := await _outputs(client, outcome):
        await _complete(request.caller, partial(client.functions_completeSuccess, outputs=outputs))
    else:
        await fail(client, request.caller, t(locale, "step.file_gone"))


async def fail(client: AsyncWebClient, caller: Caller, words: str) -> None:
    """Fails the step with the reason, which Slackbot sends to a person."""
    await _complete(caller, partial(client.functions_completeError, error=words))


async def _complete(caller: Caller, complete: Callable[..., Awaitable[object]]) -> None:
    """Completes with the step's token, which expires 15 minutes after its issue, then with the bot's token.

    https://docs.slack.dev/tools/bolt-python/concepts/custom-steps
    """
    for by in ({"token": caller.token}, {}):
        try:
            await call_until_answered(partial(complete, function_execution_id=caller.execution_id, **by))
        except SlackApiError as error:
            if code_of(error) in _TOKEN_IS_OVER:
                continue
            level = logging.INFO if code_of(error) == _STEP_IS_OVER else logging.WARNING
            logger.log(level, "the workflow's step %s was not completed: %s", caller.execution_id, code_of(error))
        return
    logger.warning("the workflow's step %s was not completed: Slack accepts no token for it", caller.execution_id)


async def _outputs(client: AsyncWebClient, outcome: Outcome) -> dict[str, Any] | None:
    """The outputs that have a value: Slack refuses empty ones. None when the video is no longer in Slack."""
    video_url = await _video_url(client, outcome)
    if video_url is None:
        return None
    outputs = {
        "video_url": video_url,
        "file_id": outcome.file_id,
        "project_id": outcome.project_id,
        "duration": round(outcome.seconds, 1) if outcome.seconds is not None else None,
        "credits": outcome.credits,
    }
    return {name: value for name, value in outputs.items() if value is not None}


async def _video_url(client: AsyncWebClient, outcome: Outcome) -> str | None:
    if outcome.file_id is None:
        return outcome.download_url
    try:
        answer = await call_until_answered(partial(client.files_info, file=outcome.file_id))
    except SlackApiError as error:
        logger.warning("the file of a workflow's step could not be read: %s", code_of(error))
        return None
    return str(answer["file"]["permalink"])


def _reason(locale: str, outcome: Outcome) -> str:
    """The reason why there is no video."""
    detail = escaped((outcome.detail or "")[:LONGEST_DETAIL])
    if outcome.failure is None:
        return t(locale, f"step.{outcome.result}")
    record = FAILURES[outcome.failure]
    if record.step_words:
        return t(locale, f"step.{outcome.failure}", detail=detail)
    reason = t(locale, f"failure.{outcome.failure}", detail=detail)
    return f"{reason} {_others_words(locale, outcome, detail)}" if detail and record.shows_detail else reason


def _others_words(locale: str, outcome: Outcome, detail: str) -> str:
    """The reason in the words of the person who declined the request, or of AI Studios."""
    return f"“{detail}”" if outcome.failure == "declined" else t(locale, "failure.vendor_said", detail=detail)
