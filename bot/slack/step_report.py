"""Completes the workflow's step that asked for a video, with what came of it."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.exports.models import ExportRequest, Outcome
from bot.i18n import t
from bot.slack.calls import code_of, patiently

logger = logging.getLogger(__name__)

_TOKEN_IS_OVER = frozenset({"token_expired", "token_revoked", "invalid_auth", "not_authed", "account_inactive"})
_MADE = ("video", "link", "draft")


async def report(client: AsyncWebClient, request: ExportRequest, outcome: Outcome) -> None:
    """Success with the outputs, or the reason why there is no video; a step that is over takes neither."""
    if request.caller is None:
        return
    execution_id = request.caller.execution_id
    if outcome.result in _MADE:
        outputs = await _outputs(client, outcome)
        complete = partial(client.functions_completeSuccess, function_execution_id=execution_id, outputs=outputs)
    else:
        reason = _reason(request.requester.locale, outcome)
        complete = partial(client.functions_completeError, function_execution_id=execution_id, error=reason)
    await _with_either_token(complete, request.caller.token, client.token)


async def _with_either_token(complete: Callable[..., Awaitable[object]], *tokens: str | None) -> None:
    """By the step's own token, which dies 15 minutes after its issue; then by the bot's, which Slack may take.

    https://docs.slack.dev/tools/bolt-python/concepts/custom-steps
    """
    for token in tokens:
        try:
            await patiently(partial(complete, token=token))
        except SlackApiError as error:
            if code_of(error) in _TOKEN_IS_OVER:
                continue
            logger.warning("a workflow's step was not completed: %s", code_of(error))
        return
    logger.warning("a workflow's step was not completed: neither token is taken any more")


async def _outputs(client: AsyncWebClient, outcome: Outcome) -> dict[str, Any]:
    """Only what there is: Slack refuses an output without a value."""
    outputs = {
        "video_url": await _video_url(client, outcome),
        "file_id": outcome.file_id,
        "project_id": outcome.project_id,
        "duration": round(outcome.seconds, 1) if outcome.seconds is not None else None,
        "credits": outcome.credits,
    }
    return {name: value for name, value in outputs.items() if value is not None}


async def _video_url(client: AsyncWebClient, outcome: Outcome) -> str | None:
    if outcome.file_id is None:
        return outcome.download_url
    answer = await patiently(lambda: client.files_info(file=outcome.file_id or ""))
    return str(answer["file"]["permalink"])


def _reason(locale: str, outcome: Outcome) -> str:
    if outcome.result != "failed":
        return t(locale, f"step.{outcome.result}")
    return t(locale, f"failure.{outcome.failure}", detail=outcome.detail or "", length="")
